"""What Slack would refuse in blocks and views, in its own words.

Pure; it never repairs anything.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.playground.block_kit import VALUE_KEY, Json, dicts, elements, is_input, options_of

MESSAGE_BLOCKS, VIEW_BLOCKS, VIEW_BYTES = 50, 100, 250_000

_WITH_OPTIONS = {"static_select": 100, "multi_static_select": 100, "checkboxes": 10, "radio_buttons": 10, "overflow": 5}

_EVERYWHERE = {
    "section", "divider", "image", "actions", "context", "rich_text", "header", "video", "container", "card",
    "carousel",
}  # fmt: skip
_ALLOWED = {
    "message": _EVERYWHERE | {"markdown", "file", "call", "table", "data_table", "data_visualization", "plan",
    "task_card", "context_actions"},
    "modal": _EVERYWHERE | {"input", "alert"},
    "home": _EVERYWHERE | {"input", "table", "data_table", "data_visualization"},
}  # fmt: skip
# Slack refuses multi-selects and text inputs among actions: they belong to a section's side or an input block.
_IN_ACTIONS = {
    "button", "static_select", "external_select", "users_select", "channels_select", "conversations_select",
    "overflow", "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons", "workflow_button",
}  # fmt: skip
_MANY = {kind for kind in VALUE_KEY if kind.startswith("multi_")}
_BESIDE_SECTION = _IN_ACTIONS - {"datetimepicker"} | _MANY | {"image"}
_IN_CONTEXT_ACTIONS = {"feedback_buttons", "icon_button"}
_RICH = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
_RICH_INLINE = {"text", "link", "user", "channel", "usergroup", "broadcast", "emoji", "date", "color", "team"}
_INITIAL = {
    "datepicker": ("initial_date", r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "timepicker": ("initial_time", r"([01]\d|2[0-3]):[0-5]\d"),
}
_NUMBER = r"-?\d+(\.\d+)?"


def message_problems(blocks: Any) -> list[str]:
    """Everything Slack would refuse in the blocks of a message; an empty list when there is nothing."""
    check = _Check("message")
    check.blocks(blocks, "/blocks", MESSAGE_BLOCKS)
    return check.found


def view_problems(view: Any) -> list[str]:
    """Everything Slack would refuse in a modal or a home view."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["[ERROR] unsupported type: a view is a modal or a home [json-pointer:/view/type]"]
    check = _Check(view["type"])
    check.blocks(view.get("blocks"), "/view/blocks", VIEW_BLOCKS)
    if view["type"] == "modal":
        check.text(view.get("title"), "/view/title", 24, plain=True)
        for name in ("submit", "close"):
            check.text(view.get(name), f"/view/{name}", 24, plain=True, required=False)
        if not view.get("submit") and any(is_input(block) for block in dicts(view.get("blocks"))):
            check.say("a `submit` is required when there is an `input` block", "/view/submit")
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        check.string(view.get(name), f"/view/{name}", most)
    return check.found


def suggestion_problems(answer: Any) -> list[str]:
    """Everything Slack would refuse in a bot's answer to block_suggestion."""
    if not isinstance(answer, dict):
        return ["[ERROR] must provide options or option_groups [json-pointer:/]"]
    check = _Check("modal")
    if answer.get("option_groups") is None and isinstance(answer.get("options"), list) and not answer["options"]:
        return []  # nothing found is an answer too
    check._options({**answer, "type": "static_select"}, "")
    return check.found


def option_problems(option: Any) -> list[str]:
    """Everything Slack would refuse in one option of a select."""
    check = _Check("modal")
    check.option(option if isinstance(option, dict) else {}, "/option", plain=True)
    return check.found


