"""What people write never calls, links or forges anything, on whatever card, and every card fits Slack's limits."""

import ast
import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.slack
from bot.slack.cards import blocks as b
from bot.slack.cards.text import clip_safe
from bot.slack.limits import Surface, check
from tests.hostile import FORMS, corpora
from tests.slack.mrkdwn_reader import Live, live_in, read, shown

NASTY = st.one_of(
    st.sampled_from(FORMS),
    st.text(max_size=200),
    st.lists(st.sampled_from(FORMS), max_size=5).map("".join),
    st.text(alphabet="<>!@#&;|`*_~^: \n\u200b\u202eherchanl", max_size=60),
)


def message_with(text: str) -> dict[str, object]:
    """Every message builder that may show people's words, with the same words in all of them."""
    options = [b.option(text, "a", text), b.option("Other", "b")]
    return b.message(
        b.say("Review of {tool}", tool=text),
        [
            b.header(text),
            b.section(b.say("*{tool}* is asked for by {who}", tool=text, who=text), fields=[b.esc(text), b.esc(text)]),
            b.section(b.esc(text), block_id="s", accessory=b.select("pick", options, initial="a", placeholder=text)),
            b.quote(text),
            b.divider(),
            b.actions(
                "row",
                b.button(
                    text, "go", value="1", style="primary", confirm=b.confirm(text, text, text, text), accessible=text
                ),
                b.overflow("more", options),
            ),
            b.context(b.esc(text), b.say("{a} and {b}", a=text, b=b.esc(text))),
        ],
    )


def modal_with(text: str) -> dict[str, object]:
    """The same for the builders that live in modals."""
    options = [b.option(text, "a", text), b.option("Other", "b")]
    elements = [
        b.text_input("a", initial=text, placeholder=text),
        b.text_input("a", initial=text, multiline=True, most=50),
        b.url_input("a", initial=text),
        b.number_input("a", initial=200, at_least=0, at_most=1_000, placeholder=text),
        b.date_input("a", initial=date(2026, 11, 23), placeholder=text),
        b.user_select("a", initial=text, placeholder=text or "-"),
        b.select("a", options, initial=text),
        b.multi_select("a", options, initial=["a", text]),
        b.radio("a", options, initial="b"),
        b.checkboxes("a", options, initial=["a", "b"]),
    ]
    inputs = [
        b.input_block(text, element, block_id=f"profile|{n}", hint=text, optional=True)
        for n, element in enumerate(elements)
    ]
    return b.modal("profile|1", text, [b.section(b.esc(text)), *inputs], submit=text, close=text, metadata="rev_1")


@pytest.mark.parametrize("text", FORMS, ids=range(len(FORMS)))
def test_nothing_that_people_write_is_live_and_every_card_fits(text: str) -> None:
    assert_calm(text)


@settings(max_examples=300, deadline=None)
@given(NASTY)
def test_nothing_that_anybody_could_write_is_live(text: str) -> None:
    assert_calm(text)


def test_nothing_in_the_larger_collections_is_live() -> None:
    for text in corpora():
        assert_calm(text)


def assert_calm(text: str) -> None:
    for payload, surface in ((message_with(text), Surface.MESSAGE), (modal_with(text), Surface.MODAL)):
        assert live_in(payload) == []
        faults = [fault for fault in check(payload, surface) if "emoji" not in fault]
        assert faults == []
        written = json.dumps(payload, ensure_ascii=False)
        written.encode()  # a lone surrogate would be found here
        assert not {c for c in written if unicodedata.category(c) == "Cc"}
        assert not set(written) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


def test_the_reader_of_these_tests_finds_what_is_live() -> None:
    naive = {
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<!here> <@U1> <https://x|y> @channel"}}]
    }
    assert [live.kind for live in live_in(naive)] == ["call", "mention", "link", "call"]
    assert sum(bool(read(text, verbatim=False)) for text in FORMS) > 25


def test_ordinary_words_are_read_as_typed() -> None:
    for text in (
        "Otter.ai",
        "R&D at AT&T",
        "a < b > c",
        "it's 5 % (approx.)",
        "snake_case_name",
        "ana@example.com",
        "日本語",
    ):
        assert shown(b.esc(text)) == text
        assert b.plain(text, 150)["text"] == text


def test_a_hole_stays_on_its_line_and_a_quoted_answer_keeps_its_lines() -> None:
    forged = "Otter\n*Approved by the CISO*"
    assert "\n" not in b.say("Tool: {tool}", tool=forged)
    assert "\n" in b.say("Answer: {answer}", answer=b.esc(forged))


