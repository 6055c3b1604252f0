"""What a person chose, typed or left empty, as Slack reports it. Options come from the block: no click invents one.

Those of an external select came from the bot, a moment ago and not from the block; of them only the form is looked at.
"""

import re
from datetime import datetime
from typing import Any

from bot.playground.block_check import option_problems
from bot.playground.block_kit import VALUE_KEY, Json, elements, find_element, is_input, options_of
from bot.playground.records import SlackError


def chosen_action(blocks: list[Json], given: Json, *, at: datetime) -> Json:
    """The `actions[0]` of a click: ids from the page, everything else from the block itself."""
    found = find_element(blocks, given.get("block_id", ""), given.get("action_id", ""))
    if found is None:
        raise SlackError("action_not_found")
    element = found[1]
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": given["block_id"],
        "action_ts": f"{at.timestamp():.6f}",
    }
    if element["type"] == "overflow":
        action["selected_option"] = _option(element, given.get("selected_option"))
    elif element["type"] == "feedback_buttons":
        both = [element.get("positive_button") or {}, element.get("negative_button") or {}]
        pressed = next((one for one in both if one.get("value") == given.get("value")), None)
        if pressed is None:
            raise SlackError("action_not_found")
        action |= {"value": pressed["value"], "text": pressed["text"]}
    elif element["type"] in VALUE_KEY:
        action[VALUE_KEY[element["type"]]] = _value(element, given)
    return action | {
        name: element[name]
        for name in ("text", "value", "style", "placeholder")
        if name in element and name not in action
    }


def filled_state(blocks: list[Json], given: Json) -> Json:
    """The values of every stateful element: what the page says, else what the block began with."""
    values: Json = {}
    for top in blocks:
        for block, element in elements(top):
            if element["type"] in VALUE_KEY:
                said = (given.get(block["block_id"]) or {}).get(element["action_id"])
                key = VALUE_KEY[element["type"]]
                said = said if isinstance(said, dict) else {key: _initial(element)}
                values.setdefault(block["block_id"], {})[element["action_id"]] = {
                    "type": element["type"],
                    key: _value(element, said),
                }
    return values


def unfilled(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack itself refuses before the bot hears of a submit, in Slack's words, by block id."""
    wrong: dict[str, str] = {}
    for block in blocks:
        if not is_input(block):
            continue
        element = block["element"]
        value = values[block["block_id"]][element["action_id"]][VALUE_KEY[element["type"]]]
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = "Please complete this required field."
        elif element["type"] == "plain_text_input" and len(value) > (most := element.get("max_length", 3000)):
            wrong[block["block_id"]] = f"Must be at most {most} characters."
        elif element["type"] == "plain_text_input" and len(value) < (least := element.get("min_length", 0)):
            wrong[block["block_id"]] = f"Must be at least {least} characters."
        elif element["type"] == "number_input" and not _number_fits(element, value):
            low, high = element.get("min_value"), element.get("max_value")
            between = " and ".join(part for part in (low and f"at least {low}", high and f"at most {high}") if part)
            wrong[block["block_id"]] = (
                f"Must be a {'' if element['is_decimal_allowed'] else 'whole '}number{between and f', {between}'}."
            )
        elif element["type"] == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            wrong[block["block_id"]] = "Must be an email address."
        elif element["type"] == "url_text_input" and not re.fullmatch(r"https?://\S+", value):
            wrong[block["block_id"]] = "Must be a URL."
    return wrong


def _number_fits(element: Json, value: str) -> bool:
    if not re.fullmatch(r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+", value):
        return False
    low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
    return low <= float(value) <= high


def _initial(element: Json) -> Any:
    key = VALUE_KEY[element["type"]].replace("selected_", "")
    many: dict[str, list[str]] = {"options": [], "users": [], "channels": [], "conversations": [], "files": []}
    return element.get(f"initial_{key}", many.get(key))


def _value(element: Json, given: Json) -> Any:
    key = VALUE_KEY[element["type"]]
    value = given.get(key)
    if key == "selected_option":
        return _option(element, value) if value else None
    if key == "selected_options":
        return [_option(element, one) for one in value or []]
    if key == "value" and value is not None:
        return str(value) or None  # Slack sends null for an input that was emptied
    return value


def _option(element: Json, given: Any) -> Json:
    if not isinstance(given, dict):
        raise SlackError("option_not_found")
    if element["type"].endswith("external_select"):
        if option_problems(given):
            raise SlackError("option_not_found")
        return given
    for option in options_of(element):
        if option.get("value") == given.get("value"):
            return option
    raise SlackError("option_not_found")
