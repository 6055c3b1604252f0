"""The life of a review: what each stage allows, what a repeat changes, and what is never forgotten."""

from dataclasses import replace
from itertools import product

import pytest

from bot.domain.answers import Answer
from bot.domain.bank import ExtraKind, Question
from bot.domain.ids import QuestionId, UserId, VerdictId
from bot.domain.policy import Outcome
from bot.domain.profile import UNKNOWN, Clients
from bot.domain.refused import (
    BlockerNotForgotten,
    NoProfileYet,
    NoSuchOption,
    NotAnswering,
    NotAsked,
    NotTheTeams,
    ReviewEnded,
    StillOpenQuestions,
)
from bot.domain.review import (
    Package,
    Review,
    Stage,
    answer,
    case_of,
    describe,
    go_to,
    join,
    next_question,
    open_questions,
    question_before,
    recall,
    reopen,
    ruled_out_by,
    submit,
    withdraw,
)
from bot.domain.verdict import assess
from tests.domain.cases import BANK, CALLS, CRM, EVERYTHING, POLICY, SMALL, best_answers, opened
from tests.domain.reviews import ANA, AT, BEA, LEO, MIA, a_review, an_answer, answering, signed, submitted, verdict_of

MFA = QuestionId("G1-ACCESS-MFA")
PACKAGE = Package(VerdictId("V1"), Outcome.APPROVE)


def test_a_new_review_waits_for_its_profile():
    review = a_review()
    assert review.stage is Stage.DESCRIBING
    with pytest.raises(NoProfileYet):
        case_of(review, BANK, POLICY)
    with pytest.raises(NoProfileYet):
        answer(review, opened(CRM), an_answer(MFA, "sso_mfa"))
    with pytest.raises(NoProfileYet):
        submit(review, opened(CRM), PACKAGE, at=AT)


def test_questions_come_one_by_one_until_none_is_open():
    review, case = answering(SMALL), opened(SMALL)
    shown = []
    while question := next_question(review, case):
        shown.append(question.id)
        review = answer(review, case, an_answer(question.id, *question.best(case.profile.layers)))
    assert shown == [question.id for question in case.asked]
    assert open_questions(review, case) == ()


def test_every_change_counts_one_version_up():
    review, case = answering(SMALL), opened(SMALL)
    answered = answer(review, case, an_answer(MFA, "sso_mfa"))
    changed = answer(answered, case, an_answer(MFA, "local_mfa"))
    described = describe(changed, CRM, tool=changed.tool, tool_name="Otter")
    versions = [each.version for each in (review, answered, changed, described)]
    assert versions == list(range(review.version, review.version + 4))


def test_the_same_answer_again_changes_nothing():
    case = opened(SMALL)
    review = answer(answering(SMALL), case, an_answer(MFA, "sso_mfa"))
    again = answer(review, case, replace(an_answer(MFA, "sso_mfa", by=BEA), at=AT.replace(hour=11)))
    assert again is review
    assert again.answers[MFA].by == ANA


def test_the_same_answer_again_renews_one_that_is_too_old_and_keeps_what_belongs_to_it():
    case, owner = opened(SMALL), "G3-OWNER-NAME"
    review = answer(answering(SMALL), case, an_answer(owner, "one", person="U_CEM"))
    later = replace(an_answer(owner, "one", by=BEA), at=AT.replace(year=2027))
    renewed = answer(review, case, later, aged=True)
    assert renewed.answers[QuestionId(owner)] == replace(later, extras={ExtraKind.PERSON: "U_CEM"})
    assert renewed.version == review.version + 1


def test_the_same_answer_with_its_owner_now_given_is_a_change():
    case = opened(SMALL)
    owner = "G3-OWNER-NAME"
    bare = answer(answering(SMALL), case, an_answer(owner, "one"))
    whole = answer(bare, case, an_answer(owner, "one", person="U_CEM"))
    assert whole.version == bare.version + 1
    again = answer(whole, case, an_answer(owner, "one"))
    assert again.answers[QuestionId(owner)].extras == {ExtraKind.PERSON: "U_CEM"}


