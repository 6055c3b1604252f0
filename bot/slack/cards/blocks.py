"""Small Block Kit builders: plain dicts out, cut to Slack's limits so that no card is lost to a long name.

They know no review and no rule, and they send nothing. What they show from people has passed `cards.text`, which is
offered here too, so that a card needs one import.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any, Final, Literal

from bot.slack import limits
from bot.slack.cards.text import (
    Safe,
    bar,
    channel_mention,
    clean,
    clip,
    clip_safe,
    date_token,
    day_token,
    esc,
    is_user_id,
    lines,
    link,
    marked,
    mention,
    model_text,
    one_line,
    say,
    typed,
    unescaped,
)

# Offered here too.
__all__ = [
    "Safe",
    "bar",
    "channel_mention",
    "clean",
    "clip",
    "date_token",
    "day_token",
    "esc",
    "lines",
    "link",
    "marked",
    "mention",
    "model_text",
    "say",
]

Block = dict[str, Any]
Element = dict[str, Any]
Style = Literal["primary", "danger"]


def plain(text: str, most: int) -> Element:
    """A plain text object: Slack parses nothing in it, so nothing is escaped."""
    words = one_line(unescaped(text) if isinstance(text, Safe) else text)
    return {"type": "plain_text", "text": clip(words, most) or _NOTHING, "emoji": False}


def mrkdwn(text: Safe, most: int = limits.SECTION_TEXT) -> Element:
    """A formatted text object. `verbatim` keeps Slack from finding links, channels and mentions by itself."""
    return {"type": "mrkdwn", "text": clip_safe(esc(text), most).strip() or _NOTHING, "verbatim": True}


# --- blocks ----------------------------------------------------------------------------------------------------------


def section(
    text: Safe | None, *, block_id: str | None = None, accessory: Element | None = None, fields: Sequence[Safe] = ()
) -> Block:
    """A paragraph, with an optional control at its side or short facts in two columns."""
    block: Block = {"type": "section"}
    if text is not None:
        block["text"] = mrkdwn(text)
    if fields:
        block["fields"] = [mrkdwn(field, limits.SECTION_FIELD) for field in fields]
    if accessory is not None:
        block["accessory"] = accessory
    return _named(block, block_id)


def header(text: str, *, block_id: str | None = None) -> Block:
    """The heading of a card: sentence case, no full stop."""
    return _named({"type": "header", "text": plain(text, limits.HEADER_TEXT)}, block_id)


def context(*texts: Safe, block_id: str | None = None) -> Block:
    """Small print under a card."""
    return _named({"type": "context", "elements": [mrkdwn(text, limits.CONTEXT_TEXT) for text in texts]}, block_id)


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def quote(text: str, *, block_id: str | None = None, most: int = limits.SECTION_TEXT) -> Block:
    """What a person wrote, set apart and parsed by nobody."""
    node = {"type": "text", "text": clip(clean(text).strip(), most) or _NOTHING}
    return _named({"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [node]}]}, block_id)


def actions(block_id: str, *elements: Element) -> Block:
    """A row of controls."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def input_block(
    label: str, element: Element, *, block_id: str, hint: str | None = None, optional: bool = False
) -> Block:
    """One field of a modal."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.INPUT_LABEL),
        "element": element,
        "optional": optional,
    }
    if hint is not None:
        block["hint"] = plain(hint, limits.INPUT_HINT)
    return block


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> Block:
    """A small table; its first row is the head. `numbers` are the columns that stand to the right."""
    right = frozenset(numbers)
    return {
        "type": "table",
        "rows": [[_cell(text) for text in row] for row in (head, *rows)],
        "column_settings": [
            {"align": "right" if at in right else "left", "is_wrapped": at not in right} for at in range(len(head))
        ],
    }


def picture(file: str, alt: str) -> Block:
    """A picture that was put into Slack before, with its content in words for whoever does not see it."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": clip(one_line(alt), limits.IMAGE_ALT) or _NOTHING}


def feedback(block_id: str, action_id: str, good: tuple[str, str], bad: tuple[str, str]) -> Block:
    """Two small buttons under a message, by which people say what they think of it: a label and a value each."""
    element: Element = {"type": "feedback_buttons", "action_id": action_id}
    for name, (label, value) in (("positive_button", good), ("negative_button", bad)):
        element[name] = {"text": plain(label, limits.BUTTON_TEXT), "value": value}
    return {"type": "context_actions", "block_id": block_id, "elements": [element]}


