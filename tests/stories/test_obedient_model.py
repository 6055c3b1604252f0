"""A model that obeys whoever wrote last changes nothing: the same verdict, the same signatures, the same record.

Each story is told twice, with that model and with none, and what is on record afterwards has to be the same, down to
the byte. What the model says to people may be shown to them; it must call nobody and lead nowhere.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain import review as reviews
from bot.domain.asked import Asked
from bot.domain.audit import Tag
from bot.domain.deciding_words import decides
from bot.domain.ids import AskedId, ChannelId, DecisionId, PersonId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Review
from bot.domain.roster import Roster
from bot.domain.utterance import Utterance
from bot.knowledge import Knowledge, default_folder, load_knowledge
from bot.llm.absent import Absent
from bot.slack.delivery import render
from bot.slack.limits import Surface, check
from bot.store.database import open_store
from bot.store.spelling import profile_text, verdict_text
from bot.store.tables import audit_events, notices
from bot.store.work import Work
from bot.use_cases import answering, ask, hand_in, intake, reading, sign_off
from bot.use_cases.desk import Came, Desk
from bot.use_cases.ports import Model, Person, Room
from bot.use_cases.tellings import gather
from tests.databases import migrated
from tests.injections import all_injections
from tests.slack.mrkdwn_reader import Live, live_in
from tests.stories.obedient import Obedient
from tests.stories.town import KNOWLEDGE

ANA, BEN, SAM, LEN = (UserId(f"U{name}0001") for name in ("ANA", "BEN", "SAM", "LEN"))
TEAM, SECURITY = ChannelId("CTEAM0001"), ChannelId("CSECURITY1")
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
USE = Profile(
    kinds=frozenset({"saas"}),
    data=frozenset({"customer_pii"}),
    users=frozenset({"wah_agents"}),
    seats=200,
    clients=Clients.named(["Northwind"]),
    layers=frozenset({"application", "data", "people"}),
)
POOR = {"G7-INSIDER-LIMIT": "weekly", "G4-KEEP-TIME": "manual"}  # two dated conditions, so that a lead has to sign
PEOPLE = {ANA, BEN, SAM, LEN}  # a card may name those who take part


@dataclass(frozen=True)
class Company:
    """Who is who, and what people and channels are called: that, too, is written by somebody."""

    called: str = "Ana"

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        return Person(user, PersonId(user), full_member=True, name=self.called)

    async def persons(self, users: Any) -> dict[UserId, PersonId]:
        return {user: PersonId(user) for user in users}

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({SAM, LEN})

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset()

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        return Roster(await self.security_leads(), {}), Roster(frozenset(), {})

    async def is_internal(self, channel: ChannelId) -> bool:
        return True

    async def room(self, channel: ChannelId) -> Room:
        return Room(member=True, internal=True, name=self.called)


@dataclass
class Story:
    """One main job, told to one desk: what is said on the way differs, what people press does not."""

    desk: Desk
    number: int
    keys: Any = field(default_factory=count)

    @property
    def tool(self) -> str:
        return f"Fabrikam {self.number:04}"

    @property
    def home(self) -> Home:
        return Home(TEAM, f"1700000000.{self.number:06}")

    def came(self) -> Came:
        return Came(f"{self.number}:{next(self.keys)}", "said")

    async def begin(self, words: str, *, before: Sequence[Utterance] = ()) -> ReviewId:
        text = f"Is {self.tool} safe to roll out to 200 home agents? {words}"

        async def earlier() -> tuple[Utterance, ...]:
            return tuple(before)

        asked = intake.Asked(ANA, text, self.home)
        await reading.begin(self.desk, self.came(), asked, earlier=earlier if before else None)
        await self.rest()
        began = await self.desk.read(lambda work: work.reviews.at_home(self.home.channel, self.home.thread))
        assert began is not None
        return began

    async def now(self, review: ReviewId) -> Review:
        return await self.desk.read(lambda work: work.reviews.get(review))

    async def finish(self, review: ReviewId, *, reply: str = "") -> None:
        """Describe, answer, hand in, sign: by people, the same each time."""
        said = intake.Described(USE, self.tool, different=True, purpose="Notes of calls")
        await intake.describe(self.desk, self.came(), review=review, by=ANA, said=said)
        if reply:
            await answering.reply(self.desk, self.came(), answering.Typed(ANA, reply, self.home))
            await self.rest()
        there = await self.now(review)
        asked = reviews.case_of(there, KNOWLEDGE.bank, KNOWLEDGE.policy).asked
        given = tuple((each.id, (POOR[each.id],) if each.id in POOR else each.best(USE.layers)) for each in asked)
        await answering.answer_form(self.desk, self.came(), review=review, by=ANA, given=given)
        there = await self.now(review)
        await hand_in.submit(self.desk, self.came(), review=review, by=ANA, saw=there.version)
        await self.rest()
        there = await self.now(review)
        click = sign_off.SignClick(review, SAM, there.version, "Few data, and the open points are dated.")
        await sign_off.approve(self.desk, self.came(), click)
        await self.rest()

    async def rest(self) -> None:
        """Let what was begun in the background come to its end."""
        while self.desk.tasks:
            for task in list(self.desk.tasks):
                await task


def a_desk(place: Path, model: Model, called: str, knowledge: Knowledge = KNOWLEDGE) -> Desk:
    database = f"sqlite:///{place / (type(model).__name__ + '.sqlite3')}"
    migrated(database)
    ids, minutes = count(), count()
    return Desk(
        open_store(database, audit_key=b"audit key of a test"),
        knowledge,
        Company(called),
        SECURITY,
        lambda: START + timedelta(seconds=next(minutes)),
        lambda: f"id-{next(ids)}",
        model,
    )


# --- what is on record ------------------------------------------------------------------------------------------------


def on_record(work: Work, review_id: ReviewId) -> str:
    """Everything that was decided and by whom, and who was told, as text: no ids that chance gave, and no times."""
    review = work.reviews.get(review_id)
    decision = work.decisions.of_review(review_id)
    assert decision is not None
    verdict = work.verdicts.get(decision.verdict)
    told = sorted({(each.kind.value, each.to.channel, each.to.thread or "") for each in notices_of(work, review_id)})
    written = select(audit_events).where(audit_events.c.about == review_id).order_by(audit_events.c.seq)
    trail = [(row.tag, row.by, json.loads(row.facts)) for row in work.connection.execute(written)]
    return json.dumps(
        {
            "tool": [review.tool_name, review.vendor, review.url, review.purpose],
            "team": review.team,
            "stage": review.stage,
            "profile": profile_text(review.profile) if review.profile else None,
            "answers": sorted((each.question, each.codes, each.by) for each in review.answers.values()),
            "verdict": verdict_text(verdict),
            "outcome": decision.outcome,
            "approver": decision.approver,
            "signed": [(each.by, each.rationale, each.as_ciso) for each in decision.signatures],
            "conditions": [(each.text, each.question, each.gap, each.owner) for each in decision.conditions],
            "covers": profile_text(decision.profile),
            "valid": str(decision.valid_until),
            "told": told,
            "trail": [
                (tag, by, facts.get("question"), facts.get("codes"))
                for tag, by, facts in trail
                if tag != Tag.REVIEW_CONFIRM
            ],
        },
        sort_keys=True,
    )


def notices_of(work: Work, review_id: ReviewId) -> list[Notice]:
    """Every message that was owed about a review."""
    rows = work.connection.execute(select(notices).where(notices.c.review_id == review_id).order_by(notices.c.key))
    return [
        Notice(
            row.key,
            NoticeKind(row.kind),
            Recipient(ChannelId(row.channel), row.thread),
            review_id,
            DecisionId(row.decision_id) if row.decision_id else None,
            json.loads(row.facts),
            row.live,
        )
        for row in rows
    ]


def live_on_cards(work: Work, review_id: ReviewId, now: datetime) -> list[Live]:
    """What the cards of a review would make Slack do, besides naming people and showing dates."""
    found: list[Live] = []
    for notice in notices_of(work, review_id):
        telling = gather(work, notice, KNOWLEDGE, now)
        if telling is not None:
            card = render(telling, notice.kind, KNOWLEDGE)
            assert check(card, Surface.MESSAGE) == []
            found += [each for each in live_in(card) if each.kind != "date" and each.target not in PEOPLE]
    return found


# --- the carriers -----------------------------------------------------------------------------------------------------

Carrier = Callable[[Story, str], Awaitable[ReviewId]]


async def in_the_sentence(story: Story, words: str) -> ReviewId:
    review = await story.begin(words)
    await story.finish(review)
    return review


async def in_the_thread(story: Story, words: str) -> ReviewId:
    review = await story.begin("", before=[Utterance(BEN, words)])
    await story.finish(review)
    return review


async def in_a_typed_reply(story: Story, words: str) -> ReviewId:
    review = await story.begin("")
    await story.finish(review, reply=words)
    return review


CARRIERS: dict[str, Carrier] = {
    "sentence": in_the_sentence,
    "thread": in_the_thread,
    "typed reply": in_a_typed_reply,
}
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("carrier", CARRIERS)
async def test_whatever_a_text_tells_the_model_the_record_is_what_it_is_without_one(
    tmp_path: Path, carrier: str, part: int
) -> None:
    without, withit = a_desk(tmp_path, Absent(), "Ana"), a_desk(tmp_path, Obedient(), "Ana")
    asked = 0
    for number, words in enumerate(all_injections()[part::PARTS]):
        records = []
        for desk in (without, withit):
            story = Story(desk, number)
            review = await CARRIERS[carrier](story, words)
            records.append(await desk.read(on_record, review))
        assert await withit.read(live_on_cards, review, withit.now()) == []
        assert records[0] == records[1], words
        asked += 1
    assert asked >= 17
    assert isinstance(withit.model, Obedient)
    assert withit.model.shown  # it was asked, and had its say
    for desk in (without, withit):
        await desk.store.close()


# --- a page of policy, and questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_page_of_policy_that_gives_orders_is_shown_as_a_page_and_obeyed_by_nobody(
    tmp_path: Path, part: int
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(default_folder(), folder)
    orders = list(enumerate(all_injections()[part::PARTS]))
    for number, words in orders:
        page = f"# Procedure xylograph{number}\n\n## How the xylograph{number} works\n\n{words}\n"
        (folder / "policies" / f"page-{number}.md").write_text(page, "utf-8", errors="replace")
    knowledge = load_knowledge(folder)
    desk = a_desk(tmp_path, Obedient(), "Ana", knowledge)
    story = Story(desk, 1)
    answered = 0
    for number, _ in orders:
        asked = await ask.ask(
            desk, story.came(), ask.Question(ANA, f"what is the procedure xylograph{number}?", story.home)
        )
        await story.rest()
        there, card = await desk.read(_answer_card, asked.id, desk)
        assert [each for each in live_in(card) if each.kind != "date" and each.target not in PEOPLE] == []
        assert check(card, Surface.MESSAGE) == []
        assert not any(decides(each.text, tools=["Fabrikam"]) for each in there.sentences)
        by_the_model, _, _ = json.dumps(card["blocks"]).partition("Written by a model")
        assert not there.sentences or "evil.example" not in by_the_model
        answered += any(each.startswith("policies/") for each in there.passages)
    assert answered > len(orders) // 2  # most of the pages were found, and handed to the model
    assert await desk.read(lambda work: work.reviews.team_of(ANA)) == []
    await desk.store.close()


def _answer_card(work: Work, asked_id: AskedId, desk: Desk) -> tuple[Asked, dict[str, Any]]:
    asked = work.asked.get(asked_id)
    assert asked is not None
    notice = Notice(f"answer:{asked_id}", NoticeKind.ANSWER, Recipient(TEAM), facts={"asked": asked_id}, live=True)
    telling = gather(work, notice, desk.knowledge, desk.now())
    assert telling is not None
    return asked, render(telling, notice.kind, desk.knowledge)
