"""What a person does on the page reaches a real Bolt app as Slack would send it, and what the bot answers is seen."""

from typing import Any

from tests.playground.town import Town, button


async def test_a_mention_arrives_signed_once_as_mention_and_once_as_message(town: Town):
    town.bolt.event("app_mention")(_nothing)
    town.bolt.event("message")(_nothing)
    answer = await town.act("post", channel="CGENERAL", text="@Helper is Otter.ai <safe> & @ben ok?")
    (mention,), (message,) = town.events("app_mention"), town.events("message")
    assert mention["text"] == "<@UBOT> is <http://Otter.ai|Otter.ai> &lt;safe&gt; &amp; <@UBEN> ok?"
    assert (mention["ts"], mention["user"], mention["team"]) == (answer["ts"], "UANA", "TPLAYGROUND")
    assert (message["ts"], message["channel_type"]) == (answer["ts"], "channel")
    first, second = town.heard
    assert first["event_id"] != second["event_id"]


async def test_a_direct_message_is_a_message_and_no_mention(town: Town):
    town.bolt.event("message")(_nothing)
    await town.act("post", channel="DANA", text="@helper hello")
    (message,) = town.events("message")
    assert (message["channel_type"], message["channel"]) == ("im", "DANA")
    assert town.events("app_mention") == []


async def test_a_reply_in_a_thread_says_whose_thread_it_is(town: Town):
    town.bolt.event("message")(_nothing)
    first = await town.act("post", channel="CGENERAL", text="question")
    await town.act("post", person="UBEN", channel="CGENERAL", text="answer", thread_ts=first["ts"])
    assert town.events("message")[-1]["thread_ts"] == first["ts"]
    assert town.events("message")[-1]["parent_user_id"] == "UANA"
    state = await town.sees()
    assert [m["text"] for m in state["messages"]["CGENERAL"]] == ["question"]
    assert [m["text"] for m in state["threads"]["CGENERAL"][first["ts"]]] == ["answer"]
    assert state["messages"]["CGENERAL"][0]["reply_count"] == 1


async def test_the_bot_hears_nothing_of_a_channel_it_is_not_in_and_the_person_learns_why(town: Town):
    await town.act("post", channel="CALONE", text="@helper are you there?")
    assert town.heard == []
    (notice,) = (await town.sees())["notices"]
    assert notice["code"] == "not_in_channel"
    await town.act("notice_close", id=notice["id"])
    assert (await town.sees())["notices"] == []


async def test_a_click_brings_all_that_slack_sends_and_updates_the_message(town: Town):
    @town.bolt.action("press")
    async def pressed(ack: Any, body: dict[str, Any], client: Any) -> None:
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="pressed")
        await ack()

    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="press", blocks=button("press", value="42"))
    answer = await town.act("click", channel="CGENERAL", message_ts=posted["ts"], block_id="buttons", action_id="press")
    assert answer == {"ok": True}
    body = town.last("block_actions")
    assert body["team"] == {"id": "TPLAYGROUND", "domain": "playground"}
    assert body["user"] == {"id": "UANA", "username": "ana", "name": "ana", "team_id": "TPLAYGROUND"}
    assert body["api_app_id"] == "AHELPER"
    assert body["token"]
    assert body["trigger_id"]
    assert body["response_url"].startswith(town.url)
    assert body["channel"] == {"id": "CGENERAL", "name": "general"}
    assert body["container"] == {
        "type": "message", "message_ts": posted["ts"], "channel_id": "CGENERAL", "is_ephemeral": False,
    }  # fmt: skip
    assert body["message"]["blocks"] == button("press", value="42")
    assert body["message"]["bot_id"] == "BHELPER"
    assert body["state"] == {"values": {}}
    assert body["actions"][0]["value"] == "42"
    assert body["actions"][0]["action_ts"]
    (message,) = await town.messages()
    assert (message["text"], message["blocks"], message["edited"]) == ("pressed", [], True)


async def test_the_page_cannot_press_what_is_not_there(town: Town):
    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="press", blocks=button("press"))
    click = {"channel": "CGENERAL", "message_ts": posted["ts"], "block_id": "buttons"}
    assert (await town.act("click", **click, action_id="other"))["error"] == "action_not_found"
    assert (await town.act("click", person="UEXT", **click, action_id="press"))["error"] == "not_in_channel"
    assert town.heard == []


