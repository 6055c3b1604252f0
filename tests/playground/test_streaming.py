"""Messages that grow in view, as Slack's own client library meets them, and the buttons people judge them by."""

from typing import Any

import pytest

from bot.playground.block_check import message_problems
from tests.playground.test_web_api import refused
from tests.playground.town import Town


async def begun(town: Town, channel: str = "DBEN", **more: Any) -> tuple[str, str]:
    first = await town.slack.chat_postMessage(channel=channel, text="hello")
    answer = await town.slack.chat_startStream(channel=first["channel"], thread_ts=first["ts"], **more)
    return str(answer["channel"]), str(answer["ts"])


async def test_a_message_grows_and_its_blocks_come_at_the_end(town: Town):
    channel, ts = await begun(town, "UBEN", markdown_text="One")
    await town.slack.chat_appendStream(channel=channel, ts=ts, markdown_text=" and **two**")
    blocks = [{"type": "divider"}]
    await town.slack.chat_stopStream(channel=channel, ts=ts, markdown_text=".", blocks=blocks)
    message = town.workspace.message(channel, ts)
    assert message.text == "One and **two**."
    assert [block["type"] for block in message.blocks] == ["markdown", "divider"]


async def test_until_it_is_stopped_it_cannot_be_changed_and_after_that_not_added_to(town: Town):
    channel, ts = await begun(town, "UBEN", markdown_text="One")
    assert await refused(town.slack.chat_update(channel=channel, ts=ts, text="x")) == "streaming_state_conflict"
    await town.slack.chat_stopStream(channel=channel, ts=ts)
    late = town.slack.chat_appendStream(channel=channel, ts=ts, markdown_text="x")
    assert await refused(late) == "message_not_in_streaming_state"
    assert await refused(town.slack.chat_stopStream(channel=channel, ts=ts)) == "message_not_in_streaming_state"
    await town.slack.chat_update(channel=channel, ts=ts, text="changed")


async def test_what_slack_refuses(town: Town):
    channel, ts = await begun(town, "UBEN")
    assert await refused(town.slack.chat_appendStream(channel=channel, ts=ts, markdown_text="")) == "no_text"
    long = town.slack.chat_appendStream(channel=channel, ts=ts, markdown_text="x" * 12_001)
    assert await refused(long) == "msg_too_long"
    wrong = town.slack.chat_stopStream(channel=channel, ts=ts, blocks=[{"type": "nothing"}])
    assert await refused(wrong) == "invalid_blocks"
    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="hello")
    start = town.slack.chat_startStream(channel="CGENERAL", thread_ts=posted["ts"])
    assert await refused(start) == "missing_recipient_user_id"


def judged(**changed: Any) -> dict[str, Any]:
    both = {
        name: {"text": {"type": "plain_text", "text": name}, "value": name}
        for name in ("positive_button", "negative_button")
    }
    return {
        "type": "context_actions",
        "block_id": "judged",
        "elements": [{"type": "feedback_buttons", "action_id": "say"} | both | changed],
    }


async def test_a_pressed_feedback_button_sends_its_own_value(town: Town):
    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="x", blocks=[judged()])
    where = {"channel": "CGENERAL", "message_ts": posted["ts"], "block_id": "judged", "action_id": "say"}
    await town.act("click", "UBEN", **where, value="negative_button")
    (action,) = town.last("block_actions")["actions"]
    assert (action["type"], action["value"]) == ("feedback_buttons", "negative_button")


@pytest.mark.parametrize("wrong", [{"positive_button": None}, {"negative_button": {"text": {"type": "mrkdwn"}}}])
def test_feedback_buttons_that_slack_would_refuse(wrong: dict[str, Any]):
    assert message_problems([judged()]) == []
    assert message_problems([judged(**wrong)])
