"""The audit trail: append-only, gapless, each row sealed together with the one before. Nothing here changes a row."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, bindparam, func, insert, select, text

from bot.domain.audit import AuditEvent, Tag
from bot.store.columns import UtcTime, utc_text
from bot.store.points import point
from bot.store.prepared import Prepared
from bot.store.spelling import spell, spell_sorted, unspell
from bot.store.tables import audit_events

_HEAD: Final = Prepared(select(audit_events.c.seq, audit_events.c.mac).order_by(audit_events.c.seq.desc()).limit(1))
_ALL: Final = select(audit_events).order_by(audit_events.c.seq).execution_options(yield_per=2_000)
_LATEST: Final = (
    select(audit_events.c.about, func.max(audit_events.c.at, type_=UtcTime()).label("at"))
    .where(audit_events.c.about.in_(bindparam("b_about", expanding=True)), audit_events.c.tag == bindparam("b_tag"))
    .group_by(audit_events.c.about)
)
_ADD: Final = Prepared(insert(audit_events), "seq", "at", "tag", "by", "about", "facts", "mac")
# One writer at a time, until its commit: two acts that read the same last row would both continue from it.
_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(7265616479)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the trail, as it is stored."""

    seq: int
    event: AuditEvent
    mac: str


@dataclass(frozen=True, slots=True)
class Intact:
    """Every row is what was written. `head` is the last row's number and seal, to keep somewhere else."""

    count: int
    head: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which the trail is not what was written, and what is wrong with it."""

    seq: int
    why: str


class AuditTrail:
    """The trail. What is added is written at the act's last moment.

    So writers wait for each other briefly, and take that lock last: held while waiting for a row, it could deadlock.
    """

    __slots__ = ("_connection", "_key", "_waiting")

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key
        self._waiting: list[AuditEvent] = []

    def add(self, *events: AuditEvent) -> None:
        """Put events on record, in this order."""
        self._waiting += events

    def head(self) -> tuple[int, str]:
        """Number and seal of the last row; (0, "") of an empty trail."""
        self.write()
        row = _HEAD.row(self._connection, {})
        return (row[0], row[1]) if row else (0, "")

    def all(self) -> Iterator[Entry]:
        """Every entry, oldest first. Read it within the act or look that asked."""
        self.write()
        for seq, at, tag, by, about, facts, mac in _rows(self._connection):
            yield Entry(seq, AuditEvent(Tag(tag), at, by, about, unspell(facts)), mac)

    def latest(self, tag: Tag, abouts: Collection[str]) -> dict[str, datetime]:
        """When this last happened to each of these things; what it never happened to is left out."""
        if not abouts:
            return {}
        rows = self._connection.execute(_LATEST, {"b_about": list(abouts), "b_tag": tag.value})
        return {row.about: row.at for row in rows}

    def write(self) -> None:
        """Write what was added. The act does this by itself, last of all."""
        if not self._waiting:
            return
        events, self._waiting = self._waiting, []
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_IN_TURN)
        row = _HEAD.row(self._connection, {})
        seq, mac = (row[0], row[1]) if row else (0, "")
        for event in events:
            seq += 1
            facts = spell_sorted(dict(event.facts))
            mac = seal(self._key, mac, seq, event.at, event.tag.value, event.by, event.about, facts)
            _ADD.run(
                self._connection,
                {
                    "seq": seq,
                    "at": event.at,
                    "tag": event.tag.value,
                    "by": event.by,
                    "about": event.about,
                    "facts": facts,
                    "mac": mac,
                },
            )
        point("store.audit_written")


def seal(key: bytes, before: str, seq: int, at: datetime, tag: str, by: str, about: str, facts: str) -> str:
    """The seal of one row: keyed, over the row's canonical spelling and the seal of the row before."""
    row = spell([before, seq, utc_text(at), tag, by, about, facts])
    return hmac.digest(key, row.encode("ascii"), "sha256").hex()


class _Reads(Protocol):
    @property
    def connection(self) -> Connection: ...


def verify(work: _Reads, key: bytes, head: tuple[int, str] | None = None) -> Intact | Broken:
    """Check the whole trail: `await store.read(verify, key)`. With a `head` kept elsewhere, a cut-off end shows too."""
    connection = work.connection
    seq, mac = 0, ""
    for row in _rows(connection):
        if row[0] != seq + 1:
            return _gap(row[0], seq + 1)
        seq, at, tag, by, about, facts, held = row
        mac = seal(key, mac, seq, at, tag, by, about, facts)
        if not hmac.compare_digest(mac, held):
            return Broken(seq, "this row, or one taken out before it, is not what was written")
        if head is not None and head[0] == seq and head[1] != mac:
            return Broken(seq, "the trail was written anew: it does not carry the seal that was kept")
    if head is not None and head[0] > seq:
        return Broken(seq + 1, f"the end is missing: rows {seq + 1} to {head[0]}")
    return Intact(seq, (seq, mac))


def _gap(found: int, expected: int) -> Broken:
    if found < expected:
        return Broken(found, "this row was put in: it has a number the trail never gave")
    return Broken(expected, f"this row is missing; the next one is {found}")


def _rows(connection: Connection) -> Iterator[Any]:
    # In portions, because the trail may be longer than memory is wide.
    for part in connection.execute(_ALL).partitions():
        yield from part
