"""The card that says what was read, and the form it leads to: they fit, point at whose words, and choose nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Origin, Proposal
from bot.domain.ids import UserId
from bot.domain.reading import CODES, FACTS, confirm, mark_of, merged
from bot.domain.review import Review
from bot.slack import ids
from bot.slack.cards.profile import profile_page_1, profile_page_2
from bot.slack.cards.review import review_card
from bot.slack.limits import Surface
from tests.domain.cases import KNOWN
from tests.slack.cards.reading import acts, assert_fits, element, labels, shown
from tests.slack.cards.told import ANA, BEN, a_review, somebodys_words, told_of

OWN = Proposal("data", "customer_pii", "their names and orders")
THEIRS = Proposal("seats", "200", "200 people at home", said_by=BEN)
BY_MODEL = Proposal("users", "wah_agents", "people at home", Origin.MODEL)


def card(*proposals: Proposal, **facts: Any) -> dict[str, Any]:
    return review_card(told_of(a_review(proposals=proposals, **facts)), KNOWN)


def page_1(review: Review) -> dict[str, Any]:
    return profile_page_1(review, KNOWN)


def page_2(review: Review, **more: Any) -> dict[str, Any]:
    return profile_page_2(review, KNOWN, page_1="{}", kinds=frozenset(), near=(), **more)


def field(view: dict[str, Any], fact: str) -> dict[str, Any]:
    return next(block for block in view["blocks"] if block.get("block_id") == f"profile|{fact}")


def test_what_was_read_stands_beside_the_words_it_rests_on_and_asks_for_a_yes() -> None:
    said = card(OWN, THEIRS, BY_MODEL)
    text = shown(said)
    assert "*I read:*" in text
    assert "*Data:* Customer data (“their names and orders”)" in text
    assert f"*People:* 200 (“200 people at home”, from <@{BEN}>)" in text
    assert "Right?" in text
    assert labels(said)[ids.CONFIRM] == "Yes"
    assert labels(said)[ids.PROFILE] == "Change"
    assert element(said, ids.CONFIRM)["style"] == "primary"
    assert "style" not in element(said, ids.PROFILE)
    assert element(said, ids.CONFIRM)["value"] == f"r1|0|{mark_of((OWN, THEIRS, BY_MODEL))}"


def test_only_what_a_model_alone_read_is_marked_so() -> None:
    assert "Read by a model: Work-at-home agents." in shown(card(OWN, THEIRS, BY_MODEL))
    assert "Read by a model" not in shown(card(OWN, THEIRS))


def test_two_numbers_are_both_shown_and_left_to_the_person() -> None:
    other = Proposal("seats", "220", "all 220", Origin.MODEL)
    said = card(OWN, THEIRS, other)
    assert f"200 (“200 people at home”, from <@{BEN}>) or 220 (“all 220”)? Please choose in the form." in shown(said)
    seats = field(page_2(a_review(proposals=(OWN, THEIRS, other))), "seats")
    assert "initial_value" not in seats["element"]
    assert "200 (“200 people at home”) or 220 (“all 220”). Which is right?" in seats["hint"]["text"]


def test_a_tool_that_is_in_doubt_is_not_filled_in() -> None:
    two = (Proposal("tool", "Otter", "Otter"), Proposal("tool", "Zoom", "Zoom", Origin.MODEL), OWN)
    assert "Otter (“Otter”) or Zoom (“Zoom”)? Please choose in the form." in shown(card(*two, tool_name="Otter"))
    review = a_review(tool_name="Otter", proposals=two)
    assert "initial_value" not in field(page_1(review), "tool")["element"]
    one = a_review(tool_name="", proposals=(Proposal("tool", "Zoom", "Zoom", Origin.MODEL),))
    assert field(page_1(one), "tool")["element"]["initial_value"] == "Zoom"
    assert "Read by a model." in field(page_1(one), "tool")["hint"]["text"]
    assert "Is Zoom safe" in shown(review_card(told_of(one), KNOWN))


def test_with_nothing_but_a_name_there_is_nothing_to_say_yes_to() -> None:
    said = card(Proposal("tool", "Otter.ai", "Otter.ai"))
    assert ids.CONFIRM not in acts(said)
    assert labels(said)[ids.PROFILE] == "Describe the Use"


def test_after_the_yes_the_card_says_whose_it_was_and_what_is_missing() -> None:
    review, _ = confirm(a_review(proposals=(OWN, THEIRS)), by=ANA)
    said = review_card(told_of(review), KNOWN)
    assert f"*Confirmed by <@{ANA}>:*" in shown(said)
    assert "Still to say: Kind, Used by, Clients, Layers, New or known." in shown(said)
    assert labels(said)[ids.CONFIRM] == "Describe the Rest"


def test_the_form_after_a_yes_asks_first_for_what_is_missing() -> None:
    review, _ = confirm(a_review(proposals=(OWN, THEIRS, Proposal("kinds", "saas", "online"))), by=ANA)
    order = [block.get("block_id", "") for block in page_2(review, alone=True)["blocks"]]
    assert order.index("profile|users") < order.index("profile|data")
    assert order.index("profile|clients") < order.index("profile|seats")
    assert "profile|change" in order
    assert "Confirmed already" in shown(page_2(review, alone=True))
    assert field(page_2(review), "seats")["element"]["initial_value"] == "200"


codes = [(fact, code) for fact, all_codes in CODES.items() for code in all_codes]
anything = st.one_of(
    st.tuples(st.sampled_from(codes), somebodys_words).map(lambda both: Proposal(*both[0], both[1])),
    st.builds(
        Proposal,
        st.sampled_from([*FACTS, "G1-ACCESS-MFA"]),
        somebodys_words,
        somebodys_words | st.just("long " * 60),
        st.sampled_from(list(Origin)),
        st.sampled_from([None, BEN, UserId("not <!here>")]),
    ),
)


@given(st.lists(anything, max_size=40), st.booleans(), somebodys_words)
def test_whatever_was_read_the_card_and_the_form_fit_and_call_nobody(
    found: list[Proposal], yes: bool, name: str
) -> None:
    review = a_review(tool_name=name[:80], proposals=merged(found))
    if yes:
        review, _ = confirm(review, by=ANA)
    assert_fits(review_card(told_of(review), KNOWN))
    for view in (page_1(review), page_2(review), page_2(review, alone=True)):
        assert_fits(view, Surface.MODAL)