@dataclass
class _Check:
    surface: str
    found: list[str] = field(default_factory=list)

    def say(self, what: str, where: str) -> None:
        self.found.append(f"[ERROR] {what} [json-pointer:{where}]")

    def string(self, value: Any, where: str, most: int, *, required: bool = False, least: int = 0) -> None:
        if value is None:
            if required:
                self.say(f"missing required field: {where.rsplit('/', 1)[1]}", where.rsplit("/", 1)[0])
        elif not isinstance(value, str):
            self.say("must provide a string", where)
        elif len(value) > most:
            self.say(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            self.say(f"must be more than {least - 1} characters", where)

    def text(self, value: Any, where: str, most: int, *, plain: bool = False, required: bool = True) -> None:
        if value is None:
            if required:
                self.say(f"missing required field: {where.rsplit('/', 1)[1]}", where.rsplit("/", 1)[0])
            return
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        if value.get("type") not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            self.say(f"unsupported type: {value.get('type')}", f"{where}/type")
        self.string(value.get("text"), f"{where}/text", most, required=True, least=1)

    def items(self, value: Any, where: str, most: int, *, least: int = 1, of: type = dict) -> list[Json]:
        if not isinstance(value, list):
            self.say("must provide an array", where)
            return []
        if len(value) > most:
            self.say(f"no more than {most} items allowed", where)
        if len(value) < least:
            self.say(f"no less than {least} items allowed", where)
        if not all(isinstance(item, of) for item in value):
            self.say("must provide an array" if of is list else "must provide an object", where)
        return dicts(value)

    def blocks(self, blocks: Any, where: str, most: int) -> None:
        seen: set[str] = set()
        focused = 0
        for number, block in enumerate(self.items(blocks, where, most, least=0)):
            here = f"{where}/{number}"
            self.block(block, here)
            block_id = block.get("block_id")
            self.string(block_id, f"{here}/block_id", 255)
            if isinstance(block_id, str) and block_id in seen:
                self.say(f"`block_id` {block_id!r} already exists for another block", f"{here}/block_id")
            seen.update([block_id] if isinstance(block_id, str) else [])
            ids = [element.get("action_id") for _, element in elements(block) if element.get("action_id")]
            for twice in sorted({str(one) for one in ids if ids.count(one) > 1}):
                self.say(f"`action_id` {twice!r} already exists in this block", here)
            focused += sum(bool(element.get("focus_on_load")) for _, element in elements(block))
        if focused > 1:
            self.say("only one element may have `focus_on_load`", where)
        self._sums(dicts(blocks), where)

    def _sums(self, blocks: list[Json], where: str) -> None:
        def of(kind: str) -> list[Json]:
            return [block for block in blocks if block.get("type") == kind]

        if sum(len(str(block.get("text", ""))) for block in of("markdown")) > 12_000:
            self.say("all markdown blocks together must be less than 12001 characters", where)
        if len(of("table")) > 1:
            self.say("only one table allowed", where)
        for kind, most in (("table", 10_000), ("data_table", 20_000)):
            if sum(_characters(block.get("rows")) for block in of(kind)) > most:
                self.say(f"all cells of {kind} together must be less than {most + 1} characters", where)
        if len(of("data_visualization")) > 2:
            self.say("no more than 2 data_visualization blocks allowed", where)

    def block(self, block: Json, here: str) -> None:
        kind = str(block.get("type"))
        if kind not in _ALLOWED[self.surface]:
            self.say(f"unsupported type: {kind}", f"{here}/type")
            return
        match kind:
            case "section":
                if block.get("text") is None and not block.get("fields"):
                    self.say("missing required field: text", here)
                self.text(block.get("text"), f"{here}/text", 3000, required=False)
                if (accessory := block.get("accessory")) is not None:
                    self.kind(accessory, f"{here}/accessory", _BESIDE_SECTION)
                    if isinstance(accessory, dict) and accessory.get("type") == "image":
                        self._image(accessory, f"{here}/accessory")
                if block.get("fields") is not None:
                    for number, cell in enumerate(self.items(block["fields"], f"{here}/fields", 10)):
                        self.text(cell, f"{here}/fields/{number}", 2000)
            case "header":
                self.text(block.get("text"), f"{here}/text", 150, plain=True)
            case "image":
                self._image(block, here)
                self.text(block.get("title"), f"{here}/title", 2000, plain=True, required=False)
            case "context":
                for number, part in enumerate(self.items(block.get("elements"), f"{here}/elements", 10)):
                    if part.get("type") == "image":
                        self._image(part, f"{here}/elements/{number}")
                    else:
                        self.text(part, f"{here}/elements/{number}", 3000)
            case "actions":
                for number, element in enumerate(self.items(block.get("elements"), f"{here}/elements", 25)):
                    self.kind(element, f"{here}/elements/{number}", _IN_ACTIONS)
            case "context_actions":
                for number, element in enumerate(self.items(block.get("elements"), f"{here}/elements", 5)):
                    self.kind(element, f"{here}/elements/{number}", _IN_CONTEXT_ACTIONS)
            case "input":
                self.text(block.get("label"), f"{here}/label", 2000, plain=True)
                self.text(block.get("hint"), f"{here}/hint", 2000, plain=True, required=False)
                if block.get("element") is None:
                    self.say("missing required field: element", here)
                else:
                    self.kind(block["element"], f"{here}/element", set(VALUE_KEY))
            case "markdown":
                self.string(block.get("text"), f"{here}/text", 12_000, required=True, least=1)
            case "rich_text":
                self._rich(block, here)
            case "table" | "data_table":
                self._table(block, here, data=kind == "data_table")
            case "alert":
                self.text(block.get("text"), f"{here}/text", 200)
            case "card":
                self.items(block.get("actions", []), f"{here}/actions", 3, least=0)
        for _, element in elements(block):
            self.element(element, f"{here}/{element.get('action_id', element.get('type'))}")

    def kind(self, node: Any, where: str, allowed: set[str]) -> None:
        kind = node.get("type") if isinstance(node, dict) else None
        if not isinstance(kind, str) or kind not in allowed:
            self.say(f"unsupported type: {kind}", f"{where}/type")

    def _rich(self, block: Json, here: str) -> None:
        for number, part in enumerate(self.items(block.get("elements"), f"{here}/elements", 1000, least=0)):
            where = f"{here}/elements/{number}"
            self.kind(part, where, _RICH)
            inside = self.items(part.get("elements"), f"{where}/elements", 1000, least=0)
            if part.get("type") == "rich_text_list":
                if part.get("style") not in ("bullet", "ordered"):
                    self.say(f"unsupported style: {part.get('style')}", f"{where}/style")
                self.whole(part, "indent", where, 0, 8)
                for item in inside:
                    self.kind(item, where, {"rich_text_section"})
                inside = [leaf for item in inside for leaf in self.items(item.get("elements"), where, 1000, least=0)]
            for leaf in inside:
                self.kind(leaf, where, _RICH_INLINE)
                if leaf.get("type") == "text":
                    self.string(leaf.get("text"), f"{where}/text", 12_000, required=True, least=1)

    def _table(self, block: Json, here: str, *, data: bool) -> None:
        if data:
            self.string(block.get("caption"), f"{here}/caption", 3000, required=True, least=1)
            self.whole(block, "page_size", here, 1, 100)
            self.whole(block, "row_header_column_index", here, 0, 19)
        self.items(block.get("rows"), f"{here}/rows", 201 if data else 100, least=2 if data else 1, of=list)
        rows = [row for row in block["rows"] if isinstance(row, list)] if isinstance(block.get("rows"), list) else []
        for number, row in enumerate(rows):
            # A plain table takes no numbers, says its page; the header of a data table takes words and numbers only.
            allowed = {"raw_text"} | ({"raw_number"} if data else set())
            for cell in self.items(row, f"{here}/rows/{number}", 20):
                self.kind(cell, f"{here}/rows/{number}", allowed | ({"rich_text"} if number or not data else set()))
                if cell.get("type") == "raw_text":
                    self.string(cell.get("text"), f"{here}/rows/{number}/text", 10_000, required=True, least=1)
                elif cell.get("type") == "rich_text":
                    self._rich(cell, f"{here}/rows/{number}")
        if data and len({len(row) for row in rows}) > 1:
            self.say("all rows must have the same number of cells", f"{here}/rows")
        if not data and block.get("column_settings") is not None:
            settings = block["column_settings"]
            for number, setting in enumerate(self.items(settings, f"{here}/column_settings", 20)):
                if setting.get("align", "left") not in ("left", "center", "right"):
                    self.say(f"unsupported align: {setting['align']}", f"{here}/column_settings/{number}/align")
                if not isinstance(setting.get("is_wrapped", False), bool):
                    self.say("must be a boolean", f"{here}/column_settings/{number}/is_wrapped")

    def whole(self, node: Json, name: str, where: str, least: int, most: int) -> None:
        """A whole number that may be left out."""
        if name in node and not (type(node[name]) is int and least <= node[name] <= most):
            self.say(f"{name} must be a whole number from {least} to {most}", f"{where}/{name}")

    def _image(self, image: Json, here: str) -> None:
        shown = image.get("slack_file")
        if shown is not None and image.get("image_url") is not None:
            self.say("only one of image_url and slack_file is allowed", here)
        elif shown is not None:
            if not isinstance(shown, dict) or len({"id", "url"} & shown.keys()) != 1:
                self.say("a slack_file has an id or a url", f"{here}/slack_file")
        else:
            self.string(image.get("image_url"), f"{here}/image_url", 3000, required=True)
        self.string(image.get("alt_text"), f"{here}/alt_text", 2000, required=True)

    def element(self, element: Json, here: str) -> None:
        kind = element["type"]
        self.string(element.get("action_id"), f"{here}/action_id", 255)
        self.text(element.get("placeholder"), f"{here}/placeholder", 150, plain=True, required=False)
        self.string(element.get("accessibility_label"), f"{here}/accessibility_label", 75)
        if kind == "button":
            self.text(element.get("text"), f"{here}/text", 75, plain=True)
            self.string(element.get("value"), f"{here}/value", 2000)
            self.string(element.get("url"), f"{here}/url", 3000)
            if element.get("style") not in (None, "primary", "danger"):
                self.say(f"unsupported style: {element['style']}", f"{here}/style")
        if kind == "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                one = element.get(name)
                if not isinstance(one, dict):
                    self.say(f"missing required field: {name}", here)
                    continue
                self.text(one.get("text"), f"{here}/{name}/text", 75, plain=True)
                self.string(one.get("value"), f"{here}/{name}/value", 2000, required=True, least=1)
        if kind in _WITH_OPTIONS:
            self._options(element, here)
        if kind.endswith("external_select"):
            self.whole(element, "min_query_length", here, 0, 3000)
        if kind in _MANY:
            self.whole(element, "max_selected_items", here, 1, 100)
        if kind in _INITIAL:
            name, form = _INITIAL[kind]
            given = element.get(name)
            if given is not None and not (isinstance(given, str) and re.fullmatch(form, given)):
                self.say(f"{name} has not the right form", f"{here}/{name}")
        if kind == "datetimepicker":
            self.whole(element, "initial_date_time", here, 1_000_000_000, 9_999_999_999)
        if kind == "number_input":
            self._number(element, here)
        for name in ("min_length", "max_length"):
            if kind == "plain_text_input" and name in element and element[name] not in range(3001):
                self.say(f"{name} must be between 0 and 3000", f"{here}/{name}")
        if VALUE_KEY.get(kind, "").startswith("selected_"):
            self._initial_ids(element, here)
        self.string(element.get("initial_value"), f"{here}/initial_value", 3000)
        if isinstance(confirm := element.get("confirm"), dict):
            for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
                self.text(confirm.get(name), f"{here}/confirm/{name}", most, plain=name != "text")

    def _number(self, element: Json, here: str) -> None:
        if not isinstance(element.get("is_decimal_allowed"), bool):
            self.say("missing required field: is_decimal_allowed", here)
        given = [element.get(name) for name in ("min_value", "initial_value", "max_value")]
        numbers = [one for one in given if one is not None]
        if not all(isinstance(one, str) and re.fullmatch(_NUMBER, one) for one in numbers):
            self.say("numbers are given as strings", here)
        elif [float(one) for one in numbers] != sorted(float(one) for one in numbers):
            self.say("min_value, initial_value and max_value are out of order", here)

    def _initial_ids(self, element: Json, here: str) -> None:
        """What a select for people or conversations begins with: ids, one or a list of them."""
        name = VALUE_KEY[element["type"]].replace("selected_", "initial_")
        given = element.get(name)
        if given is None or name in ("initial_option", "initial_options", "initial_date", "initial_time"):
            return
        if name.endswith("s") and not (isinstance(given, list) and all(isinstance(one, str) for one in given)):
            self.say("must provide an array of ids", f"{here}/{name}")
        if name in ("initial_user", "initial_channel", "initial_conversation"):
            self.string(given, f"{here}/{name}", 255)

    def _options(self, element: Json, here: str) -> None:
        most, plain = _WITH_OPTIONS[element["type"]], element["type"] not in ("checkboxes", "radio_buttons")
        groups = element.get("option_groups")
        if groups is not None and element.get("options") is not None:
            self.say("only one of options and option_groups is allowed", here)
        if groups is not None:
            for number, group in enumerate(self.items(groups, f"{here}/option_groups", 100)):
                self.text(group.get("label"), f"{here}/option_groups/{number}/label", 75, plain=True)
                self.items(group.get("options"), f"{here}/option_groups/{number}/options", 100)
        else:
            self.items(element.get("options"), f"{here}/options", most)
        options = options_of(element)
        for number, option in enumerate(options):
            self.option(option, f"{here}/options/{number}", plain=plain)
        known = [option.get("value") for option in options]
        chosen = [element["initial_option"]] if element.get("initial_option") else element.get("initial_options") or []
        if any(one.get("value") not in known for one in dicts(chosen)):
            self.say("an initial option must be one of the options", here)

    def option(self, option: Json, here: str, *, plain: bool) -> None:
        self.text(option.get("text"), f"{here}/text", 75, plain=plain)
        self.string(option.get("value"), f"{here}/value", 150, required=True, least=1)
        self.text(option.get("description"), f"{here}/description", 75, plain=plain, required=False)


def _characters(rows: Any) -> int:
    """How many characters the cells of a table hold, whatever kind of cell they are."""
    if isinstance(rows, dict):
        return sum(_characters(value) for key, value in rows.items() if key != "type")
    if isinstance(rows, list):
        return sum(_characters(value) for value in rows)
    return len(rows) if isinstance(rows, str) else 0
