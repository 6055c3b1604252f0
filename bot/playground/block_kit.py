"""Block Kit as plain dicts: which elements keep a value, and how to find one's way in blocks.

Pure; what Slack would refuse in them is told by block_check.py.
"""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Under which key an element reports what was chosen; buttons and overflow menus keep no state.
VALUE_KEY = {
    "static_select": "selected_option", "external_select": "selected_option", "radio_buttons": "selected_option",
    "multi_static_select": "selected_options", "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user", "multi_users_select": "selected_users", "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels", "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations", "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time", "plain_text_input": "value", "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value", "rich_text_input": "rich_text_value", "file_input": "files",
}  # fmt: skip
_ACTING = {"button", "overflow", "workflow_button", "feedback_buttons", "icon_button"}


def is_input(block: Json) -> bool:
    """Does this block wait for something to be filled in before submit?"""
    return block.get("type") == "input"


def with_ids(blocks: list[Json], *, new_id: Any) -> list[Json]:
    """A copy in which each block and each element has its id: Slack makes up those that are missing."""
    copied: list[Json] = json.loads(json.dumps(blocks))
    for block in copied:
        block.setdefault("block_id", new_id())
        for _, element in elements(block):
            element.setdefault("action_id", new_id())
    return copied


def elements(node: Json, holder: Json | None = None) -> Iterator[tuple[Json, Json]]:
    """Every interactive element in a block, with the innermost block around it that has an id."""
    holder = node if holder is None or "block_id" in node else holder
    for key, value in node.items():
        if key in ("text", "options", "option_groups", "confirm"):
            continue
        for item in dicts(value if isinstance(value, list) else [value]):
            if str(item.get("type")) in VALUE_KEY or str(item.get("type")) in _ACTING:
                yield holder, item
            else:
                yield from elements(item, holder)


def find_element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """The block and the element a click names, or None when they are no longer there."""
    for top in blocks:
        for block, element in elements(top):
            if element.get("action_id") == action_id and block.get("block_id") == block_id:
                return top, element
    return None


def slack_files(node: Any) -> list[str]:
    """The id of every uploaded file that these blocks show as a picture, named by id or by its private address."""
    if isinstance(node, list):
        return [id for item in node for id in slack_files(item)]
    if not isinstance(node, dict):
        return []
    shown, found = node.get("slack_file"), [id for value in node.values() for id in slack_files(value)]
    if isinstance(shown, dict):
        found.append(str(shown.get("id") or str(shown.get("url") or "").partition("/files/")[2].split("/")[0]))
    return found


def options_of(element: Json) -> list[Json]:
    """All options of an element, whether they are grouped or not."""
    grouped = [option for group in dicts(element.get("option_groups")) for option in dicts(group.get("options"))]
    return dicts(element.get("options")) + grouped


def dicts(items: Any) -> list[Json]:
    """Those members of a list that are objects; of anything else, none."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