async def test_a_choice_comes_from_the_block_itself(town: Town):
    town.bolt.action("pick")(_acknowledge)
    options = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("yes", "no")]
    block = {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "static_select", "action_id": "pick", "options": options}],
    }
    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="pick", blocks=[block])
    click = {"channel": "CGENERAL", "message_ts": posted["ts"], "block_id": "b", "action_id": "pick"}
    assert (await town.act("click", **click, selected_option={"value": "maybe"}))["error"] == "option_not_found"
    await town.act("click", **click, selected_option={"value": "no"})
    body = town.last("block_actions")
    assert body["actions"][0]["selected_option"] == options[1]
    assert body["state"]["values"]["b"]["pick"]["selected_option"] == options[1]


async def test_a_bot_that_does_not_answer_a_click_is_asked_once_and_the_person_is_told(town: Town):
    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="press", blocks=button("nobody_listens"))
    click = {"channel": "CGENERAL", "message_ts": posted["ts"], "block_id": "buttons", "action_id": "nobody_listens"}
    assert (await town.act("click", **click))["error"] == "dispatch_failed"
    assert len(town.heard) == 1
    (notice,) = (await town.sees())["notices"]
    assert notice["text"] == "Helper did not answer; try again."
    assert (await town.sees("UBEN"))["notices"] == []


async def test_an_ephemeral_message_is_seen_by_one_person_and_kept_by_no_history(town: Town):
    await town.slack.chat_postEphemeral(channel="CGENERAL", user="UANA", text="only you")
    assert [m["ephemeral"] for m in await town.messages(person="UANA")] == [True]
    assert await town.messages(person="UBEN") == []
    assert (await town.slack.conversations_history(channel="CGENERAL"))["messages"] == []
    parent = (await town.slack.chat_postMessage(channel="CGENERAL", text="parent"))["ts"]
    await town.slack.chat_postEphemeral(channel="CGENERAL", user="UANA", text="only you", thread_ts=parent)
    thread = (await town.slack.conversations_replies(channel="CGENERAL", ts=parent))["messages"]
    assert [(m["text"], "reply_count" in m) for m in thread] == [("parent", False)]
    assert len((await town.sees("UANA"))["threads"]["CGENERAL"][parent]) == 1
    assert (await town.sees("UBEN"))["threads"]["CGENERAL"] == {}