@pytest.mark.parametrize("codes", [("nonsense",), (), ("sso_mfa", "password"), ("sso_mfa", UNKNOWN), ("sso_mfa",) * 2])
def test_what_is_no_answer_to_the_question_is_refused(codes: tuple[str, ...]):
    with pytest.raises(NoSuchOption):
        answer(answering(SMALL), opened(SMALL), an_answer(MFA, *codes))


def test_what_this_tool_is_not_asked_cannot_be_answered_or_gone_to():
    review, case = answering(SMALL), opened(SMALL)
    with pytest.raises(NotAsked):
        answer(review, case, an_answer("G4-CARD-CAPTURE", "never"))
    with pytest.raises(NotAsked):
        go_to(review, case, QuestionId("G4-CARD-CAPTURE"))


def test_an_answer_that_rules_it_out_cannot_be_changed_to_i_dont_know():
    case = opened(CRM)
    review = answer(answering(CRM), case, an_answer(MFA, "password"))
    with pytest.raises(BlockerNotForgotten):
        answer(review, case, an_answer(MFA, UNKNOWN))
    assert answer(review, case, an_answer(MFA, "sso_mfa")).answers[MFA].codes == ("sso_mfa",)


def test_taking_it_back_from_the_leads_does_not_open_that_way_either():
    review = submitted(CRM, best_answers(CRM, G1_ACCESS_MFA="password"))
    with pytest.raises(BlockerNotForgotten):
        answer(reopen(review), opened(CRM), an_answer(MFA, UNKNOWN))


def test_a_bad_answer_that_rules_nothing_out_here_may_become_i_dont_know():
    case = opened(SMALL)
    review = answer(answering(SMALL), case, an_answer(MFA, "password"))
    assert answer(review, case, an_answer(MFA, UNKNOWN)).answers[MFA].is_unknown


def test_going_back_shows_the_question_again_and_an_answer_moves_on():
    case = opened(SMALL)
    first, second, third = case.asked[:3]
    review = answering(SMALL)
    for question in (first, second):
        review = answer(review, case, an_answer(question.id, *question.best()))
    assert question_before(review, case) == second
    back = go_to(review, case, second.id)
    assert (next_question(back, case), question_before(back, case)) == (second, first)
    assert back.version == review.version
    assert next_question(answer(back, case, an_answer(second.id, *second.best())), case) == third


def test_there_is_nothing_before_the_first_question_and_the_last_one_before_the_end():
    case = opened(SMALL)
    assert question_before(answering(SMALL), case) is None
    full = reopen(submitted(SMALL))
    assert next_question(full, case) is None
    assert question_before(full, case) == case.asked[-1]


def test_a_question_somebody_went_back_to_and_that_is_no_longer_asked_is_not_shown():
    review = go_to(answering(CALLS), opened(CALLS), QuestionId("G4-CARD-CAPTURE"))
    smaller = opened(SMALL)
    assert next_question(review, smaller) == smaller.asked[0]


def test_it_is_handed_in_whole_or_not_at_all():
    case = opened(SMALL)
    review = answering(SMALL)
    for question in case.asked[:-1]:
        review = answer(review, case, an_answer(question.id, *question.best()))
    with pytest.raises(StillOpenQuestions):
        submit(review, case, PACKAGE, at=AT)
    last = case.asked[-1]
    done = submit(answer(review, case, an_answer(last.id, UNKNOWN)), case, PACKAGE, at=AT)
    assert (done.stage, done.package, done.submitted_at) == (Stage.SUBMITTED, PACKAGE, AT)


