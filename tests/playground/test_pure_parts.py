"""The parts without HTTP: what Slack refuses in blocks, how typed text is escaped, how time stamps grow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.block_check import message_problems, suggestion_problems, view_problems
from bot.playground.choices import filled_state, unfilled
from bot.playground.events import as_sent, url_verification
from tests.playground import gallery
from tests.playground.town import button, form, small_workspace

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def options(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"text": plain(str(n)), "value": str(n), **more} for n in range(number)]


def select(kind: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": [{"type": kind, "action_id": "a", **more}]}]


def section(**more: Any) -> list[dict[str, Any]]:
    return [{"type": "section", **more}]


def beside(kind: str, **more: Any) -> list[dict[str, Any]]:
    return section(text=plain("x"), accessory={"type": kind, "action_id": "a", **more})


def cell(text: str = "x") -> dict[str, str]:
    return {"type": "raw_text", "text": text}


def table(rows: list[Any], **more: Any) -> list[dict[str, Any]]:
    return [{"type": "table", "rows": rows, **more}]


def data_table(rows: list[Any], **more: Any) -> list[dict[str, Any]]:
    return [{"type": "data_table", "caption": "x", "rows": rows, **more}]


def rich(*parts: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(parts)}


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (section(), "missing required field: text"),
        (section(text=plain("")), "must be more than 0 characters"),
        (section(text=plain("x" * 3001)), "less than 3001"),
        (section(fields=[plain("x" * 2001)]), "less than 2001"),
        (section(fields=[plain("x")] * 11), "no more than 10"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
        ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10"),
        ([{"type": "actions", "elements": []}], "no less than 1"),
        ([{"type": "actions", "elements": [button(f"a{n}")[0]["elements"][0] for n in range(26)]}], "no more than 25"),
        (select("multi_static_select", options=options(2)), "unsupported type: multi_static_select"),
        (button("a", text=plain("x" * 76)), "less than 76"),
        (button("a", value="x" * 2001), "less than 2001"),
        (button("a", style="loud"), "unsupported style"),
        (button("a" * 256), "less than 256"),
        (button("a", block_id="b" * 256), "less than 256"),
        (button("a", confirm={"title": plain("x")}), "missing required field: text"),
        (button("a") + button("b"), "`block_id` 'buttons' already exists"),
        ([{"type": "actions", "elements": button("a")[0]["elements"] * 2}], "`action_id` 'a' already exists"),
        (select("static_select", options=options(101)), "no more than 100"),
        (select("static_select", options=options(2, description=plain("x" * 76))), "less than 76"),
        (select("static_select", options=options(2), initial_option={"value": "9"}), "an initial option"),
        (select("checkboxes", options=options(11)), "no more than 10"),
        (select("overflow", options=options(6)), "no more than 5"),
        ([{"type": "input", "label": plain("x"), "element": {"type": "plain_text_input"}}], "unsupported type: input"),
        ([{"type": "alert", "text": plain("x")}], "unsupported type: alert"),
        ([{"type": "image", "image_url": "https://example.com/a.png"}], "missing required field: alt_text"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "12001"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 10_001}]]}], "10001"),
        ([{"type": "table", "rows": [[]]}] * 2, "only one table"),
        ([{"type": "dance"}], "unsupported type: dance"),
        (section(text=plain("x"), accessory={"type": "datetimepicker"}), "unsupported type: datetimepicker"),
        (section(text=plain("x"), accessory={"type": "plain_text_input"}), "unsupported type: plain_text_input"),
        (section(text=plain("x"), accessory={"type": "image", "image_url": "x"}), "missing required field: alt_text"),
        (section(text=plain("x"), accessory="x"), "unsupported type: None"),
        (select("static_select", options=options(1), option_groups=[]), "only one of options and option_groups"),
        (
            select("static_select", option_groups=[{"label": plain("g"), "options": options(1)}] * 101),
            "no more than 100",
        ),
        (select("static_select", options=[{"text": {"type": "mrkdwn", "text": "x"}, "value": "1"}]), "mrkdwn"),
        (select("external_select", min_query_length=-1), "min_query_length must be"),
        (select("datepicker", initial_date="30.11.2026"), "initial_date has not the right form"),
        (select("datepicker", initial_date="2026-13-01"), "initial_date has not the right form"),
        (select("timepicker", initial_time="24:00"), "initial_time has not the right form"),
        (select("datetimepicker", initial_date_time="1796050800"), "initial_date_time must be"),
        (select("users_select", initial_user=7), "must provide a string"),
        (beside("multi_users_select", initial_users="UANA"), "must provide an array of ids"),
        (beside("multi_static_select", options=options(2), max_selected_items=0), "max_selected_items must be"),
        ([{"type": "image", "slack_file": {}, "alt_text": "x"}], "a slack_file has an id or a url"),
        ([{"type": "image", "slack_file": {"id": "F"}, "image_url": "x", "alt_text": "x"}], "only one of image_url"),
        (table([]), "no less than 1"),
        (table([[cell()]] * 101), "no more than 100"),
        (table([[cell()] * 21]), "no more than 20"),
        (table([[{"type": "raw_number", "value": 1}]]), "unsupported type: raw_number"),
        (table([[cell("")]]), "more than 0 characters"),
        (table([[cell()]], column_settings=[{"align": "middle"}]), "unsupported align: middle"),
        (table([[cell()]], column_settings=[{"is_wrapped": "yes"}]), "must be a boolean"),
        (table([[cell()]], column_settings=[{}] * 21), "no more than 20"),
        (data_table([[cell()]]), "no less than 2"),
        (data_table([[cell()]] * 202), "no more than 201"),
        (data_table([[cell()], [cell(), cell()]]), "the same number of cells"),
        (data_table([[rich()], [cell()]]), "unsupported type: rich_text"),
        (data_table([[cell()]] * 2, page_size=101), "page_size must be"),
        (data_table([[cell()]] * 2, caption=None), "missing required field: caption"),
        ([rich({"type": "rich_text_dance", "elements": []})], "unsupported type: rich_text_dance"),
        ([rich({"type": "rich_text_list", "style": "stars", "elements": []})], "unsupported style: stars"),
        ([rich({"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": []})], "indent must be"),
        ([rich({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]})], "more than 0 characters"),
        ("x", "must provide an array"),
    ],
)
def test_what_slack_would_refuse_in_a_message_is_named(blocks: Any, said: str):
    assert said in " ".join(message_problems(blocks))


def test_what_slack_takes_is_taken():
    assert message_problems([*section(text=plain("x"), fields=[plain("y")]), {"type": "divider"}, *button("a")]) == []
    grouped = [{"label": plain("g"), "options": options(3)}]
    assert message_problems(select("static_select", option_groups=grouped, initial_option={"value": "1"})) == []
    assert view_problems(form("one")) == []
    assert view_problems({"type": "home", "blocks": [{"type": "divider"}] * 100}) == []
    assert message_problems(gallery.message("F1")) == []
    assert view_problems(gallery.modal()) == []
    assert view_problems(gallery.home()) == []


@pytest.mark.parametrize("element", [one["element"] for one in gallery.inputs()])
def test_what_asks_in_a_modal_is_refused_beside_a_button_unless_slack_has_it_there(element: dict[str, Any]):
    refused = message_problems([{"type": "actions", "elements": [element]}])
    assert bool(refused) is (element["type"].startswith("multi_") or element["type"].endswith("_input"))


def test_a_home_ends_at_a_hundred_blocks():
    home = gallery.home()
    more = home | {"blocks": [*home["blocks"], {"type": "divider"}]}
    assert "no more than 100" in " ".join(view_problems(more))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"min_value": 1}, "numbers are given as strings"),
        ({"min_value": "ten"}, "numbers are given as strings"),
        ({"min_value": "9", "max_value": "10"}, None),
        ({"min_value": "9", "initial_value": "8"}, "out of order"),
    ],
)
def test_the_bounds_of_a_number_are_numbers_in_order(numbers: dict[str, Any], said: str | None):
    element = {"type": "number_input", "is_decimal_allowed": False, **numbers}
    view = form("one") | {"blocks": [{"type": "input", "label": plain("x"), "element": element}]}
    assert (said in " ".join(view_problems(view))) if said else (view_problems(view) == [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"options": options(100)}, None),
        ({"options": []}, None),
        ({"option_groups": [{"label": plain("g"), "options": options(2)}]}, None),
        ({"options": options(101)}, "no more than 100"),
        ({"options": [{"text": plain("x" * 76), "value": "1"}]}, "less than 76"),
        ({}, "must provide an array"),
        (None, "must provide options"),
    ],
)
def test_an_answer_to_a_question_for_options_is_looked_at_as_slack_does(answer: Any, said: str | None):
    found = suggestion_problems(answer)
    assert (said in " ".join(found)) if said else (found == [])


KINDS = (
    "section",
    "actions",
    "input",
    "table",
    "plain_text",
    "mrkdwn",
    "button",
    "static_select",
    "checkboxes",
    "modal",
    "rich_text",
    "rich_text_list",
    "rich_text_section",
    "data_table",
    "raw_text",
    "image",
    "datepicker",
    "number_input",
    "external_select",
    "multi_users_select",
    "bullet",
)
NAMES = (
    "type",
    "text",
    "elements",
    "element",
    "fields",
    "options",
    "rows",
    "label",
    "blocks",
    "title",
    "confirm",
    "max_length",
    "accessory",
    "column_settings",
    "align",
    "style",
    "indent",
    "slack_file",
    "caption",
    "initial_users",
    "initial_date",
    "min_value",
    "option_groups",
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 5000) | st.sampled_from(KINDS)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
)


@given(ANYTHING)
def test_whatever_a_bot_sends_is_refused_in_words_or_can_be_shown(sent: Any):
    workspace = small_workspace()
    if not message_problems(sent):
        workspace.post("CGENERAL", "UBOT", "x", at=AT, blocks=sent)
    if not view_problems(sent):
        workspace.open_view("UANA", sent, at=AT)
    if not view_problems({"type": "home", "blocks": sent}):
        workspace.publish_home("UANA", {"type": "home", "blocks": sent}, at=AT)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("<!here> & <@UANA>", "&lt;!here&gt; &amp; &lt;@UANA&gt;"),
        ("@Ana Ito, @leads and @nobody", "<@UANA>, <!subteam^SLEADS> and @nobody"),
        ("@anabel", "@anabel"),
        ("ana@example.com", "<mailto:ana@example.com|ana@example.com>"),
        ("@here in #general, not #generally", "<!here> in <#CGENERAL|>, not #generally"),
        ("see https://a.example/x?a=1&b=2.", "see <https://a.example/x?a=1&amp;b=2>."),
        ("Otter.ai/pricing, e.g. this", "<http://Otter.ai/pricing|Otter.ai/pricing>, e.g. this"),
        ("`@ana otter.ai`", "`@ana otter.ai`"),
    ],
)
def test_typed_text_is_sent_as_slack_sends_it(typed: str, text: str):
    assert as_sent(small_workspace(), typed)[0] == text


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_typed_text_smuggles_in_a_token_or_loses_a_word(typed: str):
    text, blocks = as_sent(small_workspace(), typed.replace("@", "").replace("#", ""))
    for token in ("<@", "<!", "<#"):
        assert token not in text
    said = "".join(p.get("text") or p["url"] for p in blocks[0]["elements"][0]["elements"] if "style" not in p)
    assert all(letter in typed for letter in said if "`" not in typed)


def test_stamps_are_unique_and_grow_although_the_clock_stands_still():
    workspace = small_workspace()
    stamps = [workspace.post("CGENERAL", "UANA", "x", at=AT).ts for _ in range(3)]
    assert stamps == sorted(set(stamps))
    late = workspace.post("CGENERAL", "UANA", "x", at=AT - timedelta(hours=1))  # a clock that was set back meanwhile
    assert late.ts > stamps[-1]
    older = workspace.add_message("CGENERAL", "UANA", "before", at=AT - timedelta(days=1))
    assert workspace.messages["CGENERAL"][0] is older


def test_every_change_is_counted_and_told():
    workspace = small_workspace()
    told: list[int] = []
    workspace.changed = lambda: told.append(workspace.seq)
    workspace.post("CGENERAL", "UANA", "x", at=AT)
    workspace.notify("UANA", "code", "text")
    workspace.clear()
    assert told == sorted(set(told))
    assert len(told) == 3


def test_a_view_begins_with_its_initial_values_and_nulls():
    elements = [
        {"type": "plain_text_input", "action_id": "a", "initial_value": "x"},
        {"type": "static_select", "action_id": "a", "options": options(2)},
        {"type": "checkboxes", "action_id": "a", "options": options(2), "initial_options": options(1)},
        {"type": "datepicker", "action_id": "a", "initial_date": "2026-01-05"},
    ]
    blocks = [
        {"type": "input", "block_id": str(number), "label": plain("x"), "element": element}
        for number, element in enumerate(elements)
    ]
    values = filled_state(blocks, {"0": {"a": {"value": ""}}})
    assert [next(iter(value.values())) for value in values.values()] == [
        {"type": "plain_text_input", "value": None},
        {"type": "static_select", "selected_option": None},
        {"type": "checkboxes", "selected_options": options(1)},
        {"type": "datepicker", "selected_date": "2026-01-05"},
    ]
    assert set(unfilled(blocks, values)) == {"0", "1"}


@pytest.mark.parametrize(
    ("value", "said"),
    [("12", None), ("0", "at least 1"), ("99", "at most 20"), ("1.5", "whole number"), ("lots", "whole number")],
)
def test_a_number_outside_its_bounds_is_refused_in_words(value: str, said: str | None):
    element = {
        "type": "number_input",
        "action_id": "a",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": "20",
    }
    block = {"type": "input", "block_id": "n", "label": plain("x"), "element": element}
    wrong = unfilled([block], filled_state([block], {"n": {"a": {"value": value}}}))
    assert (said in wrong["n"]) if said else (wrong == {})


def test_the_handshake_asks_for_its_challenge_back():
    assert url_verification("c")["challenge"] == "c"
