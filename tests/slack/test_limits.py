"""Each number of Slack's is met exactly: the longest that fits passes, one more is a fault that names its place."""

import copy
import timeit
from collections.abc import Callable
from typing import Any

import pytest

from bot.slack import limits
from bot.slack.cards import blocks as b
from bot.slack.limits import Surface, check

Payload = dict[str, Any]


def plain(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text}


def message(*blocks: Payload, text: str = "Words") -> Payload:
    return {"text": text, "blocks": list(blocks)}


def row(*elements: Payload) -> Payload:
    return message({"type": "actions", "elements": list(elements)})


def button(n: int = 0, **more: Any) -> Payload:
    return {"type": "button", "text": plain("Go"), "action_id": f"go{n}", **more}


def select(options: list[Payload], **more: Any) -> Payload:
    return {"type": "static_select", "action_id": "pick", "options": options, **more}


def option(n: int = 0, **more: Any) -> Payload:
    return {"text": plain("One"), "value": str(n), **more}


def modal(*blocks: Payload, **more: Any) -> Payload:
    base: Payload = {"type": "modal", "title": plain("Title"), "submit": plain("Save"), "blocks": list(blocks)}
    return {**base, **more}


def field(element: Payload, **more: Any) -> Payload:
    return {"type": "input", "block_id": "f", "label": plain("Label"), "element": {"action_id": "a", **element}, **more}


def words(n: int) -> str:
    return "x" * n


def confirm(**more: Any) -> Payload:
    return {"title": plain("T"), "text": plain("T"), "confirm": plain("Y"), "deny": plain("N"), **more}


def cell(n: int) -> Payload:
    return {"type": "raw_text", "text": words(n)}


def table(rows: int, cells: int, text: str = "x") -> Payload:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


