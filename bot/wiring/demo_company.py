"""The made-up company of the playground: its people, channels and first records, each of them made by real acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.answers import missing_extras
from bot.domain.bank import ExtraKind, Question
from bot.domain.ids import ChannelId, PersonId, ReviewId, UserId
from bot.domain.notice import NoticeKind, Recipient
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Stage, case_of
from bot.playground.workspace import Workspace
from bot.store.work import Work
from bot.use_cases import answering, hand_in, intake, sign_off
from bot.use_cases.desk import Came, Desk
from bot.use_cases.ports import Person, Room
from bot.use_cases.tellings import review_notice, sign_off_notice

TEAM_LEAD: Final = "UTEAMLEAD"
OTHER_LEAD: Final = "UOTHERLEAD"
LEAD_1: Final = "ULEADONE"
LEAD_2: Final = "ULEADTWO"
CISO: Final = "UCISO"
GUEST: Final = "UGUEST"
PEOPLE: Final = (TEAM_LEAD, OTHER_LEAD, LEAD_1, LEAD_2, CISO)
LEADS_GROUP: Final = "SSECURITY"
SECURITY_CHANNEL: Final = "CSECURITY"
TEAM_CHANNEL: Final = "CTEAMLEADS"
SHARED_CHANNEL: Final = "CSHARED"

WELCOME: Final = f"""\
*Before your team rolls out a tool, ask <@UPREFLIGHT> here.* It asks what matters, says yes or no and why, and \
keeps the decision for the next team. These are on record already; ask about one by its name:
• Example Wiki: approved
• Sample Surveys: approved with conditions
• Demo Timer: expired
• Mock Clipboard: pulled back
• Placeholder Remote: rejected
• Sample Notetaker: waits for a sign-off. Be <@{LEAD_1}> (top right) and open #security-decisions to sign it.
Or look them up just for yourself: `/preflight find sample`"""
WAITING: Final = (
    f"<!subteam^{LEADS_GROUP}> one review waits for sign-off: Sample Notetaker. It needs two of you, "
    "since it hears customers at agents' homes. Who takes the first look?"
)

WELCOME_BACK: Final = """\
*Your records are back, the messages are not.* Everything decided or asked earlier stands on record: ask about a tool \
by its name, or type `/preflight find` and the name. What is still open has a fresh card: for teams in their direct \
messages with <@UPREFLIGHT>, for the security leads in #security-decisions."""


def fill_workspace(workspace: Workspace, now: datetime, *, again: bool = False) -> None:
    """Put people and channels into an empty playground; with `again` over records that were made before."""
    workspace.clear()
    person = workspace.add_person
    person(TEAM_LEAD, "tara", "Tara Teamlead", title="Team lead, customer care", email="tara@demo.invalid")
    person(OTHER_LEAD, "omar", "Omar Otherteam", title="Team lead, back office", email="omar@demo.invalid")
    person(LEAD_1, "sam", "Sam Securitylead", title="Security lead", email="sam@demo.invalid")
    person(LEAD_2, "lena", "Lena Securitylead", title="Security lead", email="lena@demo.invalid")
    person(CISO, "chris", "Chris Ciso", title="Chief information security officer", email="chris@demo.invalid")
    person(GUEST, "gina", "Gina Guest", title="At a client, guest", email="gina@client.invalid", is_restricted=True)
    workspace.add_group(LEADS_GROUP, "security-leads", "Security leads", [LEAD_1, LEAD_2])
    inside = list(PEOPLE)
    workspace.add_channel(TEAM_CHANNEL, "team-leads", members=inside, topic="Ask here before you roll something out")
    workspace.add_channel(
        SECURITY_CHANNEL,
        "security-decisions",
        members=[LEAD_1, LEAD_2, CISO],
        is_private=True,
        topic="Requests that wait for a sign-off",
    )
    workspace.add_channel(
        SHARED_CHANNEL,
        "client-project",
        members=[*inside, GUEST],
        is_ext_shared=True,
        topic="Shared with a client: Preflight answers in a direct message instead",
    )
    for user in (*inside, GUEST):
        workspace.dm_with(user)
    said = workspace.add_message
    if again:
        said(TEAM_CHANNEL, CISO, WELCOME_BACK, at=now - timedelta(minutes=1))
        return
    said(TEAM_CHANNEL, CISO, WELCOME, at=now - timedelta(minutes=50))
    said(TEAM_CHANNEL, OTHER_LEAD, "Is anybody using a note taker for calls yet?", at=now - timedelta(minutes=42))
    said(
        TEAM_CHANNEL,
        TEAM_LEAD,
        "We would like to. Let me ask Preflight first.",
        at=now - timedelta(minutes=40),
    )
    # Said just now, not before anyone looked: the leads find it unread and with their names on it.
    workspace.post(SECURITY_CHANNEL, CISO, WAITING, at=now - timedelta(minutes=20))


