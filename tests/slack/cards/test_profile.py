"""The profile's two pages: filled in with what is known, marked where it was only understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Proposal
from bot.domain.ids import ToolId
from bot.domain.profile import KINDS, LAYERS, Clients
from bot.domain.review import Review
from bot.domain.tool import Tool
from bot.slack import ids
from bot.slack.cards.profile import profile_page_1, profile_page_2
from bot.slack.limits import Surface
from tests.domain.cases import CRM, KNOWN
from tests.slack.cards.reading import assert_fits, block
from tests.slack.cards.told import a_review, any_review, described, somebodys_words

UNDERSTOOD = (
    Proposal("kinds", "browser_extension", "a plug-in"),
    Proposal("data", "customer_pii", "their names"),
    Proposal("seats", "3000", "3,000 agents"),
    Proposal("clients", "Alder", "for Alder"),
)


def page_2(review: Review, *kinds: str, near: tuple[Tool, ...] = ()) -> dict[str, Any]:
    return profile_page_2(review, KNOWN, page_1="kept", kinds=frozenset(kinds), near=near)


def field(view: dict[str, Any], fact: str) -> dict[str, Any]:
    return dict(block(view, f"profile|{fact}")["element"])


def ticked(view: dict[str, Any], fact: str) -> list[str]:
    return [each["value"] for each in field(view, fact).get("initial_options", [])]


@given(any_review(), st.frozensets(st.sampled_from(KINDS)), st.lists(somebodys_words, max_size=12), st.booleans())
def test_both_pages_fit_whatever_is_written(review: Review, kinds: frozenset[str], likes: list[str], new: bool) -> None:
    review = replace(review, profile=None) if new else review
    near = tuple(Tool(ToolId(f"t{n}"), name[:80], name) for n, name in enumerate(likes))
    assert_fits(profile_page_1(review, KNOWN), Surface.MODAL)
    assert_fits(page_2(review, *kinds, near=near), Surface.MODAL)


def test_the_pages_have_the_promised_blocks() -> None:
    first, second = profile_page_1(a_review(), KNOWN), page_2(a_review())
    assert [each["block_id"] for each in first["blocks"][1:]] == [
        f"profile|{fact}" for fact in ("tool", "kinds", "purpose", "vendor", "url", "change")
    ]
    assert [each["block_id"] for each in second["blocks"][1:]] == [
        f"profile|{fact}" for fact in ("data", "users", "seats", "clients", "client_names", "layers", "go_live")
    ]
    assert (first["callback_id"], second["callback_id"]) == (ids.PROFILE_1, ids.PROFILE_2)
    assert (first["private_metadata"], second["private_metadata"]) == ("r1|0", "kept")
    assert {each["element"]["action_id"] for each in first["blocks"][1:] + second["blocks"][1:]} == {"value"}


def test_what_was_understood_is_filled_in_and_shows_its_words() -> None:
    review = a_review(proposals=UNDERSTOOD)
    first, second = profile_page_1(review, KNOWN), page_2(review)
    assert field(first, "tool")["initial_value"] == "Otter.ai"
    assert ticked(first, "kinds") == ["browser_extension"]
    assert "from your message: “a plug-in”" in block(first, "profile|kinds")["hint"]["text"]
    assert ticked(second, "data") == ["customer_pii"]
    assert field(second, "seats")["initial_value"] == "3000"
    assert field(second, "clients")["initial_option"]["value"] == "some"
    assert field(second, "client_names")["initial_value"] == "Alder"
    assert field(first, "change")["initial_option"]["value"] == "new"


def test_what_was_confirmed_wins_and_is_not_called_understood() -> None:
    profile = replace(CRM, clients=Clients.named(["Birch", "Cedar"]))
    review = described(profile, proposals=UNDERSTOOD, go_live=date(2027, 1, 4))
    second = page_2(review)
    assert field(second, "client_names")["initial_value"] == "Birch\nCedar"
    assert field(second, "seats")["initial_value"] == "2000"
    assert field(second, "go_live")["initial_date"] == "2027-01-04"
    assert "from your message" not in str(second)


def test_layers_that_follow_from_the_kinds_are_ticked_already() -> None:
    assert ticked(page_2(a_review()), "layers") == []
    assert ticked(page_2(a_review(), "remote_access"), "layers") == ["endpoint", "network"]
    assert set(ticked(page_2(described(replace(CRM, layers=frozenset(LAYERS)))), "layers")) == set(LAYERS)


def test_the_clients_are_one_choice_with_room_for_names() -> None:
    options = [each["value"] for each in field(page_2(a_review()), "clients")["options"]]
    assert options == ["none", "some", "all", "unknown"]


def test_names_that_are_nearly_the_same_have_to_be_told_apart() -> None:
    near = (Tool(ToolId("t7"), "Otter", "Otter Inc"), Tool(ToolId("t8"), "Otter Pilot"))
    asked = block(page_2(a_review(), near=near), "profile|same_as")
    assert [each["value"] for each in asked["element"]["options"]] == ["t7", "t8", "different"]
    assert asked["optional"] is False
