"""Two people at once: exactly one outcome, nobody's yes is lost, and the loser hears a named refusal.

On PostgreSQL both acts stand at a barrier inside their transactions, on two threads; SQLite lets only one begin at a
time, so there two stores, each with its own writer, race for the beginning. One checker judges every trial, and the
last test proves that it sees: with the row lock taken out, it must find fault.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, text

from bot.domain.approval import Signed, sign_off
from bot.domain.ids import DecisionId, ReviewId, UserId
from bot.domain.policy import Outcome
from bot.domain.refused import Refused
from bot.domain.review import Review, Stage, Stance, answer, reopen
from bot.domain.verdict import Verdict
from bot.store.audit import Intact, verify
from bot.store.database import Store, open_store
from bot.store.reviews import Reviews
from bot.store.work import Work
from tests.store.samples import (
    ANA,
    BANK,
    CASE,
    KEY,
    LEA,
    LEO,
    MFA,
    a_notice,
    a_sign_off,
    a_signer,
    a_submitted_review,
    an_answer,
    later,
    put_review,
)

TRIALS = {"postgresql": 300, "sqlite": 60}


class Meeting:
    """A barrier for two. An act that lost a race is run again from its start; then there is nobody left to meet."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self._over = False

    def meet(self) -> None:
        if not self._over:
            self._barrier.wait(20)
            self._over = True


Act = Callable[[Work, ReviewId, Meeting | None], object]


@dataclass
class Arena:
    """A place for races: two doors to one database, and whether acts can meet inside their transactions."""

    doors: tuple[Store, Store]
    trials: int
    inside: bool
    number: int = 0

    async def race(self, prepared: Callable[[str], Review], first: Act, second: Act) -> Trial:
        """Put a fresh review in, let both acts go at once, and look at what is stored."""
        self.number += 1
        review = prepared(str(self.number))
        await self.doors[0].act(put_review, review)
        meeting = Meeting() if self.inside else None
        racers = [(self.doors[0], first), (self.doors[1], second)]
        if self.number % 2:  # neither is always the first to be handed in
            racers.reverse()
        ended = await asyncio.gather(
            *(door.act(act, review.id, meeting) for door, act in racers), return_exceptions=True
        )
        return await self.doors[0].read(_look, review.id, tuple(ended))


@dataclass
class Trial:
    """How a race ended, for both racers and in the database."""

    ended: tuple[object, ...]
    review: Review
    outcomes: list[Outcome]
    signed: set[tuple[str, int, bool]]  # everyone who ever signed: who, at which version, whether it still counts
    answers: int

    @property
    def won(self) -> list[object]:
        return [each for each in self.ended if not isinstance(each, BaseException)]

    @property
    def refused(self) -> set[str]:
        return {type(each).__name__ for each in self.ended if isinstance(each, Refused)}

    @property
    def faults(self) -> list[str]:
        """What must never be, whoever raced whom."""
        counting = {who for who, _, counts in self.signed if counts}
        found = {
            "an error was shown": any(isinstance(e, BaseException) and not isinstance(e, Refused) for e in self.ended),
            "two decisions": len(self.outcomes) > 1,
            "decided without a decision": (self.review.stage is Stage.DECIDED) != bool(self.outcomes),
            "both signed, no decision": len(counting) >= 2 and not self.outcomes,
            "a decision without two yeses": bool(self.outcomes)
            and self.outcomes[0] is not Outcome.REJECT
            and len(counting) < 2,
            "a signature on what was not shown": any(
                counts and at != self.review.version for _, at, counts in self.signed
            ),
            "a yes that was reported is not stored": any(
                isinstance(e, Signed) and (e.sign_off.by, e.sign_off.version) not in {(w, v) for w, v, _ in self.signed}
                for e in self.ended
            ),
        }
        return [name for name, so in found.items() if so]


def _look(work: Work, review_id: ReviewId, ended: tuple[object, ...]) -> Trial:
    of = {"review": review_id}
    rows = work.connection.execute(
        text('SELECT "by", version, voided_at IS NULL FROM sign_offs WHERE review_id = :review'), of
    )
    outcomes = work.connection.execute(text("SELECT outcome FROM decisions WHERE review_id = :review"), of)
    return Trial(
        ended,
        work.reviews.get(review_id),
        [Outcome(outcome) for outcome in outcomes.scalars()],
        {(by, version, bool(counts)) for by, version, counts in rows},
        len(work.reviews.history(review_id)),
    )


def signs(user: UserId, stance: Stance = Stance.APPROVE) -> Act:
    """An act in which a lead signs what the card showed, as the use case will do it."""

    def act(work: Work, review_id: ReviewId, meeting: Meeting | None) -> Signed:
        if meeting:
            meeting.meet()
        review = work.reviews.locked(review_id)
        verdict: Verdict = work.verdicts.get(a_package(review))
        done = sign_off(
            review,
            verdict,
            signer=a_signer(user),
            stance=stance,
            saw=3,
            bank=BANK,
            persons={},
            rationale="Because.",
            decision_id=DecisionId(f"D_{review_id}"),
            at=later(hours=1),
        )
        work.reviews.save(done.review, review, later(hours=1))
        if done.decision:
            work.decisions.add(done.decision)
        work.audit.add(*done.events)
        work.notices.owe(a_notice(f"sign_off|{review_id}"), later(hours=1))
        return done

    return act


