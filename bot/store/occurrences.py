"""The occurrences of client reviews ↔ rows, and the packs that were shown in them. A pack is written once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, text

from bot.domain.client_review import Occurrence, State
from bot.domain.ids import ClientId, OccurrenceId, SeriesId, UserId
from bot.domain.refused import NoSuchOccurrence
from bot.store.client_spelling import occurrence_from, occurrence_text
from bot.store.client_tables import occurrences, packs
from bot.store.columns import UtcTime
from bot.store.points import point
from bot.store.upsert import AnyRow, by_engine
from bot.store.versions import Versions

_o: Final = occurrences.c
_FROM: Final = bindparam("b_from", type_=UtcTime())
_TO: Final = bindparam("b_to", type_=UtcTime())
_heads: Final = select(
    _o.id, _o.series_id, _o.client_id, _o.local_on, _o.start_at, _o.host, _o.state, _o.version, _o.content
)
_GET: Final = _heads.where(_o.id == bindparam("b_id"))
_LOCK: Final = _GET.with_for_update()
_LOCK_THESE: Final = _heads.where(_o.id.in_(bindparam("b_ids", expanding=True))).order_by(_o.id).with_for_update()
_ON: Final = _heads.where(_o.series_id == bindparam("b_series"), _o.local_on == bindparam("b_on"))
_newest: Final = _heads.where(_o.client_id == bindparam("b_client")).order_by(_o.start_at.desc(), _o.id)
_OF_CLIENT: Final = _newest.limit(bindparam("b_limit"))
_OF_CLIENT_BEFORE: Final = _OF_CLIENT.where(_o.start_at < _TO)
_LAST_HELD: Final = _newest.where(_o.state == State.HELD.value).limit(1)
_between: Final = _heads.where(_o.start_at >= _FROM, _o.start_at < _TO).order_by(_o.start_at, _o.id)
_OF_HOST: Final = _between.where(_o.host == bindparam("b_host"))
_COUNT_HELD: Final = select(func.count()).where(_o.client_id == bindparam("b_client"), _o.state == State.HELD.value)
_ROW: Final = (
    _heads.where(_o.series_id == bindparam("b_series"), _o.local_on < bindparam("b_on"))
    .order_by(_o.local_on.desc())
    .limit(bindparam("b_limit"))
)
_MISSED: Final = (
    select(_o.client_id)
    .where(text("state = 'missed'"))  # spelled as the index of missed ones spells it, or SQLite would not use it
    .group_by(_o.client_id)
    .having(func.count() >= bindparam("b_least"))
)
_ADD: Final = by_engine(
    lambda add: add(occurrences).on_conflict_do_nothing(index_elements=[_o.series_id, _o.local_on]).returning(_o.id)
)
_KEEP: Final = insert(packs)
_PACK: Final = select(packs.c.content, packs.c.digest, packs.c.at).where(packs.c.occurrence_id == bindparam("b_id"))


class Occurrences:
    """Every client review that was ever planned."""

    __slots__ = ("_connection", "_versions")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions = Versions(connection, occurrences)

    def add(self, occurrence: Occurrence, at: datetime) -> bool:
        """Plan one. False, and nothing changed, where its series has one on that local date already."""
        values = {
            "id": occurrence.id,
            "series_id": occurrence.series,
            "client_id": occurrence.client,
            "local_on": occurrence.on,
            **_columns(occurrence, at),
        }
        added = self._connection.execute(_ADD[self._connection.dialect.name], values).first() is not None
        if added:
            self._versions.hold(occurrence.id)
            point("store.occurrence_added")
        return added

    def save(self, occurrence: Occurrence, before: Occurrence, at: datetime) -> None:
        """Store a changed one. Raises OutdatedCard when somebody changed it since `before`."""
        self._versions.save(occurrence.id, _columns(occurrence, at), before=before.version)
        point("store.occurrence_saved")

    def get(self, occurrence_id: OccurrenceId) -> Occurrence:
        """The occurrence, to look at only. Raises NoSuchOccurrence."""
        return self._one(_GET, occurrence_id)

    def locked(self, occurrence_id: OccurrenceId) -> Occurrence:
        """The occurrence, held until the end of the act. Raises NoSuchOccurrence."""
        occurrence = self._one(_LOCK, occurrence_id)
        self._versions.hold(occurrence_id)
        return occurrence

    def locked_these(self, ids: Sequence[OccurrenceId]) -> dict[OccurrenceId, Occurrence]:
        """Several at once, held until the end of the act; those that are not there are left out."""
        found = self._many(_LOCK_THESE, {"b_ids": list(ids)}) if ids else []
        for each in found:
            self._versions.hold(each.id)
        return {each.id: each for each in found}

    def on(self, series_id: SeriesId, on: date) -> Occurrence | None:
        """The one that belongs to a local date, wherever it was moved."""
        found = self._many(_ON, {"b_series": series_id, "b_on": on})
        return found[0] if found else None

    def of_client(self, client_id: ClientId, *, limit: int, before: datetime | None = None) -> list[Occurrence]:
        """A client's, newest first; with `before`, only those that start before it."""
        asked: dict[str, Any] = {"b_client": client_id, "b_limit": limit}
        if before is None:
            return self._many(_OF_CLIENT, asked)
        return self._many(_OF_CLIENT_BEFORE, asked | {"b_to": before})

    def between(self, start_at: datetime, end_at: datetime, *, host: UserId | None = None) -> list[Occurrence]:
        """Those that start from the first moment up to, not including, the second; with `host`, only what they host."""
        asked: dict[str, Any] = {"b_from": start_at, "b_to": end_at}
        if host is None:
            return self._many(_between, asked)
        return self._many(_OF_HOST, asked | {"b_host": host})

    def clients_with_missed(self, least: int) -> set[ClientId]:
        """The clients of whose reviews at least so many were ever missed, in a row or not."""
        return {ClientId(row[0]) for row in self._connection.execute(_MISSED, {"b_least": least})}

    def last_held(self, client_id: ClientId) -> Occurrence | None:
        """The client's newest review that was held."""
        found = self._many(_LAST_HELD, {"b_client": client_id})
        return found[0] if found else None

    def count_held(self, client_id: ClientId) -> int:
        """How many of a client's reviews were held."""
        return self._connection.execute(_COUNT_HELD, {"b_client": client_id}).scalar_one()

    def row_before(self, series_id: SeriesId, on: date, limit: int) -> list[Occurrence]:
        """Those before a local date, newest first."""
        return self._many(_ROW, {"b_series": series_id, "b_on": on, "b_limit": limit})

    def keep_pack(self, occurrence_id: OccurrenceId, content: str, digest: str, at: datetime) -> None:
        """Keep what a meeting was shown. An occurrence has one pack, and it never changes."""
        self._connection.execute(
            _KEEP, {"occurrence_id": occurrence_id, "content": content, "digest": digest, "at": at}
        )

    def pack(self, occurrence_id: OccurrenceId) -> tuple[str, str, datetime] | None:
        """The pack as it was kept: content, digest, and when."""
        row = self._connection.execute(_PACK, {"b_id": occurrence_id}).first()
        return (row.content, row.digest, row.at) if row else None

    def _one(self, statement: Any, occurrence_id: OccurrenceId) -> Occurrence:
        found = self._many(statement, {"b_id": occurrence_id})
        if not found:
            raise NoSuchOccurrence
        return found[0]

    def _many(self, statement: Any, asked: dict[str, Any]) -> list[Occurrence]:
        return [_occurrence(row) for row in self._connection.execute(statement, asked)]


def _columns(occurrence: Occurrence, at: datetime) -> dict[str, Any]:
    return {
        "start_at": occurrence.start_at,
        "host": occurrence.host,
        "state": occurrence.state.value,
        "version": occurrence.version,
        "content": occurrence_text(occurrence),
        "updated_at": at,
    }


def _occurrence(row: AnyRow) -> Occurrence:
    return Occurrence(
        id=OccurrenceId(row.id),
        series=SeriesId(row.series_id),
        client=ClientId(row.client_id),
        on=row.local_on,
        start_at=row.start_at,
        host=UserId(row.host),
        state=State(row.state),
        version=row.version,
        **occurrence_from(row.content),
    )
