"""Slack's numbers, each with where it is written, and `check`, which finds what Slack would refuse before Slack does.

It only reads: nothing is cut or mended here (the builders in `cards.blocks` do that), and nothing is sent.

Sources: [D] docs.slack.dev, the page of that block, element or method; [S] slack_sdk 3.47, `models/blocks` and
`models/views`; [P] slackapi's Block Kit skill, `design-principles.md`; [T] measured by third parties; [O] our own rule.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

MESSAGE_BLOCKS: Final = 50  # [D] Blocks; one more and nothing is posted
VIEW_BLOCKS: Final = 100  # [S] View
MESSAGE_TEXT: Final = 3_900  # [T] from about 4,040 on split into several messages; chat.update ends at 4,000 [D]
METADATA_BYTES: Final = 8_000  # [D] chat.postMessage `metadata_too_large`
VIEW_BYTES: Final = 250_000  # [D] views.open `view_too_large`
PRIVATE_METADATA: Final = 3_000  # [S] View
MODAL_TITLE: Final = 24  # [S] View: title, submit and close
ID: Final = 255  # [S] block_id, action_id, callback_id, external_id
SECTION_TEXT: Final = 3_000  # [S] SectionBlock; also any other text object [D]
SECTION_FIELD: Final = 2_000  # [D] Section block
SECTION_FIELDS: Final = 10  # [S] SectionBlock
HEADER_TEXT: Final = 150  # [S] HeaderBlock
CONTEXT_ELEMENTS: Final = 10  # [S] ContextBlock
CONTEXT_ACTIONS: Final = 5  # [P] context_actions
CONTEXT_TEXT: Final = 2_000  # [T] the docs name no number of its own
ACTIONS_ELEMENTS: Final = 25  # [S] ActionsBlock
INPUT_LABEL: Final = 2_000  # [S] InputBlock
INPUT_HINT: Final = 2_000  # [S] InputBlock
IMAGE_URL: Final = 3_000  # [S] ImageBlock
IMAGE_ALT: Final = 2_000  # [S] ImageBlock; its title too
MARKDOWN_TEXT: Final = 12_000  # [S] MarkdownBlock; summed over the message [D]
ALERT_TEXT: Final = 200  # [P]
TABLE_ROWS: Final = 100  # [D] Table block
TABLE_CELLS: Final = 20  # [D] Table block
TABLES: Final = 1  # [D] Table block: in one message
TABLE_TEXT: Final = 10_000  # [P] summed over the message
BUTTON_TEXT: Final = 75  # [S] ButtonElement
BUTTON_VALUE: Final = 2_000  # [S] ButtonElement
BUTTON_URL: Final = 3_000  # [S] ButtonElement
ACCESSIBILITY_LABEL: Final = 75  # [S] ButtonElement
OPTION_TEXT: Final = 75  # [S] Option
OPTION_VALUE: Final = 150  # [S] Option
OPTION_DESCRIPTION: Final = 75  # [D] Option object; the SDK does not check it
SELECT_OPTIONS: Final = 100  # [S] StaticSelectElement; option groups too
CHOICE_OPTIONS: Final = 10  # [D] Checkboxes, Radio button group
OVERFLOW_OPTIONS: Final = 5  # [S] OverflowMenuElement
PLACEHOLDER: Final = 150  # [S] InputInteractiveElement
TEXT_INPUT: Final = 3_000  # [D] Plain-text input: min_length and max_length
CONFIRM_TITLE: Final = 100  # [S] ConfirmObject
CONFIRM_TEXT: Final = 300  # [S] ConfirmObject
CONFIRM_BUTTON: Final = 30  # [S] ConfirmObject
PRIMARY_BUTTONS: Final = 1  # [O] a card has one main act


class Surface(Enum):
    """Where a payload is going to be shown."""

    MESSAGE = "a message"
    MODAL = "a modal"
    HOME = "App Home"


def check(payload: Mapping[str, Any], surface: Surface) -> list[str]:
    """What is wrong with a message's arguments or a view, each fault with its path; empty when Slack will take it."""
    looking = _Look(surface)
    if surface is Surface.MESSAGE:
        looking.at_message(payload)
    else:
        looking.at_view(payload)
    looking.at_blocks(payload.get("blocks"), MESSAGE_BLOCKS if surface is Surface.MESSAGE else VIEW_BLOCKS)
    return looking.faults


