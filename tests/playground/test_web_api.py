"""The Web API as Slack's own client library meets it: methods, error codes, limits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse

from bot.playground.web_api import WebApi
from bot.playground.workspace import Workspace
from tests.playground.town import Town, button


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        await call
    code: str = error.value.response["error"]
    return code


async def test_only_the_bots_token_opens_the_door(town: Town):
    assert (await town.slack.auth_test())["user_id"] == "UBOT"
    client = AsyncWebClient(token="xoxb-other", base_url=town.slack.base_url)
    assert await refused(client.auth_test()) == "invalid_auth"
    client = AsyncWebClient(base_url=town.slack.base_url)
    assert await refused(client.auth_test()) == "not_authed"
    assert (await client.api_test())["ok"] is True


async def test_an_unknown_method_says_so(town: Town):
    assert await refused(town.slack.api_call("coffee.make")) == "unknown_method"


async def test_a_post_to_a_person_lands_in_the_direct_conversation(town: Town):
    posted = await town.slack.chat_postMessage(channel="UBEN", text="hello")
    assert posted["channel"] == "DBEN"
    assert (await town.slack.conversations_open(users="UBEN"))["channel"]["id"] == "DBEN"
    assert [m["text"] for m in await town.messages("DBEN", "UBEN")] == ["hello"]
    assert "DBEN" not in (await town.sees("UANA"))["messages"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "CNONE", "text": "x"}, "channel_not_found"),
        ({"channel": "CCLOSED", "text": "x"}, "channel_not_found"),
        ({"channel": "UEXT", "text": "x"}, "channel_not_found"),
        ({"channel": "CALONE", "text": "x"}, "not_in_channel"),
        ({"channel": "CGENERAL", "text": " "}, "no_text"),
        ({"channel": "CGENERAL", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "CGENERAL", "text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channel": "CGENERAL", "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": "CGENERAL", "text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": "CGENERAL", "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": "CGENERAL", "text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_format"),
        (
            {"channel": "CGENERAL", "text": "x", "metadata": {"event_type": "t", "event_payload": {"a": "x" * 8000}}},
            "metadata_too_large",
        ),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
def test_a_post_slack_would_refuse_is_refused_by_the_same_code(
    workspace: Workspace, arguments: dict[str, Any], code: str
):
    api = WebApi(workspace, bot_token="t", clock=lambda: datetime.now(UTC))
    assert api.call("chat.postMessage", arguments, token="t")["error"] == code
    assert not any(workspace.messages.values())


async def test_invalid_blocks_are_named(town: Town):
    block = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    with pytest.raises(SlackApiError) as error:
        await town.slack.chat_postMessage(channel="CGENERAL", text="x", blocks=[block])
    assert error.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_only_own_messages_can_be_changed_and_deleted(town: Town):
    theirs = town.workspace.add_message("CGENERAL", "UANA", "mine", at=town.clock()).ts
    assert await refused(town.slack.chat_update(channel="CGENERAL", ts=theirs, text="x")) == "cant_update_message"
    assert await refused(town.slack.chat_delete(channel="CGENERAL", ts=theirs)) == "cant_delete_message"
    assert await refused(town.slack.chat_update(channel="CGENERAL", ts="1.000001", text="x")) == "message_not_found"
    own = (await town.slack.chat_postMessage(channel="CGENERAL", text="x"))["ts"]
    assert await refused(town.slack.chat_update(channel="CGENERAL", ts=own, text="x" * 4001)) == "msg_too_long"
    await town.slack.chat_delete(channel="CGENERAL", ts=own)
    assert [m["text"] for m in await town.messages()] == ["mine"]


async def test_a_deleted_parent_keeps_its_thread(town: Town):
    parent = (await town.slack.chat_postMessage(channel="CGENERAL", text="parent"))["ts"]
    await town.slack.chat_postMessage(channel="CGENERAL", text="reply", thread_ts=parent)
    await town.slack.chat_delete(channel="CGENERAL", ts=parent)
    (left,) = await town.messages()
    assert (left["subtype"], left["reply_count"]) == ("deleted", 1)
    assert await refused(town.slack.chat_update(channel="CGENERAL", ts=parent, text="x")) == "message_not_found"


async def test_an_ephemeral_message_cannot_be_updated(town: Town):
    ts = (await town.slack.chat_postEphemeral(channel="CGENERAL", user="UANA", text="x"))["message_ts"]
    assert await refused(town.slack.chat_update(channel="CGENERAL", ts=ts, text="y")) == "message_not_found"
    whisper = town.slack.chat_postEphemeral(channel="CGENERAL", user="UEXT", text="x")
    assert await refused(whisper) == "user_not_in_channel"


async def test_a_thread_is_read_back_with_its_metadata(town: Town):
    key = {"event_type": "notice", "event_payload": {"key": "n1"}}
    parent = (await town.slack.chat_postMessage(channel="CGENERAL", text="parent"))["ts"]
    await town.slack.chat_postMessage(channel="CGENERAL", text="reply", thread_ts=parent, metadata=key)
    plain = await town.slack.conversations_replies(channel="CGENERAL", ts=parent)
    assert [m["text"] for m in plain["messages"]] == ["parent", "reply"]
    assert "metadata" not in plain["messages"][1]
    full = await town.slack.conversations_replies(channel="CGENERAL", ts=parent, include_all_metadata=True)
    assert full["messages"][1]["metadata"] == key
    assert await refused(town.slack.conversations_replies(channel="CGENERAL", ts="1.000001")) == "thread_not_found"


async def test_history_is_newest_first_and_comes_in_pages(town: Town):
    stamps = [(await town.slack.chat_postMessage(channel="CGENERAL", text=str(n)))["ts"] for n in range(3)]
    assert stamps == sorted(set(stamps))
    first = await town.slack.conversations_history(channel="CGENERAL", limit=2)
    assert ([m["text"] for m in first["messages"]], first["has_more"]) == (["2", "1"], True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await town.slack.conversations_history(channel="CGENERAL", limit=2, cursor=cursor)
    assert ([m["text"] for m in rest["messages"]], rest["has_more"]) == (["0"], False)
    later = await town.slack.conversations_history(channel="CGENERAL", oldest=stamps[1])
    assert [m["text"] for m in later["messages"]] == ["2"]


async def test_people_and_groups_are_told_as_slack_tells_them(town: Town):
    ana = (await town.slack.users_info(user="UANA", include_locale=True))["user"]
    assert (ana["tz"], ana["locale"], ana["profile"]["email"]) == ("Europe/Lisbon", "en-GB", "ana@example.com")
    assert await refused(town.slack.users_info(user="UNONE")) == "user_not_found"
    assert (await town.slack.users_lookupByEmail(email="BEN@example.com"))["user"]["id"] == "UBEN"
    assert await refused(town.slack.users_lookupByEmail(email="no@example.com")) == "users_not_found"
    assert {person["id"] for person in (await town.slack.users_list())["members"]} == {"UBOT", "UANA", "UBEN", "UEXT"}
    assert (await town.slack.usergroups_list(include_users=True))["usergroups"][0]["users"] == ["UBEN"]
    assert (await town.slack.usergroups_users_list(usergroup="SLEADS"))["users"] == ["UBEN"]
    assert await refused(town.slack.usergroups_users_list(usergroup="SNONE")) == "no_such_subteam"


async def test_a_closed_channel_without_the_bot_does_not_exist_for_it(town: Town):
    assert await refused(town.slack.conversations_info(channel="CCLOSED")) == "channel_not_found"
    listed = await town.slack.conversations_list(types="public_channel,private_channel")
    assert {channel["id"] for channel in listed["channels"]} == {"CGENERAL", "CSHARED", "CALONE"}
    assert (await town.slack.conversations_members(channel="CSHARED"))["members"] == ["UANA", "UEXT", "UBOT"]
    assert (await town.slack.conversations_info(channel="CALONE"))["channel"]["is_member"] is False


async def test_a_permalink_leads_to_the_message_on_the_page(town: Town):
    ts = (await town.slack.chat_postMessage(channel="CGENERAL", text="x"))["ts"]
    link = (await town.slack.chat_getPermalink(channel="CGENERAL", message_ts=ts))["permalink"]
    answer = await town.browser.get(link)
    assert answer.headers["location"] == f"/?channel=CGENERAL&message={ts}"


async def test_a_reaction_counts_once(town: Town):
    ts = (await town.slack.chat_postMessage(channel="CGENERAL", text="x"))["ts"]
    await town.slack.reactions_add(channel="CGENERAL", timestamp=ts, name="eyes")
    again = town.slack.reactions_add(channel="CGENERAL", timestamp=ts, name="eyes")
    assert await refused(again) == "already_reacted"
    assert (await town.messages())[0]["reactions"] == [{"name": "eyes", "count": 1, "users": ["UBOT"]}]


async def test_the_bot_shares_a_file_in_three_steps(town: Town):
    await town.slack.files_upload_v2(
        channel="CGENERAL", filename="pack.txt", content="the pack", initial_comment="Here"
    )
    (message,) = await town.messages()
    assert (message["text"], message["files"][0]["name"], message["files"][0]["size"]) == ("Here", "pack.txt", 8)
    assert (await town.browser.get(message["files"][0]["url"], params={"as": "UBEN"})).text == "the pack"


async def test_a_response_url_works_five_times_and_for_half_an_hour(town: Town):
    def url() -> str:
        return f"{town.url}/response/{town.workspace.issue_hook('CGENERAL', 'UANA', at=town.clock()).token}"

    used = url()
    async with httpx.AsyncClient() as bot:
        answers = [(await bot.post(used, json={"text": "x"})).status_code for _ in range(6)]
        assert answers == [200] * 5 + [404]
        assert (await bot.post(url(), json={"blocks": button("x" * 256)})).json()["error"] == "invalid_blocks"
        late = url()
        town.clock.passed = timedelta(minutes=31)
        assert (await bot.post(late, json={"text": "x"})).json()["error"] == "expired_url"


async def test_faults_can_be_injected(town: Town):
    town.faults["chat.postMessage"] = lambda params: JSONResponse(
        {"ok": False, "error": "ratelimited"}, status_code=429, headers={"Retry-After": "1"}
    )
    with pytest.raises(SlackApiError) as error:
        await town.slack.chat_postMessage(channel="CGENERAL", text="x")
    assert (error.value.response.status_code, error.value.response.headers["Retry-After"]) == (429, "1")
    town.faults["chat.postMessage"] = lambda params: {"ok": False, "error": "is_archived"}
    assert await refused(town.slack.chat_postMessage(channel="CGENERAL", text="x")) == "is_archived"


async def test_a_person_lives_in_a_time_zone_that_can_change(town: Town):
    def zone(user: dict[str, Any]) -> tuple[str, str, int]:
        return (user["tz"], user["tz_label"], user["tz_offset"])

    town.workspace.set_zone("UANA", "Asia/Manila")
    assert zone((await town.slack.users_info(user="UANA"))["user"]) == ("Asia/Manila", "Manila Time (PST)", 8 * 3600)
    town.workspace.set_zone("UANA", "Asia/Kolkata")
    assert zone((await town.slack.users_info(user="UANA"))["user"]) == ("Asia/Kolkata", "Kolkata Time (IST)", 19_800)
    assert (await town.sees())["me"]["tz"] == "Asia/Kolkata"


@pytest.mark.parametrize("name", ["Europe/Lisboa", "", "../etc", "Europe"])
def test_a_zone_that_does_not_exist_is_named(workspace: Workspace, name: str):
    with pytest.raises(ValueError, match=f"{name!r} is no time zone"):
        workspace.add_person("UNEW", "new", "New", tz=name)
