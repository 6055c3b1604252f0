"""What a workspace is made of: people, channels, messages, files, views.

Records only; what happens to them is in workspace.py.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.playground.block_kit import Json


class SlackError(Exception):
    """A refusal by its Slack code, such as `channel_not_found`."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code, self.messages = code, list(messages)


@dataclass
class Person:
    id: str
    name: str  # what is typed after @
    real_name: str
    title: str = ""
    email: str = ""
    tz: str = "Europe/London"
    locale: str = "en-GB"
    team_id: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    can_switch: bool = True
    avatar_color: str = ""


@dataclass
class Group:
    id: str
    handle: str
    name: str
    members: list[str]


@dataclass
class Channel:
    id: str
    name: str
    kind: str = "channel"  # or "dm", "mpim"
    topic: str = ""
    is_private: bool = False
    is_ext_shared: bool = False
    members: list[str] = field(default_factory=list)
    person: str | None = None  # the other side of the bot's DM


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    files: list[str] = field(default_factory=list)
    only_for: str | None = None  # an ephemeral message: one person sees it, and no history has it
    reactions: dict[str, list[str]] = field(default_factory=dict)  # emoji name → who
    streaming: bool = False  # it grows in view until its stream is stopped
    deleted: bool = False  # a deleted parent stays as long as it has replies


@dataclass
class File:
    id: str
    name: str
    user: str
    title: str = ""
    mimetype: str = "application/octet-stream"
    content: bytes | None = None
    length: int = 0
    alt_text: str = ""
    created: int = 0
    completed: bool = False  # the bot's own: the third step of the upload is done
    deleted: bool = False
    shares: list[tuple[str, str]] = field(default_factory=list)  # (channel, ts) of the messages that carry it
    shown_in: set[str] = field(default_factory=set)  # channels whose blocks show it, and people whose views do


@dataclass
class View:
    id: str
    person: str
    definition: Json
    hash: str
    root: str = ""
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.definition["blocks"]
        return blocks


@dataclass
class Hook:
    """One response_url: where its answers go, and how often it was used."""

    token: str
    channel: str
    person: str
    issued_at: datetime
    message_ts: str | None = None
    uses: int = 0


@dataclass
class Trigger:
    person: str
    issued_at: datetime
    used: bool = False


@dataclass
class Notice:
    id: str
    person: str
    code: str
    text: str
    channel: str | None = None