def test_what_is_safe_is_not_escaped_twice() -> None:
    once = b.esc("R&D <x>")
    assert b.esc(once) == once
    assert b.say("{a}", a=once) == once == "R&amp;D &lt;x&gt;"
    assert b.plain(once, 150)["text"] == "R&D <x>"


def test_a_template_takes_plain_names_only() -> None:
    with pytest.raises(ValueError, match="plain name"):
        b.say("{tool.__class__}", tool="x")
    with pytest.raises(ValueError, match="plain name"):
        b.say("{tool!r}", tool="x")


def test_templates_are_literals_wherever_cards_are_made() -> None:
    for file, call in calls_in_slack():
        if call_name(call) == "say":
            assert is_literal(call.args[0]), f"{file.name}:{call.lineno}: the template of say() is computed"
        if call_name(call) == "Safe":
            assert file.name == "text.py", f"{file.name}:{call.lineno}: only cards/text.py makes safe text"


def calls_in_slack() -> Iterator[tuple[Path, ast.Call]]:
    for file in Path(bot.slack.__file__ or "").parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield file, node


def call_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def is_literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.BinOp(left=left, right=right):
            return is_literal(left) and is_literal(right)
        case ast.IfExp(body=body, orelse=orelse):
            return is_literal(body) and is_literal(orelse)
    return False


@settings(max_examples=200)
@given(NASTY, st.integers(2, 300))
def test_cutting_safe_text_sets_no_half_of_it_free(text: str, most: int) -> None:
    cut = clip_safe(b.say("{text} {who} {when}", text=text, who=b.mention("U123"), when=b.date_token(MOMENT)), most)
    assert len(cut) <= most
    assert set(read(cut, verbatim=True)) <= {
        Live("mention", "U123"),
        Live("date", "!date^1795442400^{date_short_pretty} at {time}"),
    }
    assert "<" not in cut.replace("<@U123>", "").replace(b.date_token(MOMENT), "")
    assert shown(cut).count("&amp") <= text.count("&amp")


MOMENT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_a_moment_is_shown_in_the_readers_zone_and_falls_back_to_utc() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=-5)))
    expected = "<!date^1795442400^{date_short_pretty} at {time}|2026-11-23 14:00 UTC>"
    assert b.date_token(MOMENT) == b.date_token(elsewhere) == expected
    assert b.date_token(MOMENT, with_time=False) == "<!date^1795442400^{date_short_pretty}|2026-11-23>"
    with pytest.raises(ValueError, match="zone"):
        b.date_token(datetime(2026, 11, 23, 14, 0))


def test_a_day_is_the_same_for_every_reader() -> None:
    assert b.day_token(date(2026, 11, 3)) == "3 Nov 2026"


def test_only_a_user_id_becomes_a_mention() -> None:
    assert b.mention("U0123456789") == "<@U0123456789>"
    for not_an_id in ("channel", "U1>", "!here", "u0123456789", "U0123456789\n", "B0123456789", ""):
        assert read(b.mention(not_an_id), verbatim=True) == []


def test_only_a_plain_address_of_ours_becomes_a_link() -> None:
    assert (
        b.link("https://example.org/a?b=1&c=2", "Source <1>") == "<https://example.org/a?b=1&amp;c=2|Source &lt;1&gt;>"
    )
    for address in ("javascript:alert(1)", "https://x|y", "https://x> <!here>", "ftp://x", "https://a b", ""):
        assert b.link(address, "label") == "label"


@given(st.integers(-5, 500), st.integers(-5, 500))
def test_a_bar_says_in_words_what_it_draws(done: int, total: int) -> None:
    drawn = b.bar(done, total)
    assert drawn.endswith(f" {done} of {total}")
    assert 1 <= drawn.count("▰") + drawn.count("▱") <= 10


def test_a_bar_is_full_only_when_all_is_done() -> None:
    assert b.bar(6, 14) == "▰▰▰▰▱▱▱▱▱▱ 6 of 14"
    assert "▱" in b.bar(13, 14)
    assert "▱" not in b.bar(14, 14)


def test_clipping_counts_characters() -> None:
    assert b.clip("abcdef", 6) == "abcdef"
    assert b.clip("abcdefg", 6) == "abcde…"


def test_a_prefilled_field_gives_back_what_was_typed() -> None:
    assert b.text_input("a", initial="R&D @here <tool>")["initial_value"] == "R&D @here <tool>"


def test_a_message_unfurls_nothing() -> None:
    message = b.message(b.say("Hello"), [b.section(b.say("Hello"))])
    assert message["unfurl_links"] is message["unfurl_media"] is False