def test_with_the_leads_nothing_can_be_changed():
    review, case = submitted(CRM), opened(CRM)
    with pytest.raises(NotAnswering):
        answer(review, case, an_answer(MFA, "password"))
    with pytest.raises(NotAnswering):
        describe(review, CALLS, tool=review.tool, tool_name="Otter")
    with pytest.raises(NotAnswering):
        submit(review, case, PACKAGE, at=AT)
    with pytest.raises(NotAnswering):
        go_to(review, case, MFA)


def test_taking_it_back_voids_every_signature_and_the_package():
    review = submitted(CRM, best_answers(CRM, G6_VENDOR_INCIDENT="open"))
    review = replace(signed(review, LEO).review, claimed_by=MIA.user)
    back = reopen(review)
    assert (back.stage, back.sign_offs, back.package, back.claimed_by) == (Stage.ANSWERING, (), None, None)
    assert (back.submitted_at, back.version) == (None, review.version + 1)
    assert back.answers == review.answers


def test_taking_it_back_twice_changes_nothing():
    back = reopen(submitted(CRM))
    assert reopen(back) is back


def test_handing_it_in_again_starts_without_signatures_and_outdates_old_cards():
    first = signed(submitted(CRM, best_answers(CRM, G6_VENDOR_INCIDENT="open")), LEO).review
    again = submit(reopen(first), opened(CRM), PACKAGE, at=AT)
    assert again.sign_offs == ()
    assert again.version == first.version + 2


def test_answers_that_are_no_longer_asked_are_kept_but_not_counted():
    review = reopen(submitted(CALLS, best_answers(CALLS, G4_CARD_CAPTURE="is_yes")))
    assert verdict_of(review).outcome is Outcome.REJECT
    smaller = describe(review, CRM, tool=review.tool, tool_name="Otter")
    assert smaller.answers[QuestionId("G4-CARD-CAPTURE")].codes == ("is_yes",)
    without = {each: codes for each, codes in smaller.choices().items() if each in {q.id for q in opened(CRM).asked}}
    assert verdict_of(smaller) == assess(BANK, POLICY, CRM, without)
    assert verdict_of(smaller).blockers == ()


def test_what_a_larger_profile_asks_anew_is_open_again():
    review = reopen(submitted(CRM))
    grown = describe(review, replace(CRM, clients=Clients.counted(3)), tool=review.tool, tool_name="Otter")
    assert open_questions(grown, case_of(grown, BANK, POLICY)) == ()
    more = describe(review, CALLS, tool=review.tool, tool_name="Otter")
    assert "G4-CARD-CAPTURE" in {question.id for question in open_questions(more, opened(CALLS))}


def test_joining_makes_a_co_requester_once():
    review = join(answering(), BEA)
    assert review.team == (ANA, BEA)
    assert join(review, BEA) is review
    assert join(review, ANA) is review


def test_only_the_team_withdraws_and_twice_changes_nothing():
    review = answering(co_requesters=(BEA,))
    with pytest.raises(NotTheTeams):
        withdraw(review, by=UserId("U_DOE"))
    gone = withdraw(review, by=BEA)
    assert gone.stage is Stage.WITHDRAWN
    assert withdraw(gone, by=BEA) is gone


@pytest.mark.parametrize("stage", [Stage.DECIDED, Stage.WITHDRAWN])
def test_what_has_ended_stays_as_it_was(stage: Stage):
    review: Review = replace(submitted(CRM), stage=stage)
    case = opened(CRM)
    assert review.ended
    for change in (
        lambda: answer(review, case, an_answer(MFA, "sso_mfa")),
        lambda: describe(review, CALLS, tool=review.tool, tool_name="Otter"),
        lambda: submit(review, case, PACKAGE, at=AT),
        lambda: reopen(review),
        lambda: join(review, BEA),
        lambda: go_to(review, case, MFA),
    ):
        with pytest.raises(ReviewEnded):
            change()


def test_a_decided_review_cannot_be_withdrawn():
    with pytest.raises(ReviewEnded):
        withdraw(replace(submitted(CRM), stage=Stage.DECIDED), by=ANA)