# --- elements --------------------------------------------------------------------------------------------------------


def button(
    label: str,
    action_id: str,
    *,
    value: str | None = None,
    style: Style | None = None,
    confirm: Element | None = None,
    accessible: str | None = None,
) -> Element:
    """A button; `accessible` is what a screen reader says where several buttons look alike."""
    element: Element = {"type": "button", "text": plain(label, limits.BUTTON_TEXT), "action_id": action_id}
    if value is not None:
        element["value"] = value
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    if accessible is not None:
        element["accessibility_label"] = clip(one_line(accessible), limits.ACCESSIBILITY_LABEL)
    return element


def confirm(title: str, text: str, yes: str, no: str) -> Element:
    """The question Slack asks before a click counts; `yes` and `no` are verbs, not Yes and No."""
    return {
        "title": plain(title, limits.CONFIRM_TITLE),
        "text": plain(text, limits.CONFIRM_TEXT),
        "confirm": plain(yes, limits.CONFIRM_BUTTON),
        "deny": plain(no, limits.CONFIRM_BUTTON),
    }


def option(label: str, value: str, description: str | None = None) -> Element:
    """One choice: what is read, and the code that comes back."""
    choice: Element = {"text": plain(label, limits.OPTION_TEXT), "value": value}
    if description is not None:
        choice["description"] = plain(description, limits.OPTION_DESCRIPTION)
    return choice


def select(
    action_id: str, options: Sequence[Element], *, initial: str | None = None, placeholder: str = "Choose one"
) -> Element:
    """A menu with one choice; `initial` is an option's value."""
    element: Element = {
        "type": "static_select",
        "action_id": action_id,
        "options": list(options),
        "placeholder": plain(placeholder, limits.PLACEHOLDER),
    }
    return _chosen_one(element, initial)


def multi_select(
    action_id: str,
    options: Sequence[Element],
    *,
    initial: Iterable[str] = (),
    placeholder: str = "Choose all that apply",
) -> Element:
    """A menu with several choices. Slack refuses it in an actions row: put it in an input or beside a section."""
    element: Element = {
        "type": "multi_static_select",
        "action_id": action_id,
        "options": list(options),
        "placeholder": plain(placeholder, limits.PLACEHOLDER),
    }
    return _chosen_many(element, initial)


def external_multi_select(action_id: str, *, initial: Sequence[Element] = ()) -> Element:
    """A menu with several choices that Slack asks us for while somebody types; `initial` are whole options."""
    element: Element = {
        "type": "multi_external_select",
        "action_id": action_id,
        "min_query_length": 1,
        "placeholder": plain("Type a part of a name", limits.PLACEHOLDER),
    }
    if initial:
        element["initial_options"] = [dict(each) for each in initial]
    return element


def radio(action_id: str, options: Sequence[Element], *, initial: str | None = None) -> Element:
    """Up to ten choices in view, one of them counts."""
    return _chosen_one({"type": "radio_buttons", "action_id": action_id, "options": list(options)}, initial)


def checkboxes(action_id: str, options: Sequence[Element], *, initial: Iterable[str] = ()) -> Element:
    """Up to ten choices in view, any of them count; from eleven on use `multi_select`."""
    return _chosen_many({"type": "checkboxes", "action_id": action_id, "options": list(options)}, initial)


def overflow(action_id: str, options: Sequence[Element]) -> Element:
    """The three dots: up to five acts that are seldom wanted."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def text_input(
    action_id: str,
    *,
    initial: str | None = None,
    multiline: bool = False,
    placeholder: str | None = None,
    most: int = limits.TEXT_INPUT,
) -> Element:
    """A field for words. What it starts with is the person's own text, so only what no keyboard types is taken out."""
    element: Element = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline, "max_length": most}
    if initial:
        kept = typed(initial)
        element["initial_value"] = clip(kept if multiline else " ".join(kept.split()), most)
    return _with_placeholder(element, placeholder)


def url_input(action_id: str, *, initial: str | None = None, placeholder: str | None = None) -> Element:
    """A field for one address."""
    element: Element = {"type": "url_text_input", "action_id": action_id}
    if initial:
        element["initial_value"] = clip("".join(typed(initial).split()), limits.TEXT_INPUT)
    return _with_placeholder(element, placeholder)


def number_input(
    action_id: str,
    *,
    initial: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    placeholder: str | None = None,
) -> Element:
    """A field for a whole number. Slack wants its numbers as text."""
    element: Element = {"type": "number_input", "action_id": action_id, "is_decimal_allowed": False}
    for field, number in (("initial_value", initial), ("min_value", at_least), ("max_value", at_most)):
        if number is not None:
            element[field] = str(number)
    return _with_placeholder(element, placeholder)


