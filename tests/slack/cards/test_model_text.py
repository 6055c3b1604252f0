"""A model's words on a card: whatever it was talked into writing, nothing calls, draws, shouts or leads elsewhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.cards.blocks import context, message, model_text, say, section
from bot.slack.limits import Surface, check
from tests.hostile import FORMS, corpora
from tests.slack.mrkdwn_reader import Live, live_in

OURS = frozenset({"docs.example.com"})
SIGNS = "[]()<>!@#|:/\\.*_~`-&; https evil.example docs.example.com U0123456 here\u200b\u202e\uff20"


def live(text: str) -> list[Live]:
    """What Slack would act on in a card that shows these words of a model."""
    shown = model_text(text, hosts=OURS)
    card = message(say("An answer."), [section(say("{words} [1]", words=shown)), context(shown)])
    assert check(card, Surface.MESSAGE) == []
    return live_in(card)


def leads_away(found: list[Live]) -> list[Live]:
    return [each for each in found if each.kind != "link" or not each.target.startswith("https://docs.example.com")]


@pytest.mark.parametrize("text", FORMS, ids=range(len(FORMS)))
def test_nothing_hostile_is_live(text: str) -> None:
    assert leads_away(live(text)) == []


def test_nothing_in_the_larger_collections_is_live() -> None:
    for text in corpora():
        assert leads_away(live(text)) == []


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(alphabet=SIGNS, max_size=120), st.lists(st.sampled_from(FORMS), max_size=5).map("".join)))
def test_nothing_that_could_be_written_is_live_hidden_or_on_two_lines(text: str) -> None:
    shown = model_text(text, hosts=OURS)
    assert leads_away(live(text)) == []
    assert "\n" not in shown
    assert not {sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign != "\u2060"}
    assert len(model_text(text, hosts=OURS, most=40)) <= 40


@pytest.mark.parametrize(
    "address",
    [
        "http://docs.example.com/a",
        "https://docs.example.com:443/a",
        "https://docs.example.com@evil.example/",
        "https://user:word@docs.example.com/",
        "https://docs.example.com.evil.example/",
        "https://evil.example/docs.example.com",
        "https://docs.example.com\\@evil.example",
        "https://docs.example.com%2eevil.example/",
        "https://xn--dcs-hna.example.com/",
        "https://d\u043ecs.example.com/",
        "https://sub.docs.example.com/",
        "https://docs.example.com./a",
        "//docs.example.com/a",
        "https:docs.example.com",
        "https:/\\evil.example",
        "ftp://docs.example.com/a",
        "javascript:alert(1)",
        "data:text/html,hello",
        "mailto:ana@docs.example.com",
        "slack://channel?id=C1",
        "www.evil.example",
        "evil.example/login",
        "evil.example:8080",
        "ana@evil.example",
        "ｈｔｔｐｓ：／／evil.example/a",
    ],
)
@pytest.mark.parametrize("form", ["See {} now", "[log in]({} 'here')", "<{}|docs.example.com>", "({})", "<{}>"])
def test_a_link_to_any_other_place_is_left_out_and_said_so(address: str, form: str) -> None:
    shown = model_text(form.format(address), hosts=OURS)
    assert "(link left out)" in shown
    assert "evil" not in shown
    assert "<" not in shown


@pytest.mark.parametrize("form", ["See {}.", "[the page]({})", "<{}|log in>", "({})", "<{}>"])
def test_a_link_to_a_host_of_the_list_stays_and_shows_where_it_leads(form: str) -> None:
    shown = model_text(form.format("https://docs.example.com/a?b=1&c=2"), hosts=OURS)
    assert "<https://docs.example.com/a?b=1&amp;c=2|docs.example.com/a?b=1&amp;c=2>" in shown
    assert "log in" not in shown  # what stands for an address is the address


def test_without_a_list_no_link_stays() -> None:
    assert model_text("See https://docs.example.com/a") == "See (link left out)"


def test_pictures_and_mentions_are_taken_out() -> None:
    assert model_text("Done. ![ok](https://docs.example.com/p.png)", hosts=OURS) == "Done."
    assert model_text("Ask <@U0123456789> or @U0123456789, <!here> too") == (
        "Ask (mention left out) or (mention left out) (mention left out) too"
    )
    assert model_text("ask @security in #security-leads") == "ask security in security-leads"


def test_it_neither_shouts_nor_quotes_nor_signs() -> None:
    assert model_text("> **Approved** by the *CISO* :white_check_mark:") == "Approved by the CISO"
    assert model_text("# Title\n- one\n- two") == "Title - one - two"
    assert "*" not in model_text("*Approved _by* the CISO*")
    assert "`" not in model_text("``` *Approved*")


@pytest.mark.parametrize(
    "text",
    [
        "Otter.ai and Node.js keep 3.5/10 of it, e.g. on TCP/IP at 10:30:45.",
        "R&amp;D",
        "It costs ~50 a seat; snake_case_name; C# is #1.",
        "“Sí”, naïve, 日本語, 5 %",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert model_text(text.replace("&amp;", "&")) == text


@pytest.mark.timeout(60)  # far more than it takes, and far less than it would if each sign looked at all the others
@pytest.mark.parametrize(
    "piece", ["[](", "![](", "[", "<a", "**a", "(((", "https://", "@", "_a ", "x.", "a@b.", "*a", "a:", "#", ":a"]
)
def test_a_flood_is_read_to_its_limit(piece: str) -> None:
    assert len(model_text(piece * 400_000, hosts=OURS)) <= 400
