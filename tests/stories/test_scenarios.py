"""Several people press what they like, in any order, on one review. Whatever they did, what is on record is right.

The walks are drawn from fixed seeds, so that a red one can be walked again. They go through the use cases, which is
where every press ends; what a card offers is not asked, so that old cards and wrong people are pressed as well.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain import review as reviews
from bot.domain.approval import need
from bot.domain.audit import Tag
from bot.domain.ids import ChannelId, PersonId, ReviewId, UserId
from bot.domain.policy import Approver
from bot.domain.profile import UNKNOWN, Clients, Profile
from bot.domain.refused import Refused
from bot.domain.review import Home, Review, Stage
from bot.domain.roster import Roster
from bot.llm.absent import Absent
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from bot.use_cases import answering, hand_in, intake, sign_off, team
from bot.use_cases.desk import Came, Desk
from bot.use_cases.ports import Person
from tests.databases import migrated
from tests.stories.town import KNOWLEDGE

ANA, BEN, LEA, LOU, LEX, CIS = (UserId(f"U{name}") for name in ("ANA", "BEN", "LEA", "LOU", "LEX", "CIS"))
ANA_2, LEA_2 = UserId("UANA2"), UserId("ULEA2")  # second accounts, both of them leads
LEADS = frozenset({LEA, LOU, LEX, ANA_2, LEA_2})
EVERYBODY = (ANA, BEN, LEA, LOU, LEX, CIS, ANA_2, LEA_2)
SIGNERS = (*sorted(LEADS), CIS, ANA)
AUDIT_KEY = b"audit key of a test"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STEPS = 120
USES = (
    Profile(frozenset({"saas"}), frozenset({"internal"}), frozenset({"hq_staff"}), 20),
    Profile(frozenset({"saas"}), frozenset({"customer_pii"}), frozenset({"wah_agents"}), 200, Clients.counted(1)),
    Profile(
        frozenset({"saas", "telephony_acd"}),
        frozenset({"cardholder", "recordings"}),
        frozenset({"wah_agents"}),
        10_000,
        Clients(everyone=True),
    ),
)


@dataclass(frozen=True)
class Company:
    """Who is who: two of the accounts are second ones of somebody else."""

    second: Mapping[UserId, UserId] = field(default_factory=lambda: {ANA_2: ANA, LEA_2: LEA})

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        return Person(user, PersonId(self.second.get(user, user)), full_member=True)

    async def persons(self, users: Any) -> Mapping[UserId, PersonId]:
        return {user: PersonId(self.second.get(user, user)) for user in users}

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        return LEADS

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({CIS})

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        return Roster(await self.security_leads(), {}), Roster(await self.cisos(), {})

    async def is_internal(self, channel: ChannelId) -> bool:
        return True


@dataclass
class Walk:
    """One review and what was done to it; `given` is every answer that was acknowledged, in order."""

    desk: Desk
    chance: random.Random
    review: ReviewId
    number: int = 0
    given: list[tuple[str, tuple[str, ...], UserId]] = field(default_factory=list)
    refusals: int = 0

    def came(self) -> Came:
        self.number += 1
        return Came(f"walk:{self.number}", "walk")

    async def now(self) -> Review:
        return await self.desk.read(lambda work: work.reviews.get(self.review))

    def codes(self, question: Any) -> tuple[str, ...]:
        if self.chance.random() < 0.93:  # or nearly every walk would end in a no
            return question.best(frozenset({"application"}))
        if self.chance.random() < 0.2:
            return (UNKNOWN,)
        return (self.chance.choice(question.options).code,)

    async def step(self) -> None:
        """One person does one thing, to the review as it is or as it was a moment ago."""
        review = await self.now()
        acts = {"answer": 26, "form": 26, "back": 4, "submit": 20, "reopen": 2, "sign": 40, "shape": 2}
        acts |= {"reject": 0.4, "join": 4, "claim": 3, "describe": 1, "end": 0.2}
        act = self.chance.choices(list(acts), list(acts.values()))[0]
        by = self.chance.choice(SIGNERS if act in ("sign", "shape", "reject", "join") else EVERYBODY)
        saw = max(0, review.version - (self.chance.random() < 0.15))
        click = sign_off.SignClick(self.review, by, saw, self.chance.choice(("", "Because.", "It is fine.")))
        shaped = sign_off.Shaped(frozenset(), ())
        desk, came, on = self.desk, self.came(), {"review": self.review}
        match act:
            case "answer" if review.profile is not None:
                case = reviews.case_of(review, KNOWLEDGE.bank, KNOWLEDGE.policy)
                question = reviews.next_question(review, case) or self.chance.choice(case.asked)
                codes = self.codes(question)
                before = review.answers.get(question.id)
                await answering.answer(desk, came, **on, by=by, question=question.id, codes=codes, saw=saw)
                if before is None or before.codes != codes:
                    self.given.append((question.id, codes, by))
            case "form" if review.profile is not None:
                case = reviews.case_of(review, KNOWLEDGE.bank, KNOWLEDGE.policy)
                part = self.chance.sample(case.asked, min(len(case.asked), 12))
                filled = tuple((each.id, self.codes(each)) for each in part)
                await answering.answer_form(desk, came, **on, by=by, given=filled)
                known = {each: given.codes for each, given in review.answers.items()}
                self.given += [(each, codes, by) for each, codes in filled if known.get(each) != codes]
            case "back":
                await answering.step_back(desk, came, **on)
            case "submit":
                await hand_in.submit(desk, came, **on, by=by, saw=saw)
            case "reopen":
                await hand_in.reopen(desk, came, **on, by=by)
            case "sign":
                await sign_off.approve(desk, came, click)
            case "shape":
                await sign_off.approve_with_conditions(desk, came, click, shaped)
            case "reject":
                await sign_off.reject(desk, came, click)
            case "join":
                await team.join(desk, came, **on, by=by)
            case "claim":
                await sign_off.claim(desk, came, **on, by=by)
            case "describe":
                said = intake.Described(self.chance.choice(USES), "Fabrikam Notes")
                await intake.describe(desk, came, **on, by=by, said=said)
            case "end":
                await team.withdraw(desk, came, **on, by=by)


async def a_walk(database: str, seed: int) -> tuple[Walk, Review]:
    """Walk until the review has ended, or for so many steps."""
    chance = random.Random(seed)
    minutes, ids = iter(range(1_000_000)), iter(range(1_000_000))
    desk = Desk(
        open_store(database, audit_key=AUDIT_KEY),
        KNOWLEDGE,
        Company(),
        ChannelId("CSEC"),
        lambda: START + timedelta(minutes=next(minutes)),
        lambda: f"{seed}-{next(ids)}",
        Absent(),
    )
    walk = Walk(desk, chance, ReviewId(""), number=seed * 10_000)
    home = Home(ChannelId("CTEAM"), f"{seed}.1")
    began = await intake.begin(desk, walk.came(), intake.Asked(ANA, f"Fabrikam {seed}", home, bare_name=True))
    assert began.review is not None
    walk.review = began.review.id
    said = intake.Described(chance.choice(USES), f"Fabrikam {seed}", different=True)
    await intake.describe(desk, walk.came(), review=walk.review, by=ANA, said=said)
    for _ in range(STEPS):
        try:
            await walk.step()
        except Refused:
            walk.refusals += 1
        review = await walk.now()
        if review.ended:
            break
    return walk, review


async def check(walk: Walk, review: Review) -> None:
    """What has to be true whatever was pressed."""
    decision, verdict, history, trail = await walk.desk.read(
        lambda work: (
            found := work.decisions.of_review(walk.review),
            work.verdicts.get(found.verdict) if found else None,
            work.reviews.history(walk.review),
            [entry.event for entry in work.audit.all()],
        )
    )
    # Every answer that was acknowledged is stored, once, under its author; the last one of each question counts.
    assert sorted((each.question, each.codes, each.by) for each in history) == sorted(walk.given)
    last = {question: codes for question, codes, _ in walk.given}
    assert {each: given.codes for each, given in review.answers.items()} == last
    assert isinstance(await walk.desk.read(lambda work: verify(work, AUDIT_KEY)), Intact)
    assert (decision is not None) == (review.stage is Stage.DECIDED)
    if decision is None or verdict is None:
        return
    assert sum(event.tag is Tag.DECISION_RECORD for event in trail if event.facts.get("review") == walk.review) == 1
    assert review.package is not None
    assert review.package.verdict == decision.verdict
    second = Company().second
    person = {user: second.get(user, user) for user in EVERYBODY}
    # Only who may sign did, on the version that was decided, each person once.
    authors = {each.by for each in history if KNOWLEDGE.bank.by_id[each.question].source in ("vendor", "organisation")}
    barred = {person[user] for user in (*review.team, *authors)}
    assert all(sign.version == review.version for sign in review.sign_offs)
    assert all(sign.by in LEADS | {CIS} and person[sign.by] not in barred for sign in review.sign_offs)
    assert len({person[sign.by] for sign in review.sign_offs if sign.stance == "approve"}) == sum(
        sign.stance == "approve" for sign in review.sign_offs
    )
    if not decision.allows:
        assert [sign.stance for sign in review.sign_offs][-1] == "reject"
        return
    assert not verdict.blockers
    wanted = need(review.package, verdict)
    assert len(review.sign_offs) == wanted.leads + wanted.ciso
    assert sum(sign.as_ciso for sign in review.sign_offs) == wanted.ciso
    assert (decision.approver is Approver.SELF_SERVE) == (review.sign_offs == ())
    assert decision.profile == review.profile


@pytest.mark.parametrize("part", range(4))
async def test_whatever_people_press_what_is_on_record_is_right(tmp_path: Path, part: int) -> None:
    database = f"sqlite:///{tmp_path / 'walk.sqlite3'}"
    migrated(database)
    stages: dict[Stage, int] = {}
    refusals = 0
    for seed in range(part * 10, part * 10 + 10):
        walk, review = await a_walk(database, seed)
        await check(walk, review)
        await walk.desk.store.close()
        stages[review.stage] = stages.get(review.stage, 0) + 1
        refusals += walk.refusals
    # The walks are worth something only if they get somewhere, and are told no on the way.
    assert stages.get(Stage.DECIDED, 0) >= 2, stages
    assert refusals > 50
