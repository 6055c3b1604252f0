"""One of everything that cards are made of, for the page to draw: a message, a modal with every input, a home."""

from typing import Any

Json = dict[str, Any]
LONG = "A sentence that is long enough to need a second line on a telephone, and to show how a cell of a table wraps."


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def options(*words: str) -> list[Json]:
    return [{"text": plain(word), "value": word.lower()} for word in words]


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def line(*parts: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(parts)}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


GROUPS = [
    {"label": plain("At home"), "options": options("Lisbon", "Porto")},
    {"label": plain("On the floor"), "options": options("Manila", "Cebu")},
]
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("*This* counts."), "confirm": plain("Yes"), "deny": plain("No")}

TABLE: Json = {
    "type": "table",
    "block_id": "table",
    "column_settings": [{"is_wrapped": True}, {"align": "right"}, {"align": "center"}],
    "rows": [
        [raw("Client"), raw("Open"), raw("State"), raw("Note")],
        [
            rich(line(words("Example Bank", bold=True), words(" (demo) ")), line(words(LONG))),
            raw("12"),
            rich(line({"type": "emoji", "name": "warning"}, words(" late"))),
            raw("A note that stays on its one line, however long it is, and scrolls with the table."),
        ],
        [raw("Sample Airline (demo)"), raw("3"), raw("on time"), rich(line({"type": "user", "user_id": "UBEN"}))],
    ],
}
DATA_TABLE: Json = {
    "type": "data_table",
    "block_id": "data_table",
    "caption": "Reviews this week",
    "page_size": 3,
    "row_header_column_index": 0,
    "rows": [
        [raw("Client"), raw("Minutes")],
        *(
            [raw(f"Example client {n}"), {"type": "raw_number", "value": 15 * n, "text": str(15 * n)}]
            for n in range(1, 6)
        ),
    ],
}
RICH: Json = {
    "type": "rich_text",
    "block_id": "rich",
    "elements": [
        line(
            words("Bold", bold=True),
            words(", "),
            words("italic", italic=True),
            words(" and "),
            words("code", code=True),
        ),
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [line(words("one")), line(words("two, by "), {"type": "user", "user_id": "UANA"})],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "elements": [line(words("inner")), line(words("more"))],
        },
        {"type": "rich_text_quote", "elements": [words("What somebody said.")]},
        {"type": "rich_text_preformatted", "elements": [words("kept = as.it(is)")]},
    ],
}


def pickers(kinds: str = "") -> list[Json]:
    """Every element that may stand in a row of actions."""
    return [
        {"type": "button", "action_id": "button", "text": plain("Approve"), "style": "primary", "value": "1"},
        {"type": "static_select", "action_id": "static_select", "placeholder": plain("Where"), "option_groups": GROUPS},
        {
            "type": "external_select",
            "action_id": "external_select",
            "placeholder": plain("Which client"),
            "min_query_length": 2,
        },
        {"type": "users_select", "action_id": "users_select", "placeholder": plain("Who")},
        {"type": "conversations_select", "action_id": "conversations_select", "placeholder": plain("Where to")},
        {"type": "channels_select", "action_id": "channels_select", "placeholder": plain("Which channel")},
        {"type": "datepicker", "action_id": "datepicker", "initial_date": "2026-11-30"},
        {"type": "timepicker", "action_id": "timepicker", "initial_time": "09:30"},
        {"type": "datetimepicker", "action_id": "datetimepicker", "initial_date_time": 1796050800},
        {"type": "checkboxes", "action_id": "checkboxes", "options": options("Security", "Audit")},
        {"type": "radio_buttons", "action_id": "radio_buttons", "options": options("Yes", "No")},
        {"type": "overflow", "action_id": "overflow", "options": options("Reschedule", "Skip"), "confirm": CONFIRM},
    ]


def message(file: str) -> list[Json]:
    """A message with every block that cards use; `file` is a picture that was uploaded."""
    small = {"type": "image", "slack_file": {"id": file}, "alt_text": "Bars"}
    return [
        {"type": "header", "block_id": "header", "text": plain("Example Bank: weekly review")},
        {
            "type": "section",
            "block_id": "fields",
            "text": mrkdwn("*Where it stands*"),
            "fields": [mrkdwn(f"*Fact {n}*\n{LONG[: 20 + 15 * n]}") for n in range(4)],
            "accessory": {"type": "overflow", "action_id": "more", "options": options("Reschedule", "Skip")},
        },
        {"type": "context", "block_id": "context", "elements": [small, mrkdwn("By <@UANA>"), plain("and nobody else")]},
        {"type": "section", "block_id": "pictured", "text": mrkdwn(LONG), "accessory": small},
        TABLE,
        DATA_TABLE,
        RICH,
        {
            "type": "image",
            "block_id": "chart",
            "title": plain("Open requests"),
            **small,
            "alt_text": "Open requests by age",
        },
        {
            "type": "image",
            "block_id": "outside",
            "image_url": "https://example.com/a.png",
            "alt_text": "A picture elsewhere",
        },
        {"type": "divider"},
        {"type": "actions", "block_id": "actions", "elements": pickers()},
        {
            "type": "section",
            "block_id": "many",
            "text": mrkdwn("Which days?"),
            "accessory": {
                "type": "multi_static_select",
                "action_id": "multi_static_select",
                "placeholder": plain("Days"),
                "options": options("Monday", "Tuesday", "Wednesday"),
                "max_selected_items": 2,
            },
        },
    ]


def inputs() -> list[Json]:
    """Every element that a modal asks with, one input block each."""
    elements: list[Json] = [
        {"type": "plain_text_input", "action_id": "a"},
        {"type": "plain_text_input", "action_id": "a", "multiline": True, "max_length": 300},
        {"type": "number_input", "action_id": "a", "is_decimal_allowed": False, "min_value": "1", "max_value": "60"},
        {"type": "email_text_input", "action_id": "a"},
        {"type": "url_text_input", "action_id": "a"},
        {"type": "multi_static_select", "action_id": "a", "option_groups": GROUPS},
        {"type": "multi_users_select", "action_id": "a", "initial_users": ["UANA"]},
        {"type": "multi_conversations_select", "action_id": "a"},
        {"type": "multi_channels_select", "action_id": "a"},
        {"type": "multi_external_select", "action_id": "a", "min_query_length": 0},
        *({name: value for name, value in one.items() if name not in ("placeholder", "confirm")} | {"action_id": "a"}
          for one in pickers()[1:-1]),
    ]  # fmt: skip
    return [
        {
            "type": "input",
            "block_id": f"{number}-{element['type']}",
            "label": plain(element["type"].replace("_", " ").capitalize()),
            "hint": plain("A word of advice."),
            "optional": True,
            "element": element,
        }
        for number, element in enumerate(elements)
    ]


def modal() -> Json:
    return {
        "type": "modal",
        "callback_id": "everything",
        "title": plain("Everything there is"),
        "submit": plain("Save"),
        "blocks": inputs(),
    }


def home() -> Json:
    """As many blocks as a home may have, buttons in every second one."""
    pair = [
        lambda n: {"type": "section", "text": mrkdwn(f"*Row {n}*\nWaits since Monday")},
        lambda n: {"type": "actions", "elements": [pickers()[0] | {"action_id": f"row|{n}"}]},
    ]
    return {"type": "home", "blocks": [pair[n % 2](n) for n in range(100)]}
