"""The first records of the made-up company, in the order of their days, each of them made by real acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Final

from bot.domain.answers import missing_extras
from bot.domain.bank import ExtraKind, Question
from bot.domain.client_review import State
from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Stage, case_of
from bot.domain.times import local_date, local_moment, zone_of
from bot.store.work import Work
from bot.use_cases import answering, hand_in, intake, sign_off
from bot.use_cases.client_review_tellings import meeting_notice
from bot.use_cases.desk import Desk
from bot.use_cases.occurrence_clock import pack_notice
from bot.use_cases.tellings import review_notice, sign_off_notice
from bot.wiring.demo_clients import BANK, CLINIC, client_events
from bot.wiring.demo_company import LEAD_1, LEAD_2, OTHER_LEAD, PEOPLE, TEAM_LEAD, ZONES
from bot.wiring.demo_past import Event, Past, Play, nothing

MORNINGS: Final = 31
MOST_NOTICES: Final = 10_000  # more than any demo owes


@dataclass(frozen=True)
class _Story:
    """One tool's way through a review. What is not listed in `answers` is answered without a gap."""

    tool: str
    asked_by: str
    days_ago: int
    profile: Profile
    purpose: str = ""
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    rejected: bool = False
    pulled_back: bool = False
    words: str = ""


def _use(
    kinds: str, data: str, users: str, seats: int, clients: Clients | None = None, layers: str = "application"
) -> Profile:
    return Profile(
        kinds=frozenset(kinds.split()),
        data=frozenset(data.split()),
        users=frozenset(users.split()),
        seats=seats,
        clients=clients or Clients(),
        layers=frozenset(layers.split()),
    )


STORIES: Final = (
    _Story(
        "Example Wiki",
        OTHER_LEAD,
        40,
        _use("saas", "internal", "hq_staff", 20),
        "Team notes for the back office",
    ),
    _Story(
        "Sample Surveys",
        OTHER_LEAD,
        84,  # its conditions are due within a week
        _use("saas", "customer_pii", "hq_staff", 15, Clients.named([BANK]), "application data"),
        "Short surveys after a case is closed",
        {"G4-KEEP-TIME": ("manual",), "G6-PROOF-INDEPENDENT": ("self",)},
        (LEAD_1,),
        words="Small group and few data. The two open points are dated.",
    ),
    _Story(
        "Specimen Chat",
        TEAM_LEAD,
        350,  # and it stands for a year
        _use("saas communication", "customer_pii", "hq_staff", 30, Clients.named([BANK])),
        "Questions of the bank's customers, answered in writing",
        signers=(LEAD_2,),
        words="Written answers only, and the bank agreed to it.",
    ),
    _Story(
        "Demo Timer",
        TEAM_LEAD,
        400,
        _use("saas", "internal", "hq_staff", 25),
        "Shift planning",
    ),
    _Story(
        "Mock Clipboard",
        TEAM_LEAD,
        3,
        _use("saas", "internal", "hq_staff", 10),
        "Shared snippets",
        pulled_back=True,
        words="It turned out that snippets with customer names are kept in it. Please ask again with that in.",
    ),
    _Story(
        "Placeholder Remote",
        OTHER_LEAD,
        12,
        _use("remote_access", "customer_pii", "wah_agents", 300, Clients.named([BANK, CLINIC]), "application"),
        "Help agents at home with their computers",
        {"G5-UNATTENDED": ("is_yes",), "G1-ACCESS-MFA": ("password",)},
        (LEAD_2,),
        rejected=True,
        words="Anyone with the password could take over an agent's screen. Ask again with consent and company sign-in.",
    ),
    _Story(
        "Sample Notetaker",
        OTHER_LEAD,
        1,
        _use(
            "saas ai_llm communication", "customer_pii recordings", "wah_agents", 150, Clients.named([CLINIC]), "data"
        ),
        "Writes a summary after each call for the back office",
        {
            "G2-AI-INPUT": ("rules",),
            "G4-KEEP-TIME": ("y1",),
            "G4-AI-TRAIN": ("setting_no",),
            "G7-INSIDER-LIMIT": ("weekly",),
        },
    ),
)


async def seed_records(desk: Desk) -> bool:
    """Make the records a demo starts with. False when the database holds some already: those stay, and

    the cards of what is open are owed anew, since a workspace in memory remembers no message.
    """
    if await desk.read(lambda work: next(iter(work.decisions.all()), None)) is not None:
        await desk.store.act(_bring_back, desk.security_channel, desk.now())
        return False
    now = desk.now()
    events: list[Event] = [(now - timedelta(days=story.days_ago), _playing(story)) for story in STORIES]
    events += [(at, nothing) for at in _mornings(now)]
    past = Past(desk)
    for at, play in sorted((*events, *client_events(now)), key=lambda event: event[0]):
        await past.go_to(at)
        await play(past)
    await past.go_to(now - timedelta(minutes=1))
    await desk.store.act(_silence, now)
    return True