_SURFACES: Final[Mapping[str, frozenset[Surface]]] = {
    **dict.fromkeys(("section", "header", "divider", "context", "actions", "image", "rich_text"), frozenset(Surface)),
    "input": frozenset({Surface.MODAL, Surface.HOME}),  # [O] an update of the message would lose a half-filled field
    "table": frozenset({Surface.MESSAGE, Surface.HOME}),  # [P]
    "markdown": frozenset({Surface.MESSAGE}),  # [P]
    "alert": frozenset({Surface.MODAL}),  # [P]
    "context_actions": frozenset({Surface.MESSAGE}),  # [P]
}
_MENUS: Final = frozenset(
    {
        "static_select",
        "users_select",
        "conversations_select",
        "datepicker",
        "timepicker",
        "checkboxes",
        "radio_buttons",
    }
)
_MULTI_MENUS: Final = frozenset({"multi_static_select", "multi_users_select", "multi_external_select"})
_IN_ACTIONS: Final = _MENUS | {"button", "overflow"}  # multi-selects are refused here [T]
_IN_CONTEXT_ACTIONS: Final = frozenset({"feedback_buttons"})  # icon buttons too, which we have none of
_IN_SECTION: Final = _IN_ACTIONS | _MULTI_MENUS | {"image"}
_IN_INPUT: Final = _MENUS | _MULTI_MENUS | {"plain_text_input", "number_input", "url_text_input"}
_CHECKED_AS: Final = {"multi_static_select": "static_select", "radio_buttons": "checkboxes"} | dict.fromkeys(
    ("divider", "users_select", "multi_users_select", "conversations_select", "multi_external_select"), "anything"
)
_RICH_PARTS: Final = frozenset({"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"})
_CELLS: Final = frozenset({"raw_text", "raw_number", "rich_text"})
_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]|:[a-z0-9_+-]*[a-z][a-z0-9_+-]*:")