async def test_a_click_on_an_ephemeral_message_can_replace_and_delete_it(town: Town):
    @town.bolt.action("again")
    async def again(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await respond(text="replaced", blocks=button("away"), replace_original=True)
        await ack()

    @town.bolt.action("away")
    async def away(ack: Any, respond: Any) -> None:
        await respond(delete_original=True)
        await ack()

    await town.slack.chat_postEphemeral(channel="CGENERAL", user="UANA", text="only you", blocks=button("again"))
    (message,) = await town.messages()
    click = {"channel": "CGENERAL", "message_ts": message["ts"], "block_id": "buttons"}
    assert (await town.act("click", person="UBEN", **click, action_id="again"))["error"] == "message_not_found"
    await town.act("click", **click, action_id="again")
    body = town.last("block_actions")
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    assert [(m["text"], m["ephemeral"]) for m in await town.messages()] == [("replaced", True)]
    await town.act("click", **click, action_id="away")
    assert await town.messages() == []


async def test_a_command_is_escaped_and_its_answer_is_whispered(town: Town):
    @town.bolt.command("/try")
    async def tried(ack: Any, respond: Any) -> None:
        await ack("at once")
        await respond("for all", response_type="in_channel")

    await town.act("post", channel="CGENERAL", text="/try @ben in #general & more")
    (form,) = town.heard
    assert (form["command"], form["text"]) == ("/try", "<@UBEN|ben> in <#CGENERAL|general> &amp; more")
    assert (form["channel_name"], form["user_name"], form["team_domain"]) == ("general", "ana", "playground")
    assert {m["text"]: m.get("ephemeral", False) for m in await town.messages()} == {"at once": True, "for all": False}
    assert (await town.act("post", channel="CGENERAL", text="/other"))["error"] == "unknown_command"
    assert (await town.act("command", person="UEXT", channel="CSHARED", command="/try", text=""))[
        "error"
    ] == "not_allowed"


async def test_a_message_action_brings_the_message(town: Town):
    town.bolt.event("message")(_nothing)
    town.bolt.shortcut("look")(_acknowledge)
    said = await town.act("post", channel="CGENERAL", text="we found a tool")
    await town.act("shortcut", channel="CGENERAL", message_ts=said["ts"], callback_id="look")
    body = town.last("message_action")
    assert (body["callback_id"], body["message"]["text"], body["message_ts"]) == ("look", "we found a tool", said["ts"])
    assert body["trigger_id"]


async def test_a_shared_channel_says_so_in_events_and_in_its_description(town: Town):
    town.bolt.event("message")(_nothing)
    await town.act("post", person="UEXT", channel="CSHARED", text="hello from outside")
    assert town.heard[0]["is_ext_shared_channel"] is True
    assert town.events("message")[0]["user_team"] == "TOTHER"
    assert (await town.slack.conversations_info(channel="CSHARED"))["channel"]["is_ext_shared"] is True
    stranger = (await town.slack.users_info(user="UEXT", include_locale=True))["user"]
    assert (stranger["is_stranger"], stranger["team_id"], "locale" in stranger) == (True, "TOTHER", False)
    (shared,) = [c for c in (await town.sees())["channels"] if c["external"]]
    assert shared["id"] == "CSHARED"
    assert [c["id"] for c in (await town.sees("UEXT"))["channels"]] == ["CSHARED"]


async def test_opening_app_home_asks_the_bot_to_publish_it(town: Town):
    @town.bolt.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        block = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"seen {event.get('view', {}).get('hash', 'never')}"},
        }
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [block]})

    await town.act("home")
    first = (await town.sees())["home"]
    assert first["blocks"][0]["text"]["text"] == "seen never"
    await town.act("home")
    assert (await town.sees())["home"]["blocks"][0]["text"]["text"] == f"seen {first['hash']}"
    assert (await town.sees("UBEN"))["home"] is None


async def test_unread_and_mention_marks_count_for_those_concerned(town: Town):
    await town.slack.chat_postMessage(channel="CGENERAL", text="news")
    await town.slack.chat_postMessage(channel="CGENERAL", text="<!subteam^SLEADS> please")
    await town.slack.chat_postMessage(channel="UANA", text="for you")
    marks = {c["id"]: (c["unread"], c["mention"]) for c in (await town.sees("UANA"))["channels"]}
    assert (marks["CGENERAL"], marks["DANA"]) == ((2, 0), (1, 1))
    assert {p["id"]: p["waiting"] for p in (await town.sees())["people"] if p["can_switch"]}["UBEN"] == 1
    assert {c["id"]: (c["unread"], c["mention"]) for c in (await town.sees("UBEN"))["channels"]}["CGENERAL"] == (2, 1)
    await town.act("read", channel="CGENERAL")
    assert {c["id"]: c["unread"] for c in (await town.sees("UANA"))["channels"]}["CGENERAL"] == 0


async def test_a_file_goes_up_to_the_bot_and_only_those_in_the_channel_get_it(town: Town):
    town.bolt.event("message")(_nothing)
    files = [{"name": "plan.txt", "mimetype": "text/html", "content_base64": "aGVsbG8="}]
    await town.act("post", person="UBEN", channel="CGENERAL", text="", files=files)
    (event,) = town.events("message")
    assert event["subtype"] == "file_share"
    url = event["files"][0]["url_private_download"]
    assert (await town.browser.get(url)).status_code == 403
    shown = (await town.messages())[0]["files"][0]
    download = await town.browser.get(shown["url"], params={"as": "UANA"})
    assert download.content == b"hello"
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["content-type"] == "application/octet-stream"
    assert (await town.browser.get(shown["url"], params={"as": "UEXT"})).status_code == 404


async def test_starting_over_brings_what_wiring_brings(town: Town):
    before = (await town.sees())["seq"]
    assert (await town.act("reset"))["ok"]
    state = await town.sees()
    assert state["me"]["id"] == "UNEW"
    assert state["seq"] > before
    assert state["reset"] is True


async def _nothing() -> None:
    """Hear it and do nothing."""


async def _acknowledge(ack: Any) -> None:
    await ack()
