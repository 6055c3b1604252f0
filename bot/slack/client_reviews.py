"""What people touch in a client review: start, item by item, attendance, close; skip, move. It decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.domain import actions, meeting
from bot.domain.bank import GUIDELINES
from bot.domain.client import Client, Series, SideOf
from bot.domain.client_review import FoundBy, Occurrence, Outcome, Presence, Severity, State
from bot.domain.decision import Decision
from bot.domain.ids import ActionItemId, DecisionId, OccurrenceId, UserId
from bot.domain.packing import touches
from bot.domain.refused import OutdatedCard
from bot.domain.times import local_date, zone_of
from bot.slack import client_papers, ids
from bot.slack.call import Call
from bot.slack.cards import client_review_forms as forms
from bot.slack.cards.blocks import day_token, say
from bot.slack.cards.client_review import pack_view
from bot.slack.client_review_form import day_in, picked_one, places_in, time_of, user_in, users_in
from bot.store.work import Work
from bot.use_cases import client_reviews, meetings, settling
from bot.use_cases.client_dates import NeedsConfirming
from bot.use_cases.client_review_tellings import PackTold, pack_for
from bot.use_cases.desk import Desk
from bot.use_cases.next_date import is_planned

# --- the pack's card --------------------------------------------------------------------------------------------------


async def on_start(call: Call, desk: Desk) -> None:
    occurrence, _ = _pressed(call)
    await client_reviews.start(desk, call.came, occurrence=occurrence, by=call.user, via=call.via)


async def on_skip(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _host(call, desk)
    meeting.not_settled(occurrence)
    await call.open(forms.skip_view(occurrence, client))


async def on_skip_sent(call: Call, desk: Desk) -> None:
    occurrence, _ = ids.read_meet(call.metadata)
    if not (because := call.words(forms.WHY)):
        call.refuse_view(meeting.NoReason.reason, forms.WHY)
        return
    agreed = user_in(call, forms.AGREED_BY)
    if agreed is None:
        call.refuse_view("Say who agreed to that.", forms.AGREED_BY)
        return
    try:
        await client_reviews.skip(
            desk, call.came, occurrence=occurrence, by=call.user, because=because, approved_by=agreed
        )
    except client_reviews.NotALeadOrOwner as refusal:
        call.refuse_view(refusal.reason, forms.AGREED_BY)


async def on_deny(call: Call, desk: Desk) -> None:
    occurrence, _ = _pressed(call)
    await client_reviews.deny(desk, call.came, occurrence=occurrence, by=call.user, via=call.via)


async def on_move(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _host(call, desk)
    meeting.not_settled(occurrence)
    await call.open(forms.move_view(occurrence, client))


async def on_move_sent(call: Call, desk: Desk) -> None:
    """Read day and time on the client's clock; a fault names its field."""
    occurrence, _ = ids.read_meet(call.metadata)
    on, at = day_in(call, forms.ON), time_of(call.words(forms.TIME))
    if on is None:
        call.refuse_view("Choose a day.", forms.ON)
        return
    if at is None:
        call.refuse_view("Write a time of day like 09:30 or 14:00.", forms.TIME)
        return
    because = call.words(forms.WHY)
    wanted = client_reviews.Wanted(
        on, at, because, user_in(call, forms.AGREED_BY), picked_one(call, ids.CLIENT_CONFIRM)
    )
    try:
        await client_reviews.reschedule(desk, call.came, occurrence=occurrence, by=call.user, wanted=wanted)
    except (client_reviews.NobodyAgreed, client_reviews.NotALeadOrOwner) as refusal:
        call.refuse_view(refusal.reason, forms.AGREED_BY)
    except meeting.NoReason as refusal:
        call.refuse_view(refusal.reason, forms.WHY)
    except NeedsConfirming as needed:
        shown, client, _ = await _host(call, desk)
        view = forms.move_view(shown, client, wanted=wanted, clash=(needed.code, needed.lines))
        call.reply = {"response_action": "update", "view": view}
    except (meeting.NotAhead, meeting.SkippedTwice, meeting.QuarterWithout) as refusal:
        call.refuse_view(refusal.reason, forms.ON)


