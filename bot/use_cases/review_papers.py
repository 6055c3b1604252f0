"""Papers of client reviews to take along: minutes for our side, and the client's own copy. Each is put on record.

The record keeps who made which paper and its SHA-256, so that a paper somebody holds can be told from a changed one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain import meeting
from bot.domain.audit import BOT, AuditEvent, Tag
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import OccurrenceId, UserId
from bot.domain.pack import Pack, safe_for_client
from bot.domain.refused import Refused
from bot.domain.times import local_date, zone_of
from bot.domain.tool import name_key
from bot.knowledge import Knowledge
from bot.store.database import Store
from bot.store.work import Work
from bot.use_cases.client_review_tellings import agreed_pack, held_review, pack_for
from bot.use_cases.client_reviews import LOOK_AROUND, leads_of
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.pack_papers import Held, client_paper, minutes_paper, people_of
from bot.use_cases.paper_pdf import as_pdf
from bot.use_cases.papers import Paper, as_markdown
from bot.use_cases.ports import DirectoryUnavailable

_Copied = tuple[Occurrence, Pack, Pack]  # the review, its pack, and the actions agreed in it


class Form(StrEnum):
    """How a paper is written."""

    MARKDOWN = "md"
    PDF = "pdf"


class NoReviewThen(Refused):
    reason = "That client has no review on that day."


class NotInTheRegister(Refused):
    """No client goes by that name; those that are called nearly so are named."""

    def __init__(self, name: str, near: Sequence[str]) -> None:
        hint = f" Did you mean {' or '.join(near)}?" if near else " preflight clients export lists all of them."
        super().__init__(f"No client in the register is called {name!r}.{hint}")


class NoReviewYet(Refused):
    reason = "That client has no review yet, so there is no pack."


@dataclass(frozen=True, slots=True)
class Made:
    """A paper that was made: its file, and the SHA-256 that stands on record."""

    name: str
    title: str
    content: bytes
    digest: str


async def minutes(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, form: Form) -> Made:
    """The minutes of a review as a file, for those of our side who take part."""
    leads, now = await leads_of(desk), desk.now()
    held = await desk.read(_held, occurrence, desk.knowledge, now, by, leads)
    names: dict[str, str] = {}
    for user in sorted(people_of(held, desk.knowledge)):
        try:
            names[user] = (await desk.directory.person(UserId(user))).name or user
        except DirectoryUnavailable:
            continue  # a paper without one name is better than none
    paper = minutes_paper(held, desk.knowledge, names)
    made = await _made(paper, form, f"minutes-{_stem(held.client.name, held.occurrence)}", now)
    await desk.act(_on_record, came, held.occurrence.id, str(by), f"minutes.{form}", made.digest)
    return made


async def client_copy(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, form: Form) -> Made:
    """The copy of a pack that the client may see, for the host to pass on."""
    leads, now = await leads_of(desk), desk.now()
    found, pack, agreed = await desk.read(_for_host, occurrence, desk.knowledge, now, by, leads)
    made = await _copy(pack, agreed, found, desk.knowledge, form, now)
    await desk.act(_on_record, came, found.id, str(by), f"client_copy.{form}", made.digest)
    return made


async def client_copy_of(
    store: Store, knowledge: Knowledge, *, client: str, on: date | None, form: Form, now: datetime
) -> Made:
    """The same from the command line: of the review on a day, or else of the newest that has begun, or the next."""
    found, pack, agreed = await store.read(_of_client, client, on, knowledge, now)
    made = await _copy(pack, agreed, found, knowledge, form, now)
    facts: dict[str, str | int | bool | None] = {"what": f"client_copy.{form}", "sha256": made.digest, "via": "command"}
    await store.act(_by_command, AuditEvent(Tag.CLIENT_REVIEW_EXPORT, now, BOT, found.id, facts))
    return made


async def _copy(
    pack: Pack, agreed: Pack, occurrence: Occurrence, knowledge: Knowledge, form: Form, now: datetime
) -> Made:
    safe = safe_for_client(pack)
    paper = client_paper(safe, knowledge, occurrence, agreed=safe_for_client(agreed))
    return await _made(paper, form, f"security-review-{_stem(safe.name, occurrence)}", now)


async def _made(paper: Paper, form: Form, stem: str, now: datetime) -> Made:
    if form is Form.PDF:
        content = await asyncio.to_thread(as_pdf, paper, made_at=now)
    else:
        content = as_markdown(paper).encode()
    return Made(f"{stem}.{form}", paper.title, content, hashlib.sha256(content).hexdigest())


def _held(
    work: Work, occurrence_id: OccurrenceId, knowledge: Knowledge, now: datetime, by: UserId, leads: Collection[UserId]
) -> Held:
    held = held_review(work, work.occurrences.get(occurrence_id), knowledge, now)
    meeting.at_the_table(held.occurrence, held.series, held.client, by, leads)
    return held


def _for_host(
    work: Work, occurrence_id: OccurrenceId, knowledge: Knowledge, now: datetime, by: UserId, leads: Collection[UserId]
) -> _Copied:
    occurrence = work.occurrences.get(occurrence_id)
    meeting.host_only(occurrence, by, leads)
    return _both(work, occurrence, knowledge, now)


def _both(work: Work, occurrence: Occurrence, knowledge: Knowledge, now: datetime) -> _Copied:
    return occurrence, pack_for(work, occurrence, knowledge, now), agreed_pack(work, occurrence, knowledge, now)


def _by_command(work: Work, event: AuditEvent) -> None:
    work.audit.add(event)


def _of_client(work: Work, name: str, on: date | None, knowledge: Knowledge, now: datetime) -> _Copied:
    client = work.clients.named(name)
    if client is None:
        raise NotInTheRegister(name, [each.name for each in work.clients.near(name)])
    row = work.occurrences.of_client(client.id, limit=LOOK_AROUND)
    if on is not None:
        found = next((each for each in row if on in (each.on, _on(each))), None)
        if found is None:
            raise NoReviewThen
    else:
        begun = [each for each in row if each.state in (State.OPEN, State.HELD)]
        ahead = [each for each in row if each.state is State.PLANNED]
        found = next(iter([*begun, *reversed(ahead)]), None)
        if found is None:
            raise NoReviewYet
    return _both(work, found, knowledge, now)


def _on_record(act: Acting, came: Came | None, occurrence: OccurrenceId, by: str, what: str, digest: str) -> None:
    act.once(came)
    act.record(Tag.CLIENT_REVIEW_EXPORT, occurrence, by=by, what=what, sha256=digest)


def _stem(client: str, occurrence: Occurrence) -> str:
    letters = name_key(client).encode("ascii", "ignore").decode()
    safe = "".join(letter for letter in letters if letter.isalnum())[:40] or "client"
    return f"{safe}-{_on(occurrence).isoformat()}"


def _on(occurrence: Occurrence) -> date:
    return local_date(occurrence.start_at, zone_of(occurrence.zone))
