"""Reviews: what was stored comes back, history is kept, and nobody saves on top of somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.answers import Came, Origin, Proposal
from bot.domain.bank import ExtraKind
from bot.domain.ids import ChannelId, QuestionId, ReviewId, ToolId, VerdictId
from bot.domain.refused import NoSuchReview
from bot.domain.review import Home, Review, Stage
from bot.store.database import Store
from bot.store.work import Work
from tests.store.samples import (
    ANA,
    AT,
    BEN,
    LEA,
    LEO,
    MFA,
    OTTER,
    PROFILE,
    VERDICT,
    a_review,
    a_sign_off,
    a_submitted_review,
    an_answer,
    change,
    later,
    put_review,
)


async def test_a_review_comes_back_as_it_was_stored(store: Store) -> None:
    review = a_submitted_review(
        co_requesters=(BEN,),
        proposals=(Proposal("kinds", "saas", "a web tool"),),
        purpose="Notes of calls, für alle 🙂",
        vendor="Otter",
        url="https://otter.ai",
        note="Please hurry.",
        claimed_by=LEA,
        sign_offs=(a_sign_off(LEA),),
        answers={
            MFA.id: an_answer(extras={ExtraKind.PERSON: BEN}, came=Came.FORM),
            QuestionId("G2-TICKS"): an_answer(question=QuestionId("G2-TICKS"), codes=(), extras={}),
        },
    )
    await store.act(put_review, review)
    assert await store.read(lambda work: work.reviews.get(review.id)) == review


async def test_a_bare_review_comes_back_as_it_was_stored(store: Store) -> None:
    review = Review(ReviewId("R_0"), None, "Zoom", ANA, Home(ChannelId("U_ANA")), AT)
    await store.act(lambda work: work.reviews.add(review, AT))
    assert await store.read(lambda work: work.reviews.get(review.id)) == review


@pytest.mark.parametrize("door", ["get", "locked"])
async def test_an_unknown_review_is_a_named_refusal(store: Store, door: str) -> None:
    with pytest.raises(NoSuchReview):
        await store.act(lambda work: getattr(work.reviews, door)(ReviewId("R_NONE")))


async def test_a_changed_answer_is_current_and_the_old_one_stays_in_the_history(store: Store) -> None:
    review = a_review()
    await store.act(put_review, review)
    second = an_answer("password", at=later(minutes=1))
    await store.act(change, review.id, answers={MFA.id: second}, version=4)
    held = await store.read(lambda work: work.reviews.get(review.id))
    assert held.answers == {MFA.id: second}
    assert await store.read(lambda work: work.reviews.history(review.id)) == [an_answer(), second]


async def test_saving_writes_no_answer_twice(store: Store) -> None:
    review = a_review()
    await store.act(put_review, review)
    await store.act(change, review.id, note="For the leads.", answers=dict(review.answers))
    assert await store.read(lambda work: work.reviews.history(review.id)) == [an_answer()]


async def test_a_review_is_saved_only_by_the_act_that_locked_it(store: Store) -> None:
    review = a_review()
    await store.act(put_review, review)
    with pytest.raises(RuntimeError, match="locked"):
        await store.act(lambda work: work.reviews.save(replace(review, note="x"), work.reviews.get(review.id), AT))


async def test_reopening_voids_the_signatures_and_keeps_them_on_record(store: Store) -> None:
    review = a_submitted_review(sign_offs=(a_sign_off(LEA),))
    await store.act(put_review, review)
    await store.act(change, review.id, sign_offs=(), stage=Stage.ANSWERING, package=None, version=4)
    await store.act(change, review.id, sign_offs=(a_sign_off(LEO, version=5),), stage=Stage.SUBMITTED, version=5)
    held = await store.read(lambda work: work.reviews.get(review.id))
    assert [sign.by for sign in held.sign_offs] == [LEO]
    rows = await store.read(
        lambda work: work.connection.exec_driver_sql(
            "SELECT person, voided_at IS NULL FROM sign_offs ORDER BY seq"
        ).all()
    )
    assert [tuple(row) for row in rows] == [("person of U_LEA", False), ("person of U_LEO", True)]


async def test_each_profile_that_was_ever_set_is_kept(store: Store) -> None:
    review = a_review()
    await store.act(put_review, review)
    await store.act(change, review.id, profile=replace(PROFILE, seats=None), version=4)
    await store.act(change, review.id, note="no new profile", version=5)
    versions = await store.read(
        lambda work: (
            work.connection.exec_driver_sql("SELECT version FROM profile_versions ORDER BY version").scalars().all()
        )
    )
    assert versions == [3, 4]


async def test_the_review_under_way_is_the_newest_that_has_not_ended(store: Store) -> None:
    for name, stage in (("1", Stage.ANSWERING), ("2", Stage.DESCRIBING), ("3", Stage.DECIDED), ("4", Stage.WITHDRAWN)):
        await store.act(put_review, a_review(name, stage=stage, opened_at=later(hours=int(name))))
    found = await store.read(lambda work: work.reviews.under_way(OTTER.id))
    assert found is not None
    assert found.id == "R_2"
    assert await store.read(lambda work: work.reviews.under_way(ToolId("T_OTHER"))) is None


async def test_a_review_is_found_by_where_its_card_stands(store: Store) -> None:
    await store.act(put_review, a_review("1"))
    await store.act(put_review, a_review("2", home=Home(ChannelId("U_ANA"))))
    at_home = await store.read(
        lambda work: [
            work.reviews.at_home(ChannelId("C_TEAM"), "100.1"),
            work.reviews.at_home(ChannelId("U_ANA"), None),
            work.reviews.at_home(ChannelId("C_TEAM"), "100.9"),
            work.reviews.at_home(ChannelId("C_TEAM"), None),
        ]
    )
    assert at_home == ["R_1", "R_2", None, None]


async def test_a_persons_reviews_are_those_they_asked_for_or_joined_open_ones_first(store: Store) -> None:
    await store.act(put_review, a_review("1", opened_at=later(hours=1)))
    await store.act(put_review, a_review("2", opened_at=later(hours=3), stage=Stage.WITHDRAWN))
    await store.act(put_review, a_review("3", opened_at=later(hours=2), requester=BEN))
    await store.act(put_review, a_review("4", requester=BEN))
    await store.act(change, ReviewId("R_3"), co_requesters=(ANA,))
    found = await store.read(lambda work: work.reviews.team_of(ANA))
    assert [review.id for review in found] == ["R_3", "R_1", "R_2"]
    assert found[1] == a_review("1", opened_at=later(hours=1))


async def test_waiting_reviews_come_oldest_first_and_no_more_than_asked_for(store: Store) -> None:
    for name in ("1", "2", "3"):
        await store.act(put_review, a_submitted_review(name, submitted_at=later(hours=-int(name))))
    await store.act(put_review, a_review("4"))
    found = await store.read(lambda work: work.reviews.waiting(2))
    assert [review.id for review in found] == ["R_3", "R_2"]
    everyone = await store.read(lambda work: work.reviews.waiting_since())
    assert [at for _, at in everyone] == [later(hours=-3), later(hours=-2), later(hours=-1)]


async def test_who_would_like_to_start_soonest_is_first_in_the_queue(store: Store) -> None:
    for name, wanted in (("1", None), ("2", date(2026, 12, 24)), ("3", date(2026, 12, 1)), ("4", None)):
        waits = a_submitted_review(name, submitted_at=later(hours=int(name)), go_live=wanted)
        await store.act(put_review, waits)
    found = await store.read(lambda work: work.reviews.waiting(9))
    assert [review.id for review in found] == ["R_3", "R_2", "R_1", "R_4"]


async def test_a_nul_or_half_a_surrogate_that_slipped_through_does_not_stop_either_engine(store: Store) -> None:
    review = a_review(purpose="a\0b\ud800c", proposals=(Proposal("kinds", "saas", "q\0\ud800"),))
    await store.act(put_review, review)
    held = await store.read(lambda work: work.reviews.get(review.id))
    assert held.purpose == "ab?c"
    assert held.proposals == review.proposals


async def test_what_was_withdrawn_of_a_tool_is_found_by_what_it_answered_newest_first(store: Store) -> None:
    for number, name in enumerate(("1", "2", "3", "4"), 1):
        await store.act(put_review, a_review(name, stage=Stage.ANSWERING if name == "3" else Stage.WITHDRAWN))
        await store.act(lambda work, number=number: work.reviews.save(*_twice(work, f"R_{number}"), later(days=number)))
    await store.act(put_review, a_review("5", stage=Stage.WITHDRAWN, answers={}))

    async def found(*questions: str, tool: ToolId = OTTER.id, limit: int = 9) -> list[str]:
        asked = [QuestionId(each) for each in questions]
        read = await store.read(lambda work: work.reviews.withdrawn(tool, having_answered=asked, limit=limit))
        return [each.id for each in read]

    assert await found(MFA.id) == ["R_4", "R_2", "R_1"]
    assert await found("G2-OTHER", MFA.id, limit=2) == ["R_4", "R_2"]
    assert await found("G2-OTHER") == await found() == await found(MFA.id, tool=ToolId("T_ZOOM")) == []


def _twice(work: Work, review_id: str) -> tuple[Review, Review]:
    held = work.reviews.locked(ReviewId(review_id))
    return held, held


async def test_the_verdicts_of_a_review_come_newest_first(store: Store) -> None:
    await store.act(put_review, a_submitted_review())
    await store.act(put_review, a_submitted_review("2"))
    ruled_out = replace(VERDICT, blockers=(MFA.id,))
    review = ReviewId("R_1")
    await store.act(lambda work: work.verdicts.add(VerdictId("V_9"), review, 9, ruled_out, "digest", later(days=1)))
    found = await store.read(lambda work: work.verdicts.of_review(review, limit=9))
    assert found == [(later(days=1), ruled_out), (AT, VERDICT)]
    assert await store.read(lambda work: work.verdicts.of_review(review, limit=1)) == found[:1]


async def test_who_proposed_an_answer_comes_back_with_it_and_in_its_history(store: Store) -> None:
    proposed = (
        Proposal(MFA.id, "sso", "“we use Okta”", Origin.MODEL, LEA),
        Proposal("data", "internal", "internal notes", Origin.MODEL),
        Proposal("kinds", "saas", "online"),
    )
    review = a_review(proposals=proposed, answers={MFA.id: an_answer(proposed=Origin.MODEL)})
    await store.act(put_review, review)
    assert await store.read(lambda work: work.reviews.get(review.id)) == review
    for origin, code in ((Origin.RULES, "password"), (None, "sso")):
        await store.act(change, review.id, answers={MFA.id: an_answer(code, proposed=origin)})
    history = await store.read(lambda work: work.reviews.history(review.id))
    assert [each.proposed for each in history] == [Origin.MODEL, Origin.RULES, None]