async def on_add(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _table(call, desk)
    await call.open(forms.agenda_view(occurrence, client))


async def on_add_sent(call: Call, desk: Desk) -> None:
    occurrence, _ = ids.read_meet(call.metadata)
    if not (text := call.words(forms.TEXT)):
        call.refuse_view("Write what should be talked about.", forms.TEXT)
        return
    await client_reviews.add_to_agenda(desk, call.came, occurrence=occurrence, by=call.user, text=text)


async def on_pack(call: Call, desk: Desk) -> None:
    """Show the pack of a review that was begun, as it was then, to whoever takes part in it."""
    occurrence, client, series = await _table(call, desk)
    pack = await desk.read(pack_for, occurrence, desk.knowledge, desk.now())
    await call.open(pack_view(PackTold(client, series, occurrence, pack), desk.knowledge))


# --- the card of the meeting ------------------------------------------------------------------------------------------


async def on_discussed(call: Call, desk: Desk) -> None:
    occurrence, item = _pressed(call)
    await meetings.discussed(desk, call.came, occurrence=occurrence, by=call.user, item=item, via=call.via)


async def on_back(call: Call, desk: Desk) -> None:
    occurrence, item = _pressed(call)
    await meetings.back(desk, call.came, occurrence=occurrence, by=call.user, item=item, via=call.via)


async def on_note(call: Call, desk: Desk) -> None:
    occurrence, _, _ = await _table(call, desk)
    meeting.running(occurrence)
    _, item = _pressed(call)
    titles = {each.code: each.title for each in desk.knowledge.agenda.items}
    await call.open(forms.note_view(ids.meet_value(occurrence.id, item), titles.get(item, "This review")))


async def on_note_sent(call: Call, desk: Desk) -> None:
    occurrence, item = ids.read_meet(call.metadata)
    if not (text := call.words(forms.TEXT)):
        call.refuse_view(client_reviews.NothingWritten.reason, forms.TEXT)
        return
    await meetings.add_note(desk, call.came, occurrence=occurrence, by=call.user, item=item, text=text)


async def on_action(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _table(call, desk)
    meeting.running(occurrence)
    today = local_date(desk.now(), zone_of(occurrence.zone))
    await call.open(forms.action_view(str(occurrence.id), client, today=today))


async def on_action_sent(call: Call, desk: Desk) -> None:
    """Read an action; without an owner on the side that does it, and a day, it is not taken."""
    occurrence, _ = ids.read_meet(call.metadata)
    side, due = picked_one(call, forms.SIDE), day_in(call, forms.DUE)
    if side not in set(SideOf):
        call.refuse_view("Say which side does it.", forms.SIDE)
        return
    ours = side == SideOf.OURS
    field = forms.OWNER if ours else forms.CLIENT_OWNER
    owner = str(user_in(call, forms.OWNER) or "") if ours else call.words(forms.CLIENT_OWNER)
    if not owner:
        call.refuse_view("Choose who does it." if ours else "Write the name of who does it.", field)
        return
    if due is None:
        call.refuse_view("Choose a day.", forms.DUE)
        return
    wanted = meetings.NewAction(call.words(forms.TEXT), SideOf(side), owner, due)
    try:
        await meetings.add_action(desk, call.came, occurrence=occurrence, by=call.user, wanted=wanted)
    except meetings.DueBefore as refusal:
        call.refuse_view(refusal.reason, forms.DUE)
    except (meetings.NotOneOfOurs, meetings.NobodyToDoIt) as refusal:
        call.refuse_view(refusal.reason, field)
    except client_reviews.NothingWritten as refusal:
        call.refuse_view(refusal.reason, forms.TEXT)


async def on_settle(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _host(call, desk)
    meeting.running(occurrence)
    await call.open(forms.settle_view(str(occurrence.id), client, await settling.open_ones(desk, occurrence.id)))


async def on_settle_sent(call: Call, desk: Desk) -> None:
    """Read what becomes of an action; a fault names its field."""
    occurrence, _ = ids.read_meet(call.metadata)
    number, _, saw = picked_one(call, forms.WHICH).partition("|")
    became = picked_one(call, forms.BECAME)
    if not saw.isdecimal():
        call.refuse_view("Choose an action.", forms.WHICH)
        return
    if became not in set(settling.Became):
        call.refuse_view("Say what becomes of it.", forms.BECAME)
        return
    ours, theirs = user_in(call, forms.OWNER), call.words(forms.CLIENT_OWNER)
    if ours and theirs:
        call.refuse_view("Choose one of ours, or name one of theirs; one person does it.", forms.CLIENT_OWNER)
        return
    settlement = settling.Settlement(
        ActionItemId(number),
        int(saw),
        settling.Became(became),
        call.words(forms.WHY),
        day_in(call, forms.DUE),
        SideOf.CLIENTS if theirs else SideOf.OURS,
        theirs or str(ours or ""),
    )
    try:
        await settling.settle(desk, call.came, occurrence=occurrence, by=call.user, settlement=settlement)
    except (actions.NoEvidence, actions.NoReason) as refusal:
        call.refuse_view(refusal.reason, forms.WHY)
    except (settling.NoDay, actions.NotLater) as refusal:
        call.refuse_view(refusal.reason, forms.DUE)
    except (meetings.NobodyToDoIt, meetings.NotOneOfOurs, actions.SameOwner) as refusal:
        call.refuse_view(refusal.reason, forms.OWNER)


async def on_finding(call: Call, desk: Desk) -> None:
    occurrence, _, _ = await _table(call, desk)
    meeting.running(occurrence)
    await call.open(forms.finding_view(str(occurrence.id), desk.knowledge))


async def on_finding_sent(call: Call, desk: Desk) -> None:
    occurrence, _ = ids.read_meet(call.metadata)
    guideline, severity, source = (picked_one(call, each) for each in (forms.GUIDELINE, forms.SEVERITY, forms.SOURCE))
    for field, known in (
        (forms.GUIDELINE, guideline in GUIDELINES),
        (forms.SEVERITY, severity in set(Severity)),
        (forms.SOURCE, source in set(FoundBy)),
    ):
        if not known:
            call.refuse_view("Choose one of these.", field)
            return
    stated = meetings.NewFinding(
        call.words(forms.TEXT), guideline, Severity(severity), FoundBy(source), call.words(forms.TOOL)
    )
    try:
        await meetings.add_finding(desk, call.came, occurrence=occurrence, by=call.user, stated=stated)
    except client_reviews.NothingWritten as refusal:
        call.refuse_view(refusal.reason, forms.TEXT)


async def on_accepts(call: Call, desk: Desk) -> None:
    occurrence, decision = _pressed(call)
    await meetings.accept(
        desk, call.came, occurrence=occurrence, by=call.user, decision=DecisionId(decision), via=call.via
    )


async def on_objects(call: Call, desk: Desk) -> None:
    occurrence, client, _ = await _table(call, desk)
    meeting.running(occurrence)
    _, number = _pressed(call)
    decision = await desk.read(_decision, DecisionId(number))
    if not touches(client, decision.profile.clients):
        raise OutdatedCard
    await call.open(forms.objects_view(ids.meet_value(occurrence.id, number), decision))


async def on_objects_sent(call: Call, desk: Desk) -> None:
    occurrence, decision = ids.read_meet(call.metadata)
    if not (because := call.words(forms.WHY)):
        call.refuse_view("Write what the client says.", forms.WHY)
        return
    await meetings.objects(
        desk, call.came, occurrence=occurrence, by=call.user, decision=DecisionId(decision), because=because
    )


async def on_attendance(call: Call, desk: Desk) -> None:
    occurrence, client, series = await _table(call, desk)
    meeting.running(occurrence)
    await call.open(forms.attendance_view(occurrence, series, client))


async def on_attendance_sent(call: Call, desk: Desk) -> None:
    occurrence, client, series = await _table(call, desk)
    presence = await _presence(call, desk, occurrence, series, client)
    if presence is None:
        return
    await meetings.set_attendance(desk, call.came, occurrence=occurrence.id, by=call.user, presence=presence)


async def on_close(call: Call, desk: Desk) -> None:
    occurrence, client, series = await _host(call, desk)
    meeting.running(occurrence)
    next_on = await desk.read(_next_planned, occurrence)
    await call.open(forms.close_view(occurrence, series, client, next_on=next_on))


async def on_close_sent(call: Call, desk: Desk) -> None:
    """Close with what was missing; a refusal stands beside the field it is about."""
    occurrence, client, series = await _host(call, desk)
    presence: dict[str, Presence] = {}
    if forms.PRESENT in call.values():
        read = await _presence(call, desk, occurrence, series, client)
        if read is None:
            return
        presence = read
    outcome, next_on = picked_one(call, forms.OUTCOME), day_in(call, forms.NEXT)
    if outcome not in set(Outcome):
        call.refuse_view("Say what came out of it.", forms.OUTCOME)
        return
    if next_on is None:
        call.refuse_view("Choose the day on which you meet next.", forms.NEXT)
        return
    closing = meeting.Closing(Outcome(outcome), next_on, call.words(forms.SUMMARY), call.words(forms.CONTACT))
    try:
        held = await client_reviews.close(
            desk, call.came, occurrence=occurrence.id, by=call.user, closing=closing, presence=presence
        )
    except meeting.NextNotAhead as refusal:
        call.refuse_view(refusal.reason, forms.NEXT)
        return
    if not await desk.read(is_planned, held, series):
        await call.whisper(
            say(
                "The review is closed. Nothing is planned on {day} yet: it would be too much for the host, or the "
                "series ends before. Move another review there, or change the series.",
                day=day_token(next_on),
            )
        )


# --- how --------------------------------------------------------------------------------------------------------------


def _pressed(call: Call) -> tuple[OccurrenceId, str]:
    return ids.read_meet(str(call.action.get("value") or ""))


def review_of(call: Call) -> OccurrenceId:
    """Which client review a press or a sent form is about."""
    return (ids.read_meet(call.metadata) if call.sent_form else _pressed(call))[0]


async def _host(call: Call, desk: Desk) -> tuple[Occurrence, Client, Series]:
    """The review, for its host; refused before a form opens, and again when it is sent."""
    occurrence, client, series = await desk.read(_whole, review_of(call))
    meeting.host_only(occurrence, call.user, await client_reviews.leads_of(desk))
    return occurrence, client, series


async def _table(call: Call, desk: Desk) -> tuple[Occurrence, Client, Series]:
    """The same for everyone of ours who takes part."""
    occurrence, client, series = await desk.read(_whole, review_of(call))
    meeting.at_the_table(occurrence, series, client, call.user, await client_reviews.leads_of(desk))
    return occurrence, client, series


def _whole(work: Work, occurrence_id: OccurrenceId) -> tuple[Occurrence, Client, Series]:
    occurrence = work.occurrences.get(occurrence_id)
    return occurrence, work.clients.get(occurrence.client), work.series.get(occurrence.series)


def _decision(work: Work, decision_id: DecisionId) -> Decision:
    return work.decisions.get(decision_id)


def _next_planned(work: Work, occurrence: Occurrence) -> date | None:
    row = work.occurrences.of_client(occurrence.client, limit=client_reviews.LOOK_AROUND)
    later = [each for each in row if each.state is State.PLANNED and each.on > occurrence.on]
    return min((local_date(each.start_at, zone_of(each.zone)) for each in later), default=None)


async def _presence(
    call: Call, desk: Desk, occurrence: Occurrence, series: Series, client: Client
) -> dict[str, Presence] | None:
    """Who was there: whoever is expected and not chosen counts as absent. None when the form is refused for a field."""
    ours = meeting.our_people(occurrence, series, client)
    for block in (forms.PRESENT, forms.EXCUSED):
        for user in users_in(call, block):
            if user not in ours and not (await desk.directory.person(UserId(user))).full_member:
                # A guest is the client's: counted among ours, they would hide that nobody of the client's came.
                call.refuse_view("Guests are not ours: write their names under the client's people.", block)
                return None
    contacts = forms.contacts_of(occurrence, series, meeting.ours_in(occurrence, series, client))
    found: dict[str, Presence] = {str(who): Presence.ABSENT for who in (*ours, *contacts)}
    found |= dict.fromkeys(users_in(call, forms.EXCUSED), Presence.EXCUSED)
    found |= {contacts[n]: Presence.EXCUSED for n in places_in(call, forms.CLIENT_EXCUSED, len(contacts))}
    found |= dict.fromkeys(users_in(call, forms.PRESENT), Presence.PRESENT)
    found |= {contacts[n]: Presence.PRESENT for n in places_in(call, forms.CLIENT_PRESENT, len(contacts))}
    more = (" ".join(name.split())[: forms.NAME_MOST] for name in call.words(forms.CLIENT_MORE).split(","))
    found |= {name: Presence.PRESENT for name in more if name}
    if Presence.PRESENT not in found.values():
        call.refuse_view("Choose at least one person who was there.", forms.PRESENT)
        return None
    return found


ACTIONS: Final = {
    ids.MEET_START: on_start,
    ids.MEET_MOVE: on_move,
    ids.MEET_SKIP: on_skip,
    ids.MEET_DENY: on_deny,
    ids.MEET_ADD: on_add,
    ids.MEET_PACK: on_pack,
    ids.MEET_DISCUSSED: on_discussed,
    ids.MEET_BACK: on_back,
    ids.MEET_NOTE: on_note,
    ids.MEET_ACTION: on_action,
    ids.MEET_FINDING: on_finding,
    ids.MEET_SETTLE: on_settle,
    ids.MEET_ACCEPTS: on_accepts,
    ids.MEET_OBJECTS: on_objects,
    ids.MEET_ATTENDANCE: on_attendance,
    ids.MEET_CLOSE: on_close,
    **client_papers.ACTIONS,
}
VIEWS: Final = {
    ids.MEET_MOVE_PAGE: on_move_sent,
    ids.MEET_SKIP_PAGE: on_skip_sent,
    ids.MEET_ADD_PAGE: on_add_sent,
    ids.MEET_NOTE_PAGE: on_note_sent,
    ids.MEET_ACTION_PAGE: on_action_sent,
    ids.MEET_FINDING_PAGE: on_finding_sent,
    ids.MEET_SETTLE_PAGE: on_settle_sent,
    ids.MEET_OBJECTS_PAGE: on_objects_sent,
    ids.MEET_ATTENDANCE_PAGE: on_attendance_sent,
    ids.MEET_CLOSE_PAGE: on_close_sent,
}
