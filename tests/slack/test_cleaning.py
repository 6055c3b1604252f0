"""Payloads without their secrets: every place where people's words come in, in Slack's spelling; buttons left alone."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import default_folder
from bot.knowledge.secrets import SecretsWhenNeeded
from bot.slack.call import Call, plain_words
from bot.slack.cards.removed import Stood, removed_words
from bot.slack.cleaning import Removed, clean
from tests.knowledge.made_secrets import BY_PREFIX, card_number, password

RULES = SecretsWhenNeeded(default_folder())


def call_of(body: dict[str, Any]) -> Call:
    return Call(body, "digest", cast(Any, None), cast(Any, None))


async def cleaned(body: dict[str, Any]) -> tuple[Call, Removed | None]:
    call = call_of(body)
    return call, await clean(call, RULES)


def token(kind: str = "github token", seed: int = 1) -> str:
    return BY_PREFIX[kind](Random(seed))


def event(text: str, **more: Any) -> dict[str, Any]:
    said = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.2", "text": text, **more}
    return {"type": "event_callback", "event_id": "Ev1", "event": said}


def form(of: str = "view_submission", /, **values: dict[str, Any]) -> dict[str, Any]:
    state = {"values": {block: {"value": element} for block, element in values.items()}}
    return {"type": of, "user": {"id": "U1"}, "view": {"callback_id": "profile|2", "state": state}}


async def test_a_mention_loses_its_secret_and_keeps_its_words_and_whom_it_names():
    secret = token()
    call, removed = await cleaned(event(f"<@U0BOT> is Otter &amp; Co safe? {secret}, thanks"))
    assert removed == Removed(("github token",), Stood.MESSAGE, "app_mention")
    assert call.text() == "is Otter & Co safe? [secret removed: github token], thanks"
    assert "<@U0BOT>" in call.event["text"]
    assert secret not in json.dumps(call.body)


async def test_an_address_that_slack_made_a_link_of_loses_its_password():
    secret = "q" + token()[6:20]
    for said in (
        f"<https://anna:{secret}@host.example/x>",
        f"postgres://anna:<mailto:{secret}@db.example.com|{secret}@db.example.com>/orders",
        f"<https://anna:{secret}@host.example/x|our page>",
    ):
        call, removed = await cleaned(event(f"see {said}"))
        assert removed is not None, said
        assert secret not in json.dumps(call.body)


async def test_what_repeats_a_messages_words_goes_too():
    secret = token()
    blocks = [{"type": "rich_text", "elements": [{"type": "text", "text": secret}]}]
    call, removed = await cleaned(event("please look", blocks=blocks, attachments=[{"text": secret}]))
    assert removed is None
    assert secret not in json.dumps(call.body)


async def test_the_key_of_a_payload_is_that_of_what_slack_sent():
    body = event(f"look: {token()}")
    before = call_of(copy.deepcopy(body)).came
    call, removed = await cleaned(body)
    assert removed is not None
    assert call.came == before


async def test_a_chosen_message_a_command_and_a_half_typed_name_are_cleaned():
    secret = token()
    call, removed = await cleaned(
        {
            "type": "message_action",
            "callback_id": "check_tool",
            "message": {"text": f"try {secret}", "blocks": [secret]},
        }
    )
    assert removed == Removed(("github token",), Stood.ANOTHERS, "check_tool")
    assert secret not in json.dumps(call.body)
    call, removed = await cleaned({"command": "/preflight", "text": f"Otter {secret}", "user_id": "U1"})
    assert removed == Removed(("github token",), Stood.COMMAND, "/preflight")
    assert call.text() == "Otter [secret removed: github token]"
    call, removed = await cleaned({"type": "block_suggestion", "value": secret})
    assert removed is None
    assert call.body["value"] == "[secret removed: github token]"


async def test_every_typed_field_of_a_form_is_cleaned_and_the_others_stay():
    secret, number = token(), card_number(Random(3), "visa")
    body = form(
        note={"type": "plain_text_input", "value": f"use {secret}"},
        link={"type": "url_text_input", "value": f"https://a:{secret}@host.example"},
        card={"type": "plain_text_input", "value": number},
        seats={"type": "number_input", "value": "200"},
        kind={"type": "static_select", "selected_option": {"value": "saas"}},
        empty={"type": "plain_text_input", "value": None},
    )
    call, removed = await cleaned(copy.deepcopy(body))
    assert removed is not None
    assert (removed.stood, removed.where) == (Stood.FORM, "profile|2")
    assert set(removed.kinds) >= {"github token", "card number"}
    assert call.words("note") == "use [secret removed: github token]"
    assert call.words("card") == "[card number removed]"
    assert call.words("seats") == "200"
    assert call.picked("kind") == ("saas",)
    assert secret not in json.dumps(call.body)
    assert number not in json.dumps(call.body)


async def test_what_is_typed_in_a_form_is_cleaned_when_one_of_its_controls_is_pressed():
    secret = token()
    body = form("block_actions", note={"type": "plain_text_input", "value": secret})
    call, removed = await cleaned({**body, "actions": [{"action_id": "review|form"}]})
    assert removed is not None
    assert secret not in json.dumps(call.body)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "block_actions", "actions": [{"action_id": "answer|yes", "value": token()}], "message": {"text": "x"}},
        {"type": "block_actions", "state": {"values": {"q|1": {"answer": {"selected_option": None}}}}},
        form(kind={"type": "static_select", "selected_option": {"value": "saas"}}),
        {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}},
    ],
)
async def test_a_payload_without_words_is_left_as_it_came_and_the_rules_are_not_even_asked_for(body: dict[str, Any]):
    rules = SecretsWhenNeeded(default_folder())
    call = call_of(body)
    assert await clean(call, rules) is None
    assert call.body is body
    assert rules.compiled is None


async def test_words_wait_for_the_rules_and_never_pass_unread():
    rules = SecretsWhenNeeded(default_folder())
    call = call_of(event(f"look: {token()}"))
    assert (await clean(call, rules)) is not None
    assert rules.compiled is not None


@given(st.text(max_size=200))
async def test_words_without_a_secret_read_as_before(text: str):
    call = call_of(event(text))
    if await clean(call, RULES) is None:
        assert call.text() == plain_words(text)


@pytest.mark.parametrize("stood", Stood)
def test_the_author_reads_the_kinds_and_what_to_do(stood: Stood):
    words = removed_words(("slack token", "card number"), stood)
    assert "*slack token, card number*" in words
    assert "change it now" in words
    assert "security leads" in words
    assert "delete" in words
    assert "change it now" not in removed_words(("card number",), stood)


async def test_a_password_that_follows_its_word_on_the_next_line_goes_too():
    secret = password(Random(8))
    call, removed = await cleaned(event(f"*Password:*\n{secret}"))
    assert removed is not None
    assert secret not in call.text()