def test_a_better_answer_in_between_does_not_make_a_blocker_forgotten():
    review, case = answering(CRM), opened(CRM)
    for codes in ("password", "sso_strong"):
        review = answer(review, case, an_answer("G1-ACCESS-MFA", codes))
    history = [an_answer("G1-ACCESS-MFA", "password"), an_answer("G1-ACCESS-MFA", "sso_strong")]
    with pytest.raises(BlockerNotForgotten):
        answer(review, case, an_answer("G1-ACCESS-MFA", UNKNOWN), history=history)


def test_what_ruled_it_out_is_found_however_often_it_was_changed_since():
    given = [
        an_answer(MFA, "password"),
        an_answer(MFA, "sso_strong"),
        an_answer("G1-DEVICE-TRUST", *BANK.by_id[QuestionId("G1-DEVICE-TRUST")].best()),
        an_answer("GONE", "password"),
        an_answer(MFA, UNKNOWN),
    ]
    assert ruled_out_by(given, opened(CRM)) == (given[0],)
    assert ruled_out_by(given[1:], opened(CRM)) == ()
    assert ruled_out_by(given) == ()


def test_of_several_answers_that_rule_it_out_the_newest_is_told():
    question = next(each for each in opened(CALLS).asked if len(each.blockers(opened(CALLS).on)) > 1)
    first, second = (an_answer(question.id, option.code) for option in question.blockers(opened(CALLS).on)[:2])
    assert ruled_out_by([first, second], opened(CALLS)) == (second,)


def test_an_answer_that_rules_it_out_in_one_of_two_uses_is_found():
    given = [an_answer(MFA, "password")]
    assert ruled_out_by(given, opened(SMALL)) == ()
    assert ruled_out_by(given, opened(SMALL), opened(CRM)) == tuple(given)


def test_a_smaller_use_in_between_does_not_make_a_blocker_forgotten_either():
    history = [an_answer(MFA, "password")]
    review = answer(answering(CRM), opened(CRM), history[0])
    review = describe(review, SMALL, tool=review.tool, tool_name="Otter")
    history.append(an_answer(MFA, UNKNOWN))
    review = answer(review, opened(SMALL), history[1], history=history[:1])  # it rules nothing out in this use
    review = describe(review, CRM, tool=review.tool, tool_name="Otter")
    review, back = recall(review, opened(CRM), history)
    assert (review.answers[MFA], back) == (history[0], (history[0],))
    assert verdict_of(review).outcome is Outcome.REJECT
    assert recall(review, opened(CRM), history) == (review, ())


SMALL_USE, LARGE_USE = opened(SMALL), opened(EVERYTHING)
# Asked in a small use, where no answer rules the tool out, and in the largest, where some do.
TURNING = [each for each in SMALL_USE.asked if each.blockers(LARGE_USE.on) and not each.blockers(SMALL_USE.on)]


@pytest.mark.parametrize("question", TURNING, ids=lambda question: question.id)
def test_whatever_is_described_and_answered_in_between_what_rules_it_out_never_becomes_i_dont_know(question: Question):
    uses = {"small": SMALL, "large": EVERYTHING}
    blocks = question.blockers(LARGE_USE.on)[0].code
    said = {"blocks": blocks, "better": question.best()[0], "unknown": UNKNOWN}
    for steps in product([*uses, *said], repeat=5):
        review, history = answering(EVERYTHING), list[Answer]()
        for step in steps:
            case = opened(review.profile)
            if step in uses:
                review = describe(review, uses[step], tool=review.tool, tool_name="Otter")
                review, back = recall(review, opened(review.profile), history)
                history += back
                continue
            given = an_answer(question.id, said[step])
            try:
                review = answer(review, case, given, history=history)
            except BlockerNotForgotten:
                continue
            history.append(given)
        if review.profile is EVERYTHING and any(each.codes == (blocks,) for each in history):
            assert not review.answers[question.id].is_unknown, steps
