"""Modals from opening to closing: triggers, pages, Slack's own refusals, the bot's errors, stacks."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.playground.town import Town, button, form, typed


async def opened(town: Town, view: dict[str, Any]) -> dict[str, Any]:
    """Have the bot open this view for Ana, through a command."""
    await town.slack.views_open(trigger_id=town.workspace.issue_trigger("UANA", at=town.clock()), view=view)
    modal = await town.modal()
    assert modal is not None
    return modal


async def test_two_pages_are_filled_in_and_the_last_one_closes(town: Town):
    @town.bolt.command("/try")
    async def tried(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=form("one", private_metadata="kept"))
        await ack()

    @town.bolt.view("one")
    async def first_page(ack: Any) -> None:
        await ack(response_action="update", view=form("two", block_id="second"))

    @town.bolt.view("two")
    async def second_page(ack: Any) -> None:
        await ack()

    await town.act("command", channel="CGENERAL", command="/try", text="")
    first = await town.modal()
    assert first["callback_id"] == "one"
    assert await town.modal("UBEN") is None
    assert await town.act("view_submit", view_id=first["id"], state=typed("Otter")) == {"ok": True}
    body = town.last("view_submission")
    assert body["view"]["state"]["values"] == {"name": {"typed": {"type": "plain_text_input", "value": "Otter"}}}
    assert (body["view"]["private_metadata"], body["view"]["hash"]) == ("kept", first["hash"])
    second = await town.modal()
    assert (second["id"], second["callback_id"]) == (first["id"], "two")
    assert second["hash"] != first["hash"]
    await town.act("view_submit", view_id=second["id"], state=typed("x", block_id="second"))
    assert await town.modal() is None


async def test_slack_itself_refuses_what_is_left_empty_or_too_long(town: Town):
    modal = await opened(town, form("one"))
    answer = await town.act("view_submit", view_id=modal["id"], state={})
    assert answer == {"ok": True, "errors": {"name": "Please complete this required field."}}
    await town.act("view_submit", view_id=modal["id"], state=typed("x" * 21))
    assert (await town.modal())["errors"] == {"name": "Must be at most 20 characters."}
    assert town.heard == []


async def test_the_bots_errors_are_shown_at_their_inputs(town: Town):
    @town.bolt.view("one")
    async def refused(ack: Any) -> None:
        await ack(response_action="errors", errors={"name": "We know no such tool."})

    modal = await opened(town, form("one"))
    answer = await town.act("view_submit", view_id=modal["id"], state=typed("x"))
    assert answer == {"ok": True, "errors": {"name": "We know no such tool."}}
    assert (await town.modal())["errors"] == {"name": "We know no such tool."}


async def test_errors_for_a_block_that_is_no_input_count_as_no_answer(town: Town):
    @town.bolt.view("one")
    async def refused(ack: Any) -> None:
        await ack(response_action="errors", errors={"elsewhere": "No."})

    modal = await opened(town, form("one"))
    assert (await town.act("view_submit", view_id=modal["id"], state=typed("x")))["error"] == "dispatch_failed"
    assert (await town.sees())["notices"][0]["code"] == "dispatch_failed"
    assert await town.modal() is not None


async def test_a_modal_stays_when_the_bot_does_not_answer(town: Town):
    modal = await opened(town, form("nobody_listens"))
    assert (await town.act("view_submit", view_id=modal["id"], state=typed("x")))["error"] == "dispatch_failed"
    assert (await town.modal())["id"] == modal["id"]


async def test_pushed_views_stand_on_each_other_up_to_three_and_clear_together(town: Town):
    @town.bolt.view("one")
    async def deeper(ack: Any) -> None:
        await ack(response_action="push", view=form("two", clear_on_close=True, notify_on_close=True))

    @town.bolt.view_closed("two")
    async def closed(ack: Any) -> None:
        await ack()

    modal = await opened(town, form("one"))
    await town.act("view_submit", view_id=modal["id"], state=typed("x"))
    second = await town.modal()
    assert (second["previous"], second["root_view_id"]) == (True, modal["id"])
    trigger = [town.workspace.issue_trigger("UANA", at=town.clock()) for _ in range(2)]
    await town.slack.views_push(trigger_id=trigger[0], view=form("three"))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await town.slack.views_push(trigger_id=trigger[1], view=form("four"))
    await town.act("view_close", view_id=(await town.modal())["id"])
    assert (await town.modal())["id"] == second["id"]
    assert "view_closed" not in {body["type"] for body in town.heard}
    await town.act("view_close", view_id=second["id"])
    assert await town.modal() is None
    assert town.last("view_closed")["is_cleared"] is True


async def test_a_trigger_works_once_and_for_three_seconds(town: Town):
    used = town.workspace.issue_trigger("UANA", at=town.clock())
    await town.slack.views_open(trigger_id=used, view=form("one"))
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await town.slack.views_open(trigger_id=used, view=form("one"))
    late = town.workspace.issue_trigger("UANA", at=town.clock() - timedelta(seconds=3.1))
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await town.slack.views_open(trigger_id=late, view=form("one"))
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await town.slack.views_open(trigger_id="12.34.made_up", view=form("one"))


async def test_an_update_with_an_old_hash_loses(town: Town):
    modal = await opened(town, form("one", external_id="mine"))
    await town.slack.views_update(external_id="mine", view=form("two", external_id="mine"))
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await town.slack.views_update(view_id=modal["id"], hash=modal["hash"], view=form("three"))
    with pytest.raises(SlackApiError, match="not_found"):
        await town.slack.views_update(view_id="VNONE", view=form("three"))
    assert (await town.modal())["callback_id"] == "two"


async def test_a_click_in_a_modal_brings_what_was_typed_so_far(town: Town):
    @town.bolt.action("press")
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=form("after"))
        await ack()

    view = form("one")
    modal = await opened(town, view | {"blocks": [*view["blocks"], *button("press")]})
    await town.act("view_click", view_id=modal["id"], block_id="buttons", action_id="press", state=typed("half"))
    body = town.last("block_actions")
    assert body["container"] == {"type": "view", "view_id": modal["id"]}
    assert body["view"]["state"]["values"]["name"]["typed"]["value"] == "half"
    assert "response_url" not in body
    assert (await town.modal())["callback_id"] == "after"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"submit": None}, "submit"),
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "less than 25 characters"),
        ({"private_metadata": "x" * 3001}, "private_metadata"),
        ({"type": "home"}, "a modal view is expected here"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items"),
    ],
)
async def test_a_view_slack_would_not_show_is_refused_by_name(town: Town, change: dict[str, Any], said: str):
    view = {name: value for name, value in (form("one") | change).items() if value is not None}
    trigger = town.workspace.issue_trigger("UANA", at=town.clock())
    with pytest.raises(SlackApiError) as refused:
        await town.slack.views_open(trigger_id=trigger, view=view)
    assert refused.value.response["error"] == "invalid_arguments"
    assert said in " ".join(refused.value.response["response_metadata"]["messages"])


async def test_a_select_that_asks_the_bot_for_its_options_gets_them(town: Town):
    @town.bolt.options("find")
    async def find(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": payload["value"]}, "value": "1"}])

    element = {"type": "external_select", "action_id": "find"}
    block = {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}, "element": element}
    modal = await opened(town, form("one") | {"blocks": [block]})
    answer = await town.act("options", view_id=modal["id"], block_id="who", action_id="find", value="ott")
    assert answer["options"][0]["text"]["text"] == "ott"


async def test_an_answer_with_too_many_options_counts_as_none(town: Town):
    @town.bolt.options("find")
    async def find(ack: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": "x"}, "value": str(n)} for n in range(101)])

    element = {"type": "external_select", "action_id": "find"}
    block = {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}, "element": element}
    modal = await opened(town, form("one") | {"blocks": [block]})
    answer = await town.act("options", view_id=modal["id"], block_id="who", action_id="find", value="ott")
    assert answer["error"] == "dispatch_failed"
    asked = town.last("block_suggestion")
    assert (asked["container"], asked["view"]["id"]) == ({"type": "view", "view_id": modal["id"]}, modal["id"])


async def test_an_option_that_has_not_the_form_of_one_cannot_be_chosen(town: Town):
    element = {"type": "external_select", "action_id": "find"}
    block = {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}, "element": element}
    modal = await opened(town, form("one") | {"blocks": [block]})
    state = {"who": {"find": {"selected_option": {"value": "1"}}}}
    assert (await town.act("view_submit", view_id=modal["id"], state=state))["error"] == "option_not_found"
