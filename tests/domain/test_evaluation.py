"""The counting of an evaluation, on cases small enough to count by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Proposal
from bot.domain.evaluation import (
    Label,
    Looked,
    Marked,
    Read,
    Replied,
    Score,
    mark,
    percentile,
    read_in,
    read_of,
    reading_figures,
    reply_figures,
    retrieval_figures,
)


def wanted(*spellings: Read | tuple[Read, ...]) -> tuple[frozenset[Read], ...]:
    return tuple(frozenset([each] if isinstance(each[0], str) else each) for each in spellings)  # type: ignore[list-item, arg-type]


USERS, DATA = ("users", "wah_agents"), ("data", "recordings")


def test_what_was_read_is_right_wrong_or_missed():
    marked = mark(frozenset({USERS, ("kinds", "saas")}), Label(wanted(USERS, DATA)))
    assert marked == Marked(frozenset({USERS}), frozenset({("kinds", "saas")}), frozenset({DATA}))
    assert marked.needs_correction
    assert marked.misleads


def test_what_may_be_read_counts_on_no_side():
    label = Label(wanted(USERS), may=frozenset({DATA}))
    for found in ({USERS}, {USERS, DATA}):
        assert mark(frozenset(found), label) == Marked(frozenset({USERS}), frozenset(), frozenset())


def test_any_spelling_of_a_tool_is_a_find_and_none_of_them_is_one_miss():
    label = Label(wanted((("tool", "otterai"), ("tool", "otter"))))
    assert mark(frozenset({("tool", "otter")}), label).right == {("tool", "otter")}
    assert not mark(frozenset({("tool", "otter")}), label).missed
    assert len(mark(frozenset(), label).missed) == 1


def test_where_nothing_should_be_read_anything_is_wrong():
    assert mark(frozenset({DATA}), Label()).wrong == {DATA}
    assert not mark(frozenset(), Label()).needs_correction


def test_a_missing_answer_is_no_correction_of_the_profile():
    answer = ("answers", "G3-STAGE-NOW/live")
    assert not mark(frozenset(), Label(wanted(answer))).needs_correction
    assert mark(frozenset({answer}), Label()).misleads


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("tool", "Otter.ai"), ("tool", "otter ai")),
        (("url", "https://www.example.com/"), ("url", "example.com")),
        (("seats", "1,200"), ("seats", "1200")),
        (("clients", "Example Bank"), ("clients", "example bank")),
    ],
)
def test_two_spellings_of_one_value_are_the_same(one: Read, other: Read):
    assert read_of(*one) == read_of(*other)


def test_proposals_are_compared_by_fact_and_questions_by_their_option():
    found = read_in(
        [
            Proposal("tool", "Otter.ai", "Otter.ai"),
            Proposal("G3-STAGE-NOW", "live", "we use it"),
            Proposal("purpose", "to take notes", "to take notes"),
        ]
    )
    assert found == {("tool", "otterai"), ("answers", "G3-STAGE-NOW/live")}


def test_figures_are_counted_by_fact_and_in_all():
    figures = reading_figures(
        [
            Marked(frozenset({USERS, DATA}), frozenset(), frozenset()),
            Marked(frozenset(), frozenset({("seats", "20")}), frozenset({DATA})),
        ]
    )
    assert figures.by_fact["data"] == Score(right=1, missed=1)
    assert figures.by_fact["seats"].precision == 0.0
    assert figures.by_fact["tool"].precision is None
    assert figures.total == Score(right=2, wrong=1, missed=1)
    assert figures.total.precision == pytest.approx(2 / 3)
    assert figures.total.recall == pytest.approx(2 / 3)
    assert (figures.needing_correction, figures.misleading) == (0.5, 0.5)


def test_figures_of_nothing_are_none():
    figures = reading_figures([])
    assert (figures.total.precision, figures.total.recall, figures.needing_correction) == (None, None, None)


def test_retrieval_is_counted_apart_for_what_can_and_what_cannot_be_answered():
    known = frozenset({"g1#why"})
    figures = retrieval_figures(
        [
            Looked(known, ("g1#why", "g2#why"), refused=False),
            Looked(known, ("a", "b", "c", "d", "g1#why"), refused=True),
            Looked(known, ("a", "b", "c", "d", "e", "g1#why"), refused=False),
            Looked(frozenset(), (), refused=True),
            Looked(frozenset(), ("a",), refused=False),
        ]
    )
    assert (figures.answerable, figures.unanswerable) == (3, 2)
    assert figures.recall_at_1 == pytest.approx(1 / 3)
    assert figures.recall_at_5 == pytest.approx(2 / 3)
    assert figures.refused_wrongly == pytest.approx(1 / 3)
    assert figures.refused_rightly == 0.5


def test_a_model_that_says_nothing_with_a_source_has_not_answered():
    figures = reply_figures(
        [Replied(True, 3, 2), Replied(True, 2, 0), Replied(False, 0, 0), Replied(False, 1, 1)],
    )
    assert (figures.answered, figures.held_back) == (0.5, 0.5)
    assert (figures.sentences, figures.dropped) == (6, 3)


def test_percentiles_are_values_that_were_measured():
    assert percentile([], 50) is None
    assert percentile([7], 95) == 7
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([30, 10, 20], 50) == 20


reads = st.frozensets(st.tuples(st.sampled_from(["tool", "data", "users"]), st.sampled_from("abcd")), max_size=6)


@given(found=reads, label=reads, may=reads)
def test_every_proposal_and_every_label_is_counted_once(
    found: frozenset[Read], label: frozenset[Read], may: frozenset[Read]
):
    marked = mark(found, Label(tuple(frozenset({each}) for each in label), may))
    assert marked.right | marked.wrong | (found & may) >= found
    assert marked.right | marked.missed == label
    assert not marked.right & marked.wrong
    assert not marked.wrong & may