M, V, H = Surface.MESSAGE, Surface.MODAL, Surface.HOME
LINE = {"type": "divider"}
SECTION = {"type": "section", "text": mrkdwn("x")}
NUMBERS: list[tuple[str, int, Surface, Callable[[int], Payload]]] = [
    ("text", 3_900, M, lambda n: message(SECTION, text=words(n))),
    ("blocks", 50, M, lambda n: message(*[LINE] * n)),
    ("blocks", 100, V, lambda n: modal(*[LINE] * n)),
    ("blocks", 100, H, lambda n: {"type": "home", "blocks": [LINE] * n}),
    ("blocks[0].block_id", 255, M, lambda n: message({**LINE, "block_id": words(n)})),
    ("blocks[0].text", 3_000, M, lambda n: message({"type": "section", "text": mrkdwn(words(n))})),
    ("blocks[0].fields", 10, M, lambda n: message({"type": "section", "fields": [mrkdwn("x")] * n})),
    ("blocks[0].fields[0]", 2_000, M, lambda n: message({"type": "section", "fields": [mrkdwn(words(n))]})),
    ("blocks[0].text", 150, M, lambda n: message({"type": "header", "text": plain(words(n))})),
    ("blocks[0].elements", 10, M, lambda n: message({"type": "context", "elements": [mrkdwn("x")] * n})),
    ("blocks[0].elements[0]", 2_000, M, lambda n: message({"type": "context", "elements": [mrkdwn(words(n))]})),
    ("blocks[0].elements", 25, M, lambda n: row(*[button(i) for i in range(n)])),
    ("blocks[0].elements[0].text", 75, M, lambda n: row(button(text=plain(words(n))))),
    ("blocks[0].elements[0].action_id", 255, M, lambda n: row(button(action_id=words(n)))),
    ("blocks[0].elements[0].value", 2_000, M, lambda n: row(button(value=words(n)))),
    ("blocks[0].elements[0].url", 3_000, M, lambda n: row(button(url=words(n)))),
    ("blocks[0].elements[0].accessibility_label", 75, M, lambda n: row(button(accessibility_label=words(n)))),
    ("blocks[0].elements[0].confirm.title", 100, M, lambda n: row(button(confirm=confirm(title=plain(words(n)))))),
    ("blocks[0].elements[0].confirm.text", 300, M, lambda n: row(button(confirm=confirm(text=plain(words(n)))))),
    ("blocks[0].elements[0].confirm.confirm", 30, M, lambda n: row(button(confirm=confirm(confirm=plain(words(n)))))),
    ("blocks[0].elements[0].confirm.deny", 30, M, lambda n: row(button(confirm=confirm(deny=plain(words(n)))))),
    ("blocks[0].elements[0].options", 100, M, lambda n: row(select([option(i) for i in range(n)]))),
    ("blocks[0].elements[0].placeholder", 150, M, lambda n: row(select([option()], placeholder=plain(words(n))))),
    ("blocks[0].elements[0].options[0].text", 75, M, lambda n: row(select([option(text=plain(words(n)))]))),
    ("blocks[0].elements[0].options[0].value", 150, M, lambda n: row(select([option(value=words(n))]))),
    (
        "blocks[0].elements[0].options[0].description",
        75,
        M,
        lambda n: row(select([option(description=plain(words(n)))])),
    ),
    (
        "blocks[0].elements[0].options",
        10,
        M,
        lambda n: row({"type": "radio_buttons", "action_id": "r", "options": [option(i) for i in range(n)]}),
    ),
    (
        "blocks[0].elements[0].options",
        10,
        M,
        lambda n: row({"type": "checkboxes", "action_id": "r", "options": [option(i) for i in range(n)]}),
    ),
    (
        "blocks[0].elements[0].options",
        5,
        M,
        lambda n: row({"type": "overflow", "action_id": "r", "options": [option(i) for i in range(n)]}),
    ),
    ("blocks[0].image_url", 3_000, M, lambda n: message({"type": "image", "image_url": words(n), "alt_text": "x"})),
    ("blocks[0].alt_text", 2_000, M, lambda n: message({"type": "image", "image_url": "x", "alt_text": words(n)})),
    ("blocks[0].rows", 100, M, lambda n: message(table(n, 1))),
    ("blocks[0].rows[0]", 20, M, lambda n: message(table(1, n))),
    ("blocks", 10_000, M, lambda n: message({**table(1, 1), "rows": [[cell(n - n // 2)], [cell(n // 2)]]})),
    ("blocks", 12_000, M, lambda n: message(*[{"type": "markdown", "text": words(n // 2)}] * 2, *odd(n))),
    ("blocks", 1, M, lambda n: row(*[button(i, style="primary") for i in range(n)])),
    ("blocks", 1, M, lambda n: message(*[table(1, 1)] * n)),
    ("title", 24, V, lambda n: modal(LINE, title=plain(words(n)))),
    ("submit", 24, V, lambda n: modal(LINE, submit=plain(words(n)))),
    ("close", 24, V, lambda n: modal(LINE, close=plain(words(n)))),
    ("private_metadata", 3_000, V, lambda n: modal(LINE, private_metadata=words(n))),
    ("callback_id", 255, V, lambda n: modal(LINE, callback_id=words(n))),
    ("blocks[0].text", 200, V, lambda n: modal({"type": "alert", "text": mrkdwn(words(n))})),
    ("blocks[0].label", 2_000, V, lambda n: modal(field({"type": "datepicker"}, label=plain(words(n))))),
    ("blocks[0].hint", 2_000, V, lambda n: modal(field({"type": "datepicker"}, hint=plain(words(n))))),
    ("blocks[0].element", 3_000, V, lambda n: modal(field({"type": "plain_text_input", "max_length": n}))),
    (
        "blocks[0].element.initial_value",
        40,
        V,
        lambda n: modal(field({"type": "plain_text_input", "max_length": 40, "initial_value": words(n)})),
    ),
]


def odd(n: int) -> list[Payload]:
    return [{"type": "markdown", "text": "x"}] if n % 2 else []


@pytest.mark.parametrize(("path", "most", "surface", "of_size"), NUMBERS, ids=[f"{n[0]}-{n[1]}" for n in NUMBERS])
def test_the_longest_that_fits_passes_and_one_more_is_named(
    path: str, most: int, surface: Surface, of_size: Callable[[int], Payload]
) -> None:
    assert check(of_size(most), surface) == []
    faults = check(of_size(most + 1), surface)
    assert faults
    assert faults[0].startswith(f"{path}: ")


WRONG: list[tuple[str, Surface, Payload]] = [
    ("text: missing", M, {"blocks": [SECTION]}),
    ("text: missing", M, message(SECTION, text=" ")),
    ("blocks: missing", M, {"text": "x"}),
    ("blocks: empty", M, message()),
    ("blocks[0]: 'video' is no block", M, message({"type": "video"})),
    ("blocks[0]: '' is no block", M, {"text": "x", "blocks": [None]}),
    ("blocks[0]: input does not belong in a message", M, message(field({"type": "datepicker"}))),
    ("blocks[0]: table does not belong in a modal", V, modal(table(1, 1))),
    (
        "blocks[0]: markdown does not belong in App Home",
        H,
        {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]},
    ),
    ("blocks[0]: alert does not belong in a message", M, message({"type": "alert", "text": mrkdwn("x")})),
    ("blocks[1].block_id: the same", M, message({**LINE, "block_id": "a"}, {**LINE, "block_id": "a"})),
    ("blocks[0].elements[1].action_id: the same", M, row(button(), button())),
    ("blocks[0].text: missing", M, message({"type": "section"})),
    ("blocks[0].text: missing or empty", M, message({"type": "section", "text": mrkdwn("")})),
    ("blocks[0].text: missing, or not", M, message({"type": "header", "text": mrkdwn("x")})),
    ("blocks[0].text: missing, or not", M, message({"type": "header"})),
    ("blocks[0].elements: empty", M, message({"type": "context", "elements": []})),
    ("blocks[0].elements[0]: 'multi_static_select'", M, row(select([option()], type="multi_static_select"))),
    ("blocks[0].element: 'button'", V, modal(field(button()))),
    ("blocks[0].element: missing", V, modal({"type": "input", "label": plain("x")})),
    ("blocks[0].accessory: 'plain_text_input'", M, message({**SECTION, "accessory": {"type": "plain_text_input"}})),
    ("blocks[0].elements[0].action_id: missing", M, row({"type": "button", "text": plain("Go")})),
    ("blocks[0].elements[0].style: 'default'", M, row(button(style="default"))),
    ("blocks[0].elements[0].text: an emoji", M, row(button(text=plain("Go 🚀")))),
    ("blocks[0].elements[0].text: an emoji", M, row(button(text=plain(":rocket: Go")))),
    ("blocks[0].elements[0].value: int", M, row(button(value=7))),
    ("blocks[0].elements[0].options[1].value: '0' twice", M, row(select([option(), option()]))),
    ("blocks[0].elements[0].initial_option: not one", M, row(select([option()], initial_option=option(1)))),
    ("blocks[0].elements[0].options[0].text: missing, or not", M, row(select([option(text=mrkdwn("x"))]))),
    ("blocks[0].elements[0].options: missing", M, row({"type": "static_select", "action_id": "a"})),
    (
        "blocks[0].element.initial_options: empty",
        V,
        modal(field(select([option()], type="checkboxes", initial_options=[]))),
    ),
    ("blocks[0].element.initial_date: '23 Nov'", V, modal(field({"type": "datepicker", "initial_date": "23 Nov"}))),
    ("blocks[0].element.is_decimal_allowed: missing", V, modal(field({"type": "number_input"}))),
    (
        "blocks[0].element.min_value: 1 is not",
        V,
        modal(field({"type": "number_input", "is_decimal_allowed": False, "min_value": 1})),
    ),
    (
        "blocks[0].element: out of order",
        V,
        modal(field({"type": "number_input", "is_decimal_allowed": False, "min_value": "5", "initial_value": "4"})),
    ),
    ("blocks[0].element: from 9 to 3", V, modal(field({"type": "plain_text_input", "min_length": 9, "max_length": 3}))),
    ("blocks[0].elements[0]: 'button' is no part", M, message({"type": "rich_text", "elements": [button()]})),
    (
        "blocks[0].elements[0].elements[0].text: missing or empty",
        M,
        message(
            {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": ""}]}]}
        ),
    ),
    ("blocks[0].alt_text: missing", M, message({"type": "image", "image_url": "x"})),
    ("type: 'home'", V, {**modal(LINE), "type": "home"}),
    ("title: missing", V, {"type": "modal", "blocks": [LINE]}),
    (
        "submit: missing: a modal with an input",
        V,
        {"type": "modal", "title": plain("T"), "blocks": [field({"type": "datepicker"})]},
    ),
    ("view: ", V, modal(*[{"type": "section", "text": mrkdwn(words(2_990))}] * 90)),
    ("metadata: ", M, {**message(SECTION), "metadata": {"event_type": "x", "event_payload": {"a": words(9_000)}}}),
]


@pytest.mark.parametrize(("fault", "surface", "payload"), WRONG, ids=[w[0] for w in WRONG])
def test_what_slack_would_refuse_is_named(fault: str, surface: Surface, payload: Payload) -> None:
    faults = check(payload, surface)
    assert any(found.startswith(fault) for found in faults), faults


def a_card() -> Payload:
    """About as much as a question card holds."""
    return b.message(
        b.say("Question 6 of 14 about Otter.ai"),
        [
            b.header("Is Otter.ai safe to roll out?"),
            b.context(b.bar(6, 14), b.say("Enterprise security and permissions")),
            b.section(b.say("*How do people sign in to it?*"), block_id="q|G1-ACCESS-MFA"),
            b.actions(
                "q|G1-ACCESS-MFA|answer", *[b.button(f"Option {n}", f"answer|o{n}", value="r1:3") for n in range(6)]
            ),
            b.actions(
                "nav", b.button("Back", "back"), b.button("Ask Someone", "ask"), b.button("Answer as a Form", "form")
            ),
        ],
    )


def test_a_good_card_has_no_faults() -> None:
    assert check(a_card(), Surface.MESSAGE) == []


def test_checking_changes_nothing() -> None:
    card = a_card()
    before = copy.deepcopy(card)
    check(card, Surface.MESSAGE)
    assert card == before


def test_no_payload_makes_the_check_itself_fail() -> None:
    for broken in (None, 7, "x", [], {}, [[]], {"type": "section"}, {"type": ["section"]}, {"text": {"text": {}}}):
        for kind in limits._SURFACES:
            for where in ("text", "fields", "elements", "element", "accessory", "rows", "block_id", "label", "hint"):
                for surface in Surface:
                    check({"type": "x", "text": broken, "blocks": [{"type": kind, where: broken}]}, surface)
        for kind in limits._IN_SECTION | limits._IN_INPUT:
            for where in (
                "options",
                "option_groups",
                "initial_option",
                "initial_options",
                "confirm",
                "placeholder",
                "value",
            ):
                element = {"type": kind, "options": [option()], where: broken}
                for holder in ({"type": "section", "accessory": element}, {"type": "input", "element": element}):
                    check(modal(holder), Surface.MODAL)


def test_checking_is_cheap_enough_for_every_click() -> None:
    card = a_card()
    best = min(timeit.repeat(lambda: check(card, Surface.MESSAGE), number=50, repeat=10)) / 50
    assert best < 0.0005  # about 0.00005 on an idle core; the room is for a busy one
