"""The manifest: within Slack's limits, readable, and asking for no more and no less than what is used."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import bot
from bot.slack import ids
from bot.slack.manifest import (
    BOT_SCOPES,
    EVENT_SCOPES,
    METHOD_SCOPES,
    NotAnAddress,
    as_yaml,
    manifest_for,
    request_url,
)

ADDRESS = "https://preflight.example.com/slack/events"
SOURCES = [
    path.read_text("utf-8")
    for folder in ("slack", "wiring")
    for path in sorted((Path(bot.__file__).parent / folder).rglob("*.py"))
    if path.name != "manifest.py"
]


def methods_called() -> set[str]:
    """Every Web API method in the source: called on a client, or named in full."""
    families = "apps|auth|bots|chat|conversations|files|reactions|team|usergroups|users|views"
    calls = re.compile(rf"client\.((?:{families})_\w+)")
    names = re.compile(rf"\"((?:{families})\.[a-zA-Z.]+)\"")
    found = {call.replace("_", ".") for source in SOURCES for call in calls.findall(source)}
    # A scope such as "usergroups:read" has a colon and is no name of a method.
    return found | {name for source in SOURCES for name in names.findall(source)}


@pytest.fixture(params=[None, "https://preflight.example.com"], ids=["Socket Mode", "HTTP"])
def manifest(request: pytest.FixtureRequest) -> dict[str, Any]:
    return manifest_for(request.param)


def test_names_and_descriptions_stay_within_slacks_limits(manifest: dict[str, Any]):
    shown, features = manifest["display_information"], manifest["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert re.fullmatch(r"[\w .-]{1,80}", features["bot_user"]["display_name"])
    for command in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert len(command["description"]) <= 2_000
        assert len(command["usage_hint"]) <= 1_000
    assert 1 <= len(features["shortcuts"]) <= 10
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    assert len(manifest["oauth_config"]["scopes"]["bot"]) <= 255
    assert len(manifest["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_over_http_everything_goes_to_one_address():
    manifest = manifest_for("https://preflight.example.com")
    assert manifest["features"]["slash_commands"][0]["url"] == ADDRESS
    assert manifest["settings"]["event_subscriptions"]["request_url"] == ADDRESS
    assert manifest["settings"]["interactivity"]["request_url"] == ADDRESS
    assert manifest["settings"]["socket_mode_enabled"] is False


def test_in_socket_mode_there_is_no_address_anywhere():
    manifest = manifest_for(None)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "https" not in as_yaml(manifest)


@pytest.mark.parametrize(
    "url",
    [
        "https://preflight.example.com",
        "https://preflight.example.com/",
        "https://preflight.example.com/slack/events",
        "https://preflight.example.com/slack/events/",
    ],
)
def test_an_address_may_be_given_with_or_without_the_path(url: str):
    assert request_url(url) == ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "preflight.example.com",
        "http://preflight.example.com",
        "https://",
        "https://me:secret@preflight.example.com",
        "https://preflight.example.com/other",
        "https://preflight.example.com/slack/events?x=1",
        "https://preflight.example.com:port",
        "https://[::1",
        "https://preflight.example.com/ x",
        'https://preflight.example.com"',
    ],
)
def test_what_slack_could_not_use_is_refused(url: str):
    with pytest.raises(NotAnAddress):
        request_url(url)


def test_the_command_and_the_message_action_are_those_the_bot_listens_to(manifest: dict[str, Any]):
    (command,) = manifest["features"]["slash_commands"]
    (shortcut,) = manifest["features"]["shortcuts"]
    assert (command["command"], command["should_escape"]) == (ids.COMMAND, True)
    assert (shortcut["callback_id"], shortcut["type"], shortcut["name"]) == (
        ids.CHECK_TOOL,
        "message",
        "Check This Tool",
    )


def test_home_and_messages_are_open_for_writing(manifest: dict[str, Any]):
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_every_web_api_method_in_use_has_its_scopes():
    called = methods_called()
    assert {"chat.postMessage", "chat.update", "users.info", "views.open", "conversations.info"} <= called
    assert called <= set(METHOD_SCOPES)
    assert {scope for method in called for scope in METHOD_SCOPES[method]} <= set(BOT_SCOPES)


def test_every_event_that_is_listened_to_has_its_scopes(manifest: dict[str, Any]):
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENT_SCOPES)
    assert {scope for scopes in EVENT_SCOPES.values() for scope in scopes} <= set(BOT_SCOPES)


def test_every_scope_is_needed_by_something_in_use_and_gives_its_reason():
    by_methods = {scope for method in methods_called() for scope in METHOD_SCOPES[method]}
    by_events = {scope for scopes in EVENT_SCOPES.values() for scope in scopes}
    assert set(BOT_SCOPES) == by_methods | by_events | {"commands"}
    assert all(len(reason) > 15 for reason in BOT_SCOPES.values())


def test_nothing_is_asked_for_that_would_read_or_write_more_widely():
    assert not {
        scope for scope in BOT_SCOPES if scope.startswith(("admin", "search", "files:read", "mpim", "users:write"))
    }
    assert not {"chat:write.public", "chat:write.customize"} & set(BOT_SCOPES)


def test_the_yaml_says_exactly_what_the_manifest_says(manifest: dict[str, Any]):
    written = as_yaml(manifest)
    assert yaml.safe_load(written) == manifest
    for scope, reason in BOT_SCOPES.items():
        assert f'- "{scope}"  # {reason}' in written