def a_package(review: Review) -> str:
    return f"V_{review.id.removeprefix('R_')}"  # the verdict the review was submitted with, even if it was taken back


def edits(work: Work, review_id: ReviewId, meeting: Meeting | None) -> Review:
    """An act in which the team takes the review back and changes an answer."""
    if meeting:
        meeting.meet()
    before = work.reviews.locked(review_id)
    after = answer(reopen(before), CASE, an_answer("password", at=later(hours=1), by=ANA))
    work.reviews.save(after, before, later(hours=1))
    work.notices.owe(a_notice(f"sign_off|{review_id}"), later(hours=1))
    return after


def unsigned(name: str) -> Review:
    return a_submitted_review(name)


def signed_once(name: str) -> Review:
    return a_submitted_review(name, sign_offs=(a_sign_off(LEA),))


@pytest.fixture
async def arena(url: str) -> AsyncIterator[Arena]:
    postgres = url.startswith("postgresql")
    trials = TRIALS["postgresql" if postgres else "sqlite"]
    one = open_store(url, audit_key=KEY)
    other = one if postgres else open_store(url, audit_key=KEY)
    yield Arena((one, other), trials, postgres)
    assert isinstance(await one.read(verify, KEY), Intact)
    await one.close()
    await other.close()


async def test_two_leads_at_once_make_one_decision_with_both_signatures(arena: Arena) -> None:
    for _ in range(arena.trials):
        trial = await arena.race(unsigned, signs(LEA), signs(LEO))
        assert trial.faults == []
        assert len(trial.won) == 2
        assert sum(isinstance(won, Signed) and won.decision is not None for won in trial.won) == 1
        assert {who for who, _, counts in trial.signed if counts} == {LEA, LEO}
        assert trial.outcomes == [Outcome.CONDITIONS]


async def test_one_lead_clicking_twice_signs_once(arena: Arena) -> None:
    for _ in range(arena.trials):
        trial = await arena.race(unsigned, signs(LEA), signs(LEA))
        assert trial.faults == []
        assert (len(trial.won), trial.refused) == (1, {"AlreadySigned"})
        assert (trial.outcomes, len(trial.signed)) == ([], 1)


async def test_a_yes_against_a_no_ends_in_the_no(arena: Arena) -> None:
    for _ in range(arena.trials):
        trial = await arena.race(unsigned, signs(LEA), signs(LEO, Stance.REJECT))
        assert trial.faults == []
        assert trial.outcomes == [Outcome.REJECT]
        # The yes came first and stands beside the no, or it came second and was told that the review has ended.
        assert (len(trial.won), trial.refused) in ((2, set()), (1, {"ReviewEnded"}))


async def test_a_last_yes_against_an_edit_decides_what_was_shown_or_nothing(arena: Arena) -> None:
    ways = set()
    for _ in range(arena.trials):
        trial = await arena.race(signed_once, signs(LEO), edits)
        assert trial.faults == []
        assert len(trial.won) == 1
        decided = trial.review.stage is Stage.DECIDED
        ways.add(decided)
        if decided:
            assert (trial.refused, trial.answers, trial.review.version) == ({"ReviewEnded"}, 1, 3)
        else:
            assert (trial.refused, trial.answers, trial.outcomes) == ({"NotSubmitted"}, 2, [])
            assert trial.review.answers[MFA.id].codes == ("password",)
            assert not any(counts for _, _, counts in trial.signed)
    assert ways == {True, False}  # both orders happened, or this was no race


class _Unlocked(Reviews):
    def locked(self, review_id: ReviewId) -> Review:
        self._ours.add(review_id)
        return self.get(review_id)


class _UnlockedWork(Work):
    """The seeded defect: everything as it is, but nobody waits for anybody."""

    def __init__(self, connection: Connection, audit_key: bytes) -> None:
        super().__init__(connection, audit_key)
        self.reviews = _Unlocked(connection)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("prepared", "first", "second"),
    [(unsigned, signs(LEA), signs(LEO)), (signed_once, signs(LEO), edits)],
    ids=["two leads", "a lead and an edit"],
)
async def test_without_the_row_lock_the_checker_finds_fault(
    postgres_url: str, prepared: Callable[[str], Review], first: Act, second: Act
) -> None:
    store = open_store(postgres_url, audit_key=KEY, work=_UnlockedWork)
    arena = Arena((store, store), 60, inside=True)
    faulty = 0
    for _ in range(10 * arena.trials):  # on a busy machine two threads meet less often
        faulty += bool((await arena.race(prepared, first, second)).faults)
        if faulty >= 5:
            break
    await store.close()
    assert faulty >= 5, "the races above would not notice a missing lock"