def _mornings(now: datetime) -> Iterator[datetime]:
    """The mornings of the last weeks, on everybody's clock: that is when people are reminded of what is due."""
    for name in dict.fromkeys(ZONES.values()):
        zone = zone_of(name)
        for days in range(MORNINGS + 1):
            at = local_moment(local_date(now, zone) - timedelta(days=days), time(9, 1), zone)
            if at < now:
                yield at


def _playing(story: _Story) -> Play:
    async def play(past: Past) -> None:
        await _play(past, story)

    return play


async def _play(past: Past, story: _Story) -> None:
    """Take a story through the acts."""
    desk, came, asked_by = past.desk, past.came, UserId(story.asked_by)
    home = Home(ChannelId(asked_by))
    began = await intake.begin(desk, came(), intake.Asked(asked_by, story.tool, home, bare_name=True))
    if began.review is None:
        raise RuntimeError(f"the demo could not begin {story.tool}")
    said = intake.Described(story.profile, story.tool, different=True, purpose=story.purpose)
    review = await intake.describe(desk, came(), review=began.review.id, by=asked_by, said=said)
    case = case_of(review, desk.knowledge.bank, desk.knowledge.policy)
    given = tuple((each.id, story.answers.get(each.id) or each.best(case.profile.layers)) for each in case.asked)
    review = await answering.answer_form(desk, came(), review=review.id, by=asked_by, given=given)
    for question in dict.fromkeys(question for question, _ in missing_extras(review.answers, desk.knowledge.bank)):
        extras = _details(desk.knowledge.bank.by_id[question], asked_by, desk.now())
        review = await answering.add_extras(
            desk, came(), review=review.id, by=asked_by, question=question, extras=extras
        )
    review = await hand_in.submit(desk, came(), review=review.id, by=asked_by, saw=review.version)
    for signer in story.signers:
        click = sign_off.SignClick(review.id, UserId(signer), review.version, story.words)
        sign = sign_off.reject if story.rejected else sign_off.approve
        review = (await sign(desk, came(), click)).review
    if story.pulled_back:
        decision = await desk.read(lambda work: work.decisions.of_review(review.id))
        if decision is not None:
            await sign_off.pull_back(desk, came(), decision=decision.id, by=UserId(LEAD_1), reason=story.words)


def _details(question: Question, owner: UserId, at: datetime) -> Mapping[ExtraKind, str]:
    """The owner, date and link that belong to an answer."""
    values = {
        ExtraKind.PERSON: str(owner),
        ExtraKind.DATE: (at + timedelta(days=365)).date().isoformat(),
        ExtraKind.LINK: f"https://wiki.demo.invalid/{question.id.lower()}",
    }
    return {extra.kind: values[extra.kind] for extra in question.extras}


def _silence(work: Work, now: datetime) -> None:
    """Old stories were told long ago; what waits now is still to be shown: requests, and packs of what is not held."""
    for owed in work.notices.claim(now + timedelta(minutes=5), timedelta(seconds=1), MOST_NOTICES):
        if _still_to_tell(work, owed.notice):
            work.notices.again(owed, now, doubtful=False, error="")
        else:
            work.notices.dead(owed, "told long ago", now)


def _still_to_tell(work: Work, notice: Notice) -> bool:
    match notice.kind:
        case NoticeKind.PACK:
            return not work.occurrences.get(OccurrenceId(notice.facts["occurrence"])).settled
        case NoticeKind.REVIEW_CARD | NoticeKind.SIGN_OFF_CARD if notice.review is not None:
            return work.reviews.get(notice.review).stage is Stage.SUBMITTED
        case _:
            return False


def _bring_back(work: Work, security_channel: ChannelId, now: datetime) -> None:
    """Owe the cards of what is open where they can be posted again: no thread of an earlier start is there any more."""
    for owed in work.notices.claim(now + timedelta(days=1), timedelta(seconds=1), MOST_NOTICES):
        if owed.notice.kind in (NoticeKind.REVIEW_CARD, NoticeKind.PACK, NoticeKind.MEETING):
            work.notices.dead(owed, "its place is gone", now)  # the fresh one follows
        else:
            work.notices.retarget(owed.notice.key, Recipient(owed.notice.to.channel), now)
    for review in {each.id: each for user in PEOPLE for each in work.reviews.team_of(UserId(user))}.values():
        if review.ended:
            continue
        before = work.reviews.locked(review.id)
        moved = replace(before, home=Home(ChannelId(before.requester)))
        work.reviews.save(moved, before, now)
        cards = [review_notice(moved)]
        if moved.stage is Stage.SUBMITTED:
            cards.append(sign_off_notice(moved, security_channel))
        for card in cards:
            _anew(work, card, now)
    for client in work.clients.all():
        for occurrence in work.occurrences.of_client(client.id, limit=100):
            if occurrence.packed_at is not None and not occurrence.settled:
                pack = pack_notice(occurrence, client)
                _anew(work, pack, now)
                if occurrence.state is State.OPEN:
                    _anew(work, replace(meeting_notice(work, occurrence, client), to=pack.to), now)


def _anew(work: Work, card: Notice, now: datetime) -> None:
    work.notices.owe(card, now)
    work.notices.retarget(card.key, card.to, now)