@dataclass(frozen=True)
class _Everyone:
    """The directory while the records are made, before anybody could be asked."""

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        return Person(user, PersonId(user), full_member=True)

    async def persons(self, users: Iterable[UserId]) -> Mapping[UserId, PersonId]:
        return {user: PersonId(user) for user in users}

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({UserId(LEAD_1), UserId(LEAD_2)})

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({UserId(CISO)})

    async def is_internal(self, channel: ChannelId) -> bool:
        return True

    async def room(self, channel: ChannelId) -> Room:
        return Room(member=True, internal=True)


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
        30,
        _use("saas", "customer_pii", "hq_staff", 15, Clients.counted(1), "application data"),
        "Short surveys after a case is closed",
        {"G4-KEEP-TIME": ("manual",), "G6-PROOF-INDEPENDENT": ("self",)},
        (LEAD_1,),
        words="Small group and few data. The two open points are dated.",
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
        _use("remote_access", "customer_pii", "wah_agents", 300, Clients.counted(2), "application"),
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
        _use("saas ai_llm communication", "customer_pii recordings", "wah_agents", 150, Clients.counted(1), "data"),
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
    for story in STORIES:
        at = now - timedelta(days=story.days_ago)
        review = await _play(replace(desk, directory=_Everyone(), deliver=[], now=lambda at=at: at), story)  # type: ignore[misc]
        await desk.store.act(_silence, review, now)
    return True


async def _play(desk: Desk, story: _Story) -> ReviewId | None:
    """Take a story through the acts; the review whose messages are still to come, if it waits for the leads."""
    asked_by, number = UserId(story.asked_by), 0

    def came() -> Came:
        nonlocal number
        number += 1
        return Came(f"demo:{story.tool}:{number}", "demo")

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
    return review.id if review.stage is Stage.SUBMITTED else None


def _details(question: Question, owner: UserId, at: datetime) -> Mapping[ExtraKind, str]:
    """The owner, date and link that belong to an answer."""
    values = {
        ExtraKind.PERSON: str(owner),
        ExtraKind.DATE: (at + timedelta(days=365)).date().isoformat(),
        ExtraKind.LINK: f"https://wiki.demo.invalid/{question.id.lower()}",
    }
    return {extra.kind: values[extra.kind] for extra in question.extras}


def _silence(work: Work, still_to_tell: ReviewId | None, now: datetime) -> None:
    """Old stories were told long ago; only what waits now is still to be shown."""
    later = now + timedelta(minutes=5)
    for owed in work.notices.claim(later, timedelta(seconds=1), 1_000):
        if still_to_tell is None or owed.notice.review != still_to_tell:
            work.notices.dead(owed, "told long ago", now)
        else:
            work.notices.again(owed, now, doubtful=False, error="")


def _bring_back(work: Work, security_channel: ChannelId, now: datetime) -> None:
    """Owe the cards of open reviews where they can be posted again: no thread of an earlier start is there any more."""
    for owed in work.notices.claim(now + timedelta(days=1), timedelta(seconds=1), 10_000):
        if owed.notice.kind is NoticeKind.REVIEW_CARD:
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
            work.notices.owe(card, now)
            work.notices.retarget(card.key, card.to, now)
