"""The card of an answer: sources beside sentences, kind cuts, and a fit on its worst content."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.asked import Asked
from bot.domain.asking import READ_MOST
from bot.domain.grounding import LONGEST, MOST_SENTENCES
from bot.domain.ids import AskedId, ToolId, UserId
from bot.domain.model_use import Wrote
from bot.domain.passage import Cited, Passage, Shelf
from bot.domain.tool import Tool
from bot.knowledge.search import Hit
from bot.slack.cards.ask import answer_card, disputed_card, excerpt, more_view, wrong_view
from bot.slack.limits import Surface, check
from bot.use_cases.ask_tellings import FOUND_MOST, AnswerTold, DisputedTold
from tests.hostile import FORMS
from tests.slack.cards.reading import shown
from tests.slack.mrkdwn_reader import live_in

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
SENTENCE = "Call recordings are deleted after 90 days."


def asked(question: str = "how long are recordings kept?", **more: Any) -> Asked:
    return Asked(AskedId("q" * 22), UserId("UTEAMLEAD"), question, ("p",), AT, **more)


def page(text: str = SENTENCE, title: str = "Recordings", source: str = "Records policy", link: str = "") -> Hit:
    return Hit(Passage("p", Shelf.POLICY, title, text, source, link), 1.0, ("recordings", "recording"))


def worst(text: str, *, count: int = FOUND_MOST) -> AnswerTold:
    hits = tuple(page(text, text, text, text) for _ in range(count))
    sentences = tuple(Cited(text[:LONGEST], tuple(range(1, count + 1))) for _ in range(MOST_SENTENCES))
    question = asked(text[:READ_MOST] or "?", wrote=Wrote(text or "m", 1), remark=text[:1_000])
    tool = Tool(ToolId("t"), text[:80] or "-", "")
    return AnswerTold(question, hits, sentences, tool, names_a_tool=True, request=True, private=True)


def assert_fits(text: str) -> None:
    told = worst(text)
    for card in (answer_card(told), answer_card(AnswerTold(told.asked, told.hits)), disputed_card(_disputed(told))):
        assert check(card, Surface.MESSAGE) == []
        away = [each for each in live_in(card) if each.kind not in ("mention",)]
        assert [each for each in away if not text.startswith(("https://", "http://"))] == []
        assert not card["unfurl_links"]
        assert not card["unfurl_media"]
    for view in (more_view(told), wrong_view(told.asked)):
        assert check(view, Surface.MODAL) == []


def _disputed(told: AnswerTold) -> DisputedTold:
    return DisputedTold(told, UserId("UOTHERLEAD"))


@pytest.mark.parametrize("text", [*FORMS, "W" * 20_000, "word " * 4_000, "&" * 5_000, "*a* " * 900], ids=str.__len__)
def test_it_fits_and_stays_calm_on_its_worst_content(text: str) -> None:
    assert_fits(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_it_fits_and_stays_calm_whatever_stands_in_it(text: str) -> None:
    assert_fits(text)


def test_each_sentence_shows_its_sources_by_their_numbers() -> None:
    hits = (page(title="One"), page(title="Two"), page(title="Three"))
    told = AnswerTold(asked(), hits, (Cited(SENTENCE, (1, 3)),))
    said = shown(answer_card(told))
    assert f"{SENTENCE} [1][3]" in said
    assert "*[1] One*" in said
    assert "*[3] Three*" in said
    assert "Two" not in said  # it is no source of this answer; Show More has it


def test_a_models_link_stays_only_to_a_host_of_the_list() -> None:
    told = AnswerTold(asked(), (page(),), (Cited("See https://docs.example.com/a and https://evil.example.", (1,)),))
    assert "<https://docs.example.com/a|docs.example.com/a> and (link left out)" in shown(
        answer_card(told, {"docs.example.com"})
    )
    assert "https://docs" not in shown(answer_card(told))


def test_an_excerpt_is_cut_around_the_words_that_were_looked_for() -> None:
    text = "Nothing of interest here. " * 30 + "Call recordings are deleted after 90 days. " + "More of this. " * 30
    cut = excerpt(text, ["recordings", "deleted"], 160)
    assert "Call recordings are deleted" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert len(cut) <= 162
    assert excerpt("Short.", ["short"], 160) == "Short."
    assert excerpt(text, [], 160).startswith("Nothing of interest")
    assert len(excerpt("x" * 5_000, ["y"], 160)) <= 162


def test_a_star_in_a_page_makes_nothing_bold_and_the_words_looked_for_are() -> None:
    told = AnswerTold(asked(), (page("Call *never* recordings; a recording, un-recorded <b>."),))
    said = shown(answer_card(told))
    assert "Call never *recordings*; a *recording*" in said
    assert "<b>" in said
