"""The app as Slack knows it: scopes, events, command, message action. Nothing is asked for that no part here uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from bot.slack import ids

NAME: Final = "Preflight"
USAGE_HINT: Final = "[tool] | find <tool> | mine | week | clients | help"
EVENTS_PATH: Final = "/slack/events"

# Every scope with its reason; people who install the app read these.
BOT_SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "hear when somebody mentions Preflight",
    "chat:write": "answer, and keep its cards up to date",
    "commands": "/preflight, and the message action",
    "files:write": "add the digest's picture, and minutes as a file",
    "im:history": "hear what somebody writes to Preflight directly",
    "im:write": "find its own direct message again after a call that ended without an answer",
    "users:read": "tell full members from guests and apps before a sign-off or a client's review",
    "users:read.email": "know one person with two accounts as one, for four eyes",
    "usergroups:read": "ask who the security leads are at the moment of a sign-off",
    "channels:read": "keep out of channels that are shared with other companies, and see whether it was invited",
    "groups:read": "the same in private channels",
    "channels:history": "read typed answers in a review's thread, and look for its own message before sending again",
    "groups:history": "the same in private channels",
}

# Which scopes, all of them, the Web API methods that are called here need.
METHOD_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "auth.test": (),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.appendStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}

# Which scopes the events that are listened to need.
EVENT_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_id_changed": ("channels:read", "groups:read"),
    "channel_shared": ("channels:read", "groups:read"),
    "channel_unshared": ("channels:read", "groups:read"),
    "member_joined_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "subteam_members_changed": ("usergroups:read",),
    "tokens_revoked": (),
}


class NotAnAddress(ValueError):
    """Slack cannot send anything to this address; the message says why."""


def manifest_for(url: str | None) -> dict[str, Any]:
    """The manifest for HTTP at this address, or for Socket Mode where there is none."""
    address = None if url is None else request_url(url)
    command = {
        "command": ids.COMMAND,
        "description": "Ask whether a tool is safe to roll out",
        "usage_hint": USAGE_HINT,
        "should_escape": True,  # people, channels and links then arrive as ids
    }
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": NAME,
            "description": "Is this tool safe to roll out? Asks, works out a verdict, and records who signed it off.",
        },
        "features": {
            "bot_user": {"display_name": NAME, "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "slash_commands": [command | ({"url": address} if address else {})],
            "shortcuts": [
                {
                    "name": "Check This Tool",
                    "type": "message",
                    "callback_id": ids.CHECK_TOOL,
                    "description": "Start a security review of the tool in this message",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {**_at(address), "bot_events": sorted(EVENT_SCOPES)},
            "interactivity": {
                "is_enabled": True,
                **_at(address),
                # Menus too long to send whole ask here while somebody types.
                **({"message_menu_options_url": address} if address else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }


def request_url(url: str) -> str:
    """Where Slack sends everything: the address given, with our path. Refuses what Slack could not use."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:  # a broken port or IPv6 address
        usable = False
    if not usable or re.search(r"[\s\\?#<>\"]", url):
        raise NotAnAddress("this has to be a public address like https://preflight.example.com")
    path = parts.path.rstrip("/")
    if path not in ("", EVENTS_PATH):
        raise NotAnAddress(f"leave out the path, or give {EVENTS_PATH}: nothing else is served for Slack")
    return f"https://{parts.netloc}{EVENTS_PATH}"


def as_yaml(manifest: Mapping[str, Any]) -> str:
    """The manifest as YAML, each scope with its reason. Text is quoted, so that no reader takes it otherwise."""
    return "\n".join(_lines(manifest, "")) + "\n"


def _at(address: str | None) -> dict[str, str]:
    return {"request_url": address} if address else {}


def _lines(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        match inner:
            case dict():
                yield f"{indent}{key}:"
                yield from _lines(inner, indent + "  ")
            case list():
                yield f"{indent}{key}:"
                for item in inner:
                    yield from _item(item, indent + "  ")
            case _:
                yield f"{indent}{key}: {_scalar(inner)}"


def _item(item: object, indent: str) -> Iterator[str]:
    if isinstance(item, dict):
        first, *rest = _lines(item, indent + "  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        reason = BOT_SCOPES.get(str(item))
        yield f"{indent}- {_scalar(item)}" + (f"  # {reason}" if reason else "")


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # YAML reads JSON's strings, numbers, true and false as they are