class _Look:
    """One walk over one payload, collecting faults and the sums that count over all of its blocks."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.faults: list[str] = []
        self.markdown_text = self.table_text = self.tables = self.primary_buttons = 0

    # Whole payloads

    def at_message(self, payload: Mapping[str, Any]) -> None:
        text = payload.get("text")
        if not isinstance(text, str) or not text.strip():
            self.says("text", "missing: notifications and screen readers need it")
        else:
            self.length("text", text, MESSAGE_TEXT)
        if (metadata := payload.get("metadata")) is not None and (size := _size(metadata)) > METADATA_BYTES:
            self.says("metadata", f"{size:,} bytes, at most {METADATA_BYTES:,}")

    def at_view(self, view: Mapping[str, Any]) -> None:
        modal = self.surface is Surface.MODAL
        if view.get("type") != (expected := "modal" if modal else "home"):
            self.says("type", f"{view.get('type')!r}, but {self.surface.value} is {expected!r}")
        if modal:
            for field in ("title", *(view.keys() & {"submit", "close"})):
                self.plain(field, view.get(field), MODAL_TITLE)
        for field, most in (("private_metadata", PRIVATE_METADATA), ("callback_id", ID), ("external_id", ID)):
            self.length(field, view.get(field, ""), most)
        blocks = view.get("blocks")
        if modal and "submit" not in view and isinstance(blocks, list) and any(_type(b) == "input" for b in blocks):
            self.says("submit", "missing: a modal with an input needs it")
        if (size := _size(view)) > VIEW_BYTES:
            self.says("view", f"{size:,} bytes, at most {VIEW_BYTES:,}")

    def at_blocks(self, blocks: object, most: int) -> None:
        seen: dict[object, str] = {}
        for path, block in self.items("blocks", blocks, most):
            kind = _type(block)
            if kind not in _SURFACES:
                self.says(path, f"{kind!r} is no block we know the limits of")
                continue
            if self.surface not in _SURFACES[kind]:
                self.says(path, f"{kind} does not belong in {self.surface.value}")
            block_id = block.get("block_id")
            if block_id is not None:
                self.length(f"{path}.block_id", block_id, ID)
                if (first := seen.setdefault(str(block_id), path)) != path:
                    self.says(f"{path}.block_id", f"the same as that of {first}")
            _LOOKS[kind](self, path, block)
        for what, count, allowed in (
            ("primary buttons", self.primary_buttons, PRIMARY_BUTTONS),
            ("characters of markdown", self.markdown_text, MARKDOWN_TEXT),
            ("tables", self.tables, TABLES),
            ("characters in tables", self.table_text, TABLE_TEXT),
        ):
            if count > allowed:
                self.says("blocks", f"{count:,} {what}, at most {allowed:,}")

    # Blocks

    def section(self, path: str, block: Mapping[str, Any]) -> None:
        text, fields = block.get("text"), block.get("fields")
        if text is not None or fields is None:
            self.text(f"{path}.text", text, SECTION_TEXT)
        if fields is not None:
            for at, field in self.items(f"{path}.fields", fields, SECTION_FIELDS):
                self.text(at, field, SECTION_FIELD)
        if (accessory := block.get("accessory")) is not None:
            self.element(f"{path}.accessory", accessory, _IN_SECTION, "beside a section")

    def header(self, path: str, block: Mapping[str, Any]) -> None:
        self.plain(f"{path}.text", block.get("text"), HEADER_TEXT)

    def context(self, path: str, block: Mapping[str, Any]) -> None:
        for at, element in self.items(f"{path}.elements", block.get("elements"), CONTEXT_ELEMENTS):
            if _type(element) == "image":
                self.image(at, element)
            else:
                self.text(at, element, CONTEXT_TEXT)

    def actions(self, path: str, block: Mapping[str, Any]) -> None:
        seen: dict[object, str] = {}
        for at, element in self.items(f"{path}.elements", block.get("elements"), ACTIONS_ELEMENTS):
            self.element(at, element, _IN_ACTIONS, "in an actions row")
            if isinstance(element, Mapping) and (first := seen.setdefault(str(element.get("action_id")), at)) != at:
                self.says(f"{at}.action_id", f"the same as that of {first}")

    def context_actions(self, path: str, block: Mapping[str, Any]) -> None:
        for at, element in self.items(f"{path}.elements", block.get("elements"), CONTEXT_ACTIONS):
            self.element(at, element, _IN_CONTEXT_ACTIONS, "among context actions")

    def input(self, path: str, block: Mapping[str, Any]) -> None:
        self.plain(f"{path}.label", block.get("label"), INPUT_LABEL)
        if "hint" in block:
            self.plain(f"{path}.hint", block["hint"], INPUT_HINT)
        self.element(f"{path}.element", block.get("element"), _IN_INPUT, "in an input")

    def image(self, path: str, block: Mapping[str, Any]) -> None:
        if "slack_file" not in block:
            self.words(f"{path}.image_url", block.get("image_url"), IMAGE_URL)
        self.words(f"{path}.alt_text", block.get("alt_text"), IMAGE_ALT)
        if (title := block.get("title")) is not None:
            self.plain(f"{path}.title", title, IMAGE_ALT)

    def rich_text(self, path: str, block: Mapping[str, Any]) -> None:
        for at, part in self.items(f"{path}.elements", block.get("elements"), None):
            kind = _type(part)
            if kind not in _RICH_PARTS:
                self.says(at, f"{kind!r} is no part of rich text")
                continue
            for below, node in self.items(f"{at}.elements", part.get("elements"), None):
                if _type(node) == "text":
                    self.words(f"{below}.text", node.get("text"), SECTION_TEXT)

    def table(self, path: str, block: Mapping[str, Any]) -> None:
        self.tables += 1
        for at, row in self.items(f"{path}.rows", block.get("rows"), TABLE_ROWS):
            for below, cell in self.items(at, row, TABLE_CELLS):
                kind = _type(cell)
                if kind not in _CELLS:
                    self.says(below, f"{kind!r} is no table cell")
                elif kind == "raw_text":
                    self.table_text += len(self.words(f"{below}.text", cell.get("text"), TABLE_TEXT))
                elif kind == "rich_text":
                    self.table_text += sum(len(text) for text in _rich_words(cell))
        if (settings := block.get("column_settings")) is not None:
            self.items(f"{path}.column_settings", settings, TABLE_CELLS)

    def markdown(self, path: str, block: Mapping[str, Any]) -> None:
        self.markdown_text += len(self.words(f"{path}.text", block.get("text"), MARKDOWN_TEXT))

    def alert(self, path: str, block: Mapping[str, Any]) -> None:
        self.text(f"{path}.text", block.get("text"), ALERT_TEXT)

    # Elements

    def element(self, path: str, element: object, allowed: frozenset[str], where: str) -> None:
        if not isinstance(element, Mapping):
            self.says(path, "missing")
            return
        kind = _type(element)
        if kind not in allowed:
            self.says(path, f"{kind!r} is not allowed {where}")
            return
        if kind == "image":
            self.image(path, element)
            return
        self.words(f"{path}.action_id", element.get("action_id"), ID)
        if (placeholder := element.get("placeholder")) is not None:
            self.plain(f"{path}.placeholder", placeholder, PLACEHOLDER)
        if isinstance(confirm := element.get("confirm"), Mapping):
            self.confirm(f"{path}.confirm", confirm)
        _LOOKS[kind](self, path, element)

    def button(self, path: str, element: Mapping[str, Any]) -> None:
        label = self.plain(f"{path}.text", element.get("text"), BUTTON_TEXT)
        if (":" in label or not label.isascii()) and _EMOJI.search(label):
            self.says(f"{path}.text", "an emoji in a button")
        for field, most in (("value", BUTTON_VALUE), ("url", BUTTON_URL), ("accessibility_label", ACCESSIBILITY_LABEL)):
            if (content := element.get(field)) is not None:
                self.length(f"{path}.{field}", content, most)
        style = element.get("style")
        if style == "primary":
            self.primary_buttons += 1
        elif style is not None and style != "danger":
            self.says(f"{path}.style", f"{style!r}, only 'primary' and 'danger' exist")

    def feedback_buttons(self, path: str, element: Mapping[str, Any]) -> None:
        for field in ("positive_button", "negative_button"):
            if not isinstance(one := element.get(field), Mapping):
                self.says(f"{path}.{field}", "missing")
                continue
            self.plain(f"{path}.{field}.text", one.get("text"), BUTTON_TEXT)
            self.words(f"{path}.{field}.value", one.get("value"), BUTTON_VALUE)
            self.length(f"{path}.{field}.accessibility_label", one.get("accessibility_label"), ACCESSIBILITY_LABEL)

    def static_select(self, path: str, element: Mapping[str, Any]) -> None:
        if (groups := element.get("option_groups")) is None:
            values = self.choices(f"{path}.options", element.get("options"), SELECT_OPTIONS, plain=True)
        else:
            values = set()
            for at, group in self.items(f"{path}.option_groups", groups, SELECT_OPTIONS):
                if isinstance(group, Mapping):
                    self.plain(f"{at}.label", group.get("label"), OPTION_TEXT)
                    values |= self.choices(f"{at}.options", group.get("options"), SELECT_OPTIONS, plain=True)
        self.initial(path, element, values)

    def checkboxes(self, path: str, element: Mapping[str, Any]) -> None:
        values = self.choices(f"{path}.options", element.get("options"), CHOICE_OPTIONS, plain=False)
        self.initial(path, element, values)

    def overflow(self, path: str, element: Mapping[str, Any]) -> None:
        self.choices(f"{path}.options", element.get("options"), OVERFLOW_OPTIONS, plain=True)

    def datepicker(self, path: str, element: Mapping[str, Any]) -> None:
        day = element.get("initial_date")
        if day is not None and not (isinstance(day, str) and _DAY.fullmatch(day)):
            self.says(f"{path}.initial_date", f"{day!r} is not a day like 2026-11-23")

    def timepicker(self, path: str, element: Mapping[str, Any]) -> None:
        day_time = element.get("initial_time")
        if day_time is not None and not (isinstance(day_time, str) and _TIME.fullmatch(day_time)):
            self.says(f"{path}.initial_time", f"{day_time!r} is no time such as 09:30")

    def plain_text_input(self, path: str, element: Mapping[str, Any]) -> None:
        least, most = element.get("min_length", 0), element.get("max_length", TEXT_INPUT)
        if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= most and 1 <= most <= TEXT_INPUT):
            self.says(path, f"from {least!r} to {most!r} characters, it goes from 0 to {TEXT_INPUT:,}")
            most = TEXT_INPUT
        self.length(f"{path}.initial_value", element.get("initial_value", ""), most)

    def number_input(self, path: str, element: Mapping[str, Any]) -> None:
        if not isinstance(element.get("is_decimal_allowed"), bool):
            self.says(f"{path}.is_decimal_allowed", "missing")
        numbers: dict[str, float] = {}
        for field in ("min_value", "initial_value", "max_value"):
            if (number := element.get(field)) is None:
                continue
            if not (isinstance(number, str) and _NUMBER.fullmatch(number)):
                self.says(f"{path}.{field}", f"{number!r} is not a number written as text")
                return
            numbers[field] = float(number)
        in_order = list(numbers.values())
        if in_order != sorted(in_order):
            self.says(path, f"out of order: {', '.join(f'{field} {number:g}' for field, number in numbers.items())}")

    def url_text_input(self, path: str, element: Mapping[str, Any]) -> None:
        self.length(f"{path}.initial_value", element.get("initial_value", ""), TEXT_INPUT)

    def anything(self, path: str, part: Mapping[str, Any]) -> None:
        """It has no limits of its own."""

    def choices(self, path: str, options: object, most: int, *, plain: bool) -> set[object]:
        values: set[object] = set()
        for at, option in self.items(path, options, most):
            if not isinstance(option, Mapping):
                self.says(at, "not an option")
                continue
            for field, longest in (("text", OPTION_TEXT), ("description", OPTION_DESCRIPTION)):
                if (text := option.get(field)) is not None or field == "text":
                    (self.plain if plain else self.text)(f"{at}.{field}", text, longest)
            value = self.words(f"{at}.value", option.get("value"), OPTION_VALUE)
            if value in values:
                self.says(f"{at}.value", f"{value!r} twice: nobody could tell which was chosen")
            values.add(value)
        return values

    def initial(self, path: str, element: Mapping[str, Any], values: set[object]) -> None:
        if element.get("initial_options") == []:
            self.says(f"{path}.initial_options", "empty: leave it out")
        one, many = element.get("initial_option"), element.get("initial_options")
        for chosen in (*(() if one is None else (one,)), *(many if isinstance(many, list) else ())):
            if not isinstance(chosen, Mapping) or str(chosen.get("value")) not in values:
                self.says(f"{path}.initial_option", "not one of the options")

    def confirm(self, path: str, confirm: Mapping[str, Any]) -> None:
        self.text(f"{path}.text", confirm.get("text"), CONFIRM_TEXT)
        for field, most in (("title", CONFIRM_TITLE), ("confirm", CONFIRM_BUTTON), ("deny", CONFIRM_BUTTON)):
            self.plain(f"{path}.{field}", confirm.get(field), most)

    # Smallest parts

    def says(self, path: str, fault: str) -> None:
        self.faults.append(f"{path}: {fault}")

    def length(self, path: str, text: object, most: int) -> str:
        if not isinstance(text, str):
            if text is not None:
                self.says(path, f"{type(text).__name__}, not text")
            return ""
        if len(text) > most:
            self.says(path, f"{len(text):,} characters, at most {most:,}")
        return text

    def words(self, path: str, text: object, most: int) -> str:
        if text is None or text == "":
            self.says(path, "missing or empty")
        return self.length(path, text, most)

    def text(self, path: str, text: object, most: int, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")) -> str:
        if not isinstance(text, Mapping) or text.get("type") not in kinds:
            self.says(path, f"missing, or not a text object of type {' or '.join(kinds)}")
            return ""
        return self.words(path, text.get("text"), most)

    def plain(self, path: str, text: object, most: int) -> str:
        return self.text(path, text, most, ("plain_text",))

    def items(self, path: str, items: object, most: int | None) -> Iterator[tuple[str, Any]]:
        """The members with their paths, after a word about a list that is no list, empty or too long."""
        if not isinstance(items, list | tuple):
            self.says(path, "missing, or no list")
            return iter(())
        if not items and (path != "blocks" or self.surface is not Surface.HOME):
            self.says(path, "empty")
        if most is not None and len(items) > most:
            self.says(path, f"{len(items)} of them, at most {most}")
        return ((f"{path}[{number}]", item) for number, item in enumerate(items))


def _type(part: object) -> str:
    kind = part.get("type") if isinstance(part, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _size(payload: object) -> int:
    return len(json.dumps(payload, default=str))


def _rich_words(part: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(text := part.get("text"), str):
        yield text
    for below in part.get("elements") or ():
        yield from _rich_words(below)


_LOOKS: Final[Mapping[str, Callable[[_Look, str, Mapping[str, Any]], None]]] = {
    kind: getattr(_Look, _CHECKED_AS.get(kind, kind))
    for kind in _SURFACES.keys() | _IN_SECTION | _IN_INPUT | _IN_CONTEXT_ACTIONS
}