def date_input(action_id: str, *, initial: date | None = None, placeholder: str | None = None) -> Element:
    """A field for a day."""
    element: Element = {"type": "datepicker", "action_id": action_id}
    if initial is not None:
        element["initial_date"] = initial.strftime("%Y-%m-%d")
    return _with_placeholder(element, placeholder)


def user_select(action_id: str, *, initial: str | None = None, placeholder: str = "Choose a person") -> Element:
    """A menu of the workspace's people."""
    element: Element = {"type": "users_select", "action_id": action_id}
    if initial is not None and is_user_id(initial):
        element["initial_user"] = initial
    return _with_placeholder(element, placeholder)


def multi_user_select(action_id: str, *, initial: Iterable[str] = (), placeholder: str = "Choose people") -> Element:
    """A menu of the workspace's people that takes several. Like `multi_select`, not for an actions row."""
    element: Element = {"type": "multi_users_select", "action_id": action_id}
    if known := [user for user in initial if is_user_id(user)]:
        element["initial_users"] = known
    return _with_placeholder(element, placeholder)


def channel_select(action_id: str, *, initial: str | None = None) -> Element:
    """A menu of channels, those shared with other companies left out."""
    element: Element = {
        "type": "conversations_select",
        "action_id": action_id,
        "filter": {
            "include": ["public", "private"],
            "exclude_external_shared_channels": True,
            "exclude_bot_users": True,
        },
    }
    if initial:
        element["initial_conversation"] = initial
    return _with_placeholder(element, "Choose a channel")


def time_input(action_id: str, *, initial: time | None = None) -> Element:
    """A field for a time of day; which zone's is said beside it."""
    element: Element = {"type": "timepicker", "action_id": action_id}
    if initial is not None:
        element["initial_time"] = initial.strftime("%H:%M")
    return _with_placeholder(element, "Choose a time")


# --- whole surfaces --------------------------------------------------------------------------------------------------


def message(text: Safe, blocks: Sequence[Block]) -> dict[str, Any]:
    """A message: `text` says what happened and what is needed without any markup, for notifications and screen readers.

    Unfurling is off: fetching an address that somebody typed would carry our words out.
    """
    return {
        "text": clip_safe(esc(text), limits.MESSAGE_TEXT).strip() or _NOTHING,
        "blocks": list(blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    close: str = "Cancel",
    metadata: str = "",
    notify_on_close: bool = False,
) -> dict[str, Any]:
    """A dialog; `metadata` carries an id of ours, never state."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, limits.MODAL_TITLE),
        "close": plain(close, limits.MODAL_TITLE),
        "blocks": list(blocks),
        "private_metadata": metadata,
        "notify_on_close": notify_on_close,
    }
    if submit is not None:
        view["submit"] = plain(submit, limits.MODAL_TITLE)
    return view


def home(blocks: Sequence[Block]) -> dict[str, Any]:
    """The App Home tab."""
    return {"type": "home", "blocks": list(blocks)}


# --- how -------------------------------------------------------------------------------------------------------------

_NOTHING: Final = "-"  # Slack refuses an empty text
_CELL_MOST: Final = 120  # a table of twenty rows stays far below what Slack takes


def _cell(text: str) -> Element:
    """A cell that Slack shows as it is and parses nothing in."""
    return {"type": "raw_text", "text": clip(one_line(text), _CELL_MOST) or _NOTHING}


def _named(block: Block, block_id: str | None) -> Block:
    if block_id is not None:
        block["block_id"] = block_id
    return block


def _with_placeholder(element: Element, placeholder: str | None) -> Element:
    if placeholder is not None:
        element["placeholder"] = plain(placeholder, limits.PLACEHOLDER)
    return element


def _chosen_one(element: Element, value: str | None) -> Element:
    found = _by_value(element["options"], () if value is None else (value,))
    if found:
        element["initial_option"] = found[0]
    return element


def _chosen_many(element: Element, values: Iterable[str]) -> Element:
    found = _by_value(element["options"], values)
    if found:
        element["initial_options"] = found
    return element


def _by_value(options: Sequence[Mapping[str, Any]], values: Iterable[str]) -> list[Element]:
    wanted = frozenset(values)
    return [dict(choice) for choice in options if choice["value"] in wanted]
