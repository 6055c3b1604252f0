"""The door takes what Slack signed and nothing else: a forgery is refused on its raw bytes and leaves no trace."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import create_engine, inspect, text

from bot.knowledge import default_folder, load_knowledge
from bot.slack import app as slack_app
from bot.slack import serve
from bot.wiring.logs import JsonLines, set_up_logs
from bot.wiring.parts import Bot, SlackAccess, build_bot
from tests.databases import migrated
from tests.slack.knock import FORM, JSON, Headers, event_body, form_body, knock, signature, signed

SECRET = "signed-in-tests-only"
CANARY = "canary-3f9a17c2"
KNOWLEDGE = load_knowledge(default_folder())
CLICK = {
    "type": "block_actions",
    "user": {"id": "UTARA", "team_id": "TDEMO"},
    "team": {"id": "TDEMO"},
    "actions": [{"type": "button", "action_id": "review|submit", "block_id": CANARY, "value": CANARY}],
}
COMMAND = f"command=%2Fpreflight&user_id=UTARA&team_id=TDEMO&channel_id=CTEAM&text={CANARY}".encode()
BODIES = {
    "an event": (event_body({"type": "app_mention", "user": "UTARA", "text": CANARY, "ts": "1.1"}), JSON),
    "a click": (form_body(CLICK), FORM),
    "a command": (COMMAND, FORM),
}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return migrated(f"sqlite:///{tmp_path / 'door.sqlite3'}")


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Bot]:
    """A whole bot that nobody has introduced to Slack; its door is real, and Slack is out of reach."""
    access = SlackAccess("xoxb-test", SECRET, "http://127.0.0.1:9/api/", True, "CSECURITY", ("ULEAD",), ("UCISO",))
    built = build_bot(access, database=database, audit_key=b"key of a test", knowledge=KNOWLEDGE)
    yield built
    await built.stop()


@pytest.fixture
def introduced(bot: Bot) -> Bot:
    bot.identity = AuthorizeResult(
        enterprise_id=None, team_id="TDEMO", bot_id="BPREFLIGHT", bot_user_id="UPREFLIGHT", bot_token="xoxb-test"
    )
    return bot


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every payload that got as far as being looked at."""
    seen: list[Any] = []
    find = slack_app.find_listener

    def spying(body: Any) -> Any:
        seen.append(body)
        return find(body)

    monkeypatch.setattr(slack_app, "find_listener", spying)
    return seen


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that reaches the log at the most talkative level, as it would be written."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers), {name: logging.getLogger(name).level for name in _named()})
    set_up_logs("DEBUG")
    root.addHandler(caplog.handler)
    caplog.handler.setLevel(logging.DEBUG)
    lines = JsonLines()
    yield lambda: "\n".join(f"{lines.format(each)} {each.getMessage()} {vars(each)}" for each in caplog.records)
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name in _named():
        logging.getLogger(name).setLevel(before[2].get(name, logging.NOTSET))


def _named() -> list[str]:
    return list(logging.root.manager.loggerDict)


def rows(database: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = create_engine(database)
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        counts = {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in tables}
    engine.dispose()
    return counts


# --- forged ---------------------------------------------------------------------------------------------------------


def _with(headers: Headers, **changed: bytes | None) -> Headers:
    names = {name.replace("_", "-").encode(): value for name, value in changed.items()}
    kept = [(name, value) for name, value in headers if name not in names]
    return kept + [(name, value) for name, value in names.items() if value is not None]


def _stamped(stamp: str) -> Callable[[bytes, str], tuple[bytes, Headers]]:
    """Signed rightly over that timestamp, whatever it is: only its shape or age is wrong."""

    def forge(body: bytes, kind: str) -> tuple[bytes, Headers]:
        stamped = stamp.encode("utf-8")
        return body, _with(
            signed(body, secret=SECRET, kind=kind),
            x_slack_request_timestamp=stamped,
            x_slack_signature=signature(SECRET, stamp, body).encode(),
        )

    return forge


def _signature(made: Callable[[bytes], bytes | None]) -> Callable[[bytes, str], tuple[bytes, Headers]]:
    def forge(body: bytes, kind: str) -> tuple[bytes, Headers]:
        headers = signed(body, secret=SECRET, kind=kind)
        right = dict(headers)[b"x-slack-signature"]
        return body, _with(headers, x_slack_signature=made(right))

    return forge


def _length(said: bytes) -> Callable[[bytes, str], tuple[bytes, Headers]]:
    def forge(body: bytes, kind: str) -> tuple[bytes, Headers]:
        return body, _with(signed(body, secret="not the secret", kind=kind), content_length=said)

    return forge


def _unsigned(made: Callable[[bytes], bytes]) -> Callable[[bytes, str], tuple[bytes, Headers]]:
    def forge(body: bytes, kind: str) -> tuple[bytes, Headers]:
        other = made(body)
        return other, signed(other, secret="not the secret", kind=kind)

    return forge


FORGERIES: dict[str, Callable[[bytes, str], tuple[bytes, Headers]]] = {
    "another secret": lambda body, kind: (body, signed(body, secret="not the secret", kind=kind)),
    "an altered body": lambda body, kind: (body + b" ", signed(body, secret=SECRET, kind=kind)),
    "a body cut short": lambda body, kind: (body[:-1], signed(body, secret=SECRET, kind=kind)),
    "301 seconds old": lambda body, kind: (body, signed(body, secret=SECRET, kind=kind, age=302)),
    "301 seconds ahead": lambda body, kind: (body, signed(body, secret=SECRET, kind=kind, age=-302)),
    "another timestamp than signed": lambda body, kind: (
        body,
        _with(signed(body, secret=SECRET, kind=kind), x_slack_request_timestamp=b"1700000000"),
    ),
    "no timestamp": lambda body, kind: (
        body,
        _with(signed(body, secret=SECRET, kind=kind), x_slack_request_timestamp=None),
    ),
    "the timestamp abc": _stamped("abc"),
    "the timestamp nan": _stamped("nan"),
    "the timestamp 1.5": _stamped("1.5"),
    "a timestamp of 5,000 digits": _stamped("9" * 5_000),
    "a negative timestamp": _stamped("-1700000000"),
    "a timestamp in other digits": _stamped("١٧٠٠٠٠٠٠٠٠"),
    "no signature": _signature(lambda right: None),
    "an empty signature": _signature(lambda right: b""),
    "a signature that is not ASCII": _signature(lambda right: right[:-2] + "é".encode()),
    "a signature of another version": _signature(lambda right: b"v1" + right[2:]),
    "half a signature": _signature(lambda right: right[:35]),
    "a signature in capitals": _signature(lambda right: right.upper()),
    "an unsigned depth of brackets": _unsigned(lambda body: b"[" * 100_000),
    "unsigned broken JSON": _unsigned(lambda body: b"{{{" + body),
    "a huge content-length": _length(b"99999999999999999999"),
    "a negative content-length": _length(b"-1"),
    "a content-length that is no number": _length(b"seven"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forgery_is_refused_before_anyone_reads_it_and_leaves_no_trace(
    bot: Bot, database: str, handled: list[Any], said: Callable[[], str], forgery: str
) -> None:
    before = rows(database)
    for body, kind in BODIES.values():
        forged, headers = FORGERIES[forgery](body, kind)
        answer = await knock(bot.door, forged, headers)
        assert answer.status in (401, 413)
        assert CANARY.encode() not in answer.body
    assert handled == []
    assert rows(database) == before
    assert CANARY not in said()


def test_there_are_as_many_forgeries_as_we_claim() -> None:
    assert len(FORGERIES) == 24


async def test_a_body_that_never_ends_is_cut_off_at_one_mebibyte(bot: Bot, handled: list[Any]) -> None:
    headers = [(name, value) for name, value in signed(b"", secret=SECRET) if name != b"content-length"]
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(64):
            taken += 1
            yield b"x" * 65_536

    answer = await knock(bot.door, b"", headers, parts=endless())
    assert answer.status == 413
    assert handled == []


async def test_a_signed_body_of_more_than_one_mebibyte_is_refused_too(bot: Bot, handled: list[Any]) -> None:
    body = json.dumps({"type": "event_callback", "event": {"type": "x", "text": "x" * 1_100_000}}).encode()
    assert (await knock(bot.door, body, signed(body, secret=SECRET))).status == 413
    assert handled == []


@pytest.mark.parametrize("age", [299, -299])
async def test_a_signature_is_good_for_299_seconds_either_way(introduced: Bot, handled: list[Any], age: int) -> None:
    body, kind = BODIES["an event"]
    # Slack cannot be asked who this is, so the listener refuses; what counts here is that the door let it in.
    await knock(introduced.door, body, signed(body, secret=SECRET, kind=kind, age=age))
    assert len(handled) == 1


# --- signed, yet nothing we could read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"{{{",
        b"\xff\xfe\x00",
        b"payload=%7B%7B",
        b"payload=" + b"%5B" * 50_000,
        b"[]",
        b"null",
        b"5",
        b'"text"',
        b"",
    ],
    ids=["brackets", "braces", "broken", "bytes", "form", "deep form", "list", "null", "number", "string", "nothing"],
)
@pytest.mark.parametrize("kind", [JSON, FORM, "text/plain", ""])
async def test_what_is_signed_but_unreadable_is_never_our_fault(introduced: Bot, body: bytes, kind: str) -> None:
    answer = await knock(introduced.door, body, signed(body, secret=SECRET, kind=kind))
    assert answer.status in (200, 400)


WRONG_SHAPES: list[dict[str, Any]] = [
    {"type": "event_callback", "event": "text"},
    {"type": "event_callback", "event": {"type": "message", "user": ["U1"], "text": 5}},
    {"type": "event_callback", "event": {"type": "message", "user": {"id": None}}},
    {"type": "block_actions", "actions": "text"},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": ["text"], "user": "text"},
    {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": 5}]},
    {"type": "view_submission", "view": "text"},
    {"type": "view_submission", "view": {"callback_id": ["x"]}},
    {"type": ["event_callback"]},
    {"type": None},
    {"command": 5, "text": {}},
]


@pytest.mark.parametrize("shape", WRONG_SHAPES, ids=lambda shape: json.dumps(shape)[:60])
async def test_a_signed_payload_of_an_unknown_shape_is_set_aside(
    introduced: Bot, said: Callable[[], str], shape: dict[str, Any]
) -> None:
    body = json.dumps(shape | {"token": CANARY}).encode()
    assert (await knock(introduced.door, body, signed(body, secret=SECRET))).status in (200, 400)
    assert CANARY not in said()


UNMATCHED: list[tuple[str, bytes, str]] = [
    ("a workflow step", form_body({"type": "workflow_step_edit", "callback_id": CANARY, "user": {"id": "U1"}}), FORM),
    ("an unknown event", event_body({"type": "emoji_changed", "name": CANARY}), JSON),
    ("an unknown kind", form_body({"type": "something_new", "words": CANARY}), FORM),
    ("suggestions", form_body({"type": "block_suggestion", "action_id": "x", "block_id": "y", "value": CANARY}), FORM),
    ("a closed view", form_body({"type": "view_closed", "view": {"type": "modal", "callback_id": CANARY}}), FORM),
    ("a shortcut", form_body({"type": "shortcut", "callback_id": CANARY, "user": {"id": "U1"}}), FORM),
    (
        "a sent form of no kind of ours",
        form_body({"type": "view_submission", "view": {"type": "modal", "callback_id": CANARY}}),
        FORM,
    ),
    ("an attachment's button", form_body({"type": "interactive_message", "callback_id": CANARY}), FORM),
]


@pytest.mark.parametrize(("body", "kind"), [each[1:] for each in UNMATCHED], ids=[each[0] for each in UNMATCHED])
async def test_what_nobody_listens_to_is_taken_with_thanks_and_not_written_down(
    introduced: Bot, database: str, said: Callable[[], str], body: bytes, kind: str
) -> None:
    before = rows(database)
    answer = await knock(introduced.door, body, signed(body, secret=SECRET, kind=kind))
    assert answer.status == 200
    assert rows(database) == before
    assert CANARY not in said()


# --- before we are ready, and the small doors ------------------------------------------------------------------------


async def test_before_slack_told_us_who_we_are_an_event_is_not_taken_so_that_it_comes_again(
    bot: Bot, handled: list[Any]
) -> None:
    body, kind = BODIES["an event"]
    assert (await knock(bot.door, body, signed(body, secret=SECRET, kind=kind))).status >= 500
    assert handled == []


async def test_an_event_whose_rows_cannot_be_written_is_not_taken_so_that_it_comes_again(
    introduced: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    async def anyone(call: Any, desk: Any) -> bool:
        return True

    monkeypatch.setattr(slack_app, "_is_ours", anyone)
    monkeypatch.setattr(introduced.desk.store, "act", broken)
    body, kind = BODIES["an event"]
    assert (await knock(introduced.door, body, signed(body, secret=SECRET, kind=kind))).status == 500


async def test_slack_may_check_the_address(bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"}).encode()
    answer = await knock(bot.door, body, signed(body, secret=SECRET))
    assert answer.status == 200
    assert b"3eZbrw1a" in answer.body


async def test_an_unsigned_address_check_is_refused(bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a"}).encode()
    answer = await knock(bot.door, body, signed(body, secret="not the secret"))
    assert answer.status == 401
    assert answer.body == b""


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_slacks_address_takes_only_posts(bot: Bot, method: str) -> None:
    assert (await knock(bot.door, b"", [], method=method)).status == 405


@pytest.mark.parametrize("path", ["/", "/slack", "/slack/events/", "/slack/install", "/metrics", "/healthz/x"])
async def test_nothing_else_is_there(bot: Bot, path: str) -> None:
    assert (await knock(bot.door, b"", [], method="GET", path=path)).status == 404


async def test_healthz_says_that_we_live_and_readyz_whether_we_could_work(bot: Bot) -> None:
    assert (await knock(bot.door, b"", [], method="GET", path="/healthz")).status == 200
    waiting = await knock(bot.door, b"", [], method="GET", path="/readyz")
    assert waiting.status == 503
    assert json.loads(waiting.body) == {"ready": False, "missing": ["slack: not reached yet"]}


async def test_readyz_is_content_once_slack_and_the_database_are_there(introduced: Bot) -> None:
    ready = await knock(introduced.door, b"", [], method="GET", path="/readyz")
    assert ready.status == 200
    assert json.loads(ready.body) == {"ready": True, "missing": []}


async def test_readyz_names_a_database_that_is_gone_and_quotes_nothing(introduced: Bot) -> None:
    await introduced.desk.store.close()
    gone = await knock(introduced.door, b"", [], method="GET", path="/readyz")
    assert gone.status == 503
    assert json.loads(gone.body)["missing"] == ["database: not available"]


def test_the_door_measures_age_by_the_clock_it_is_given() -> None:
    door = serve.Door(None, signing_secret=SECRET, ready=None, seconds=lambda: 1_700_000_000.0)  # type: ignore[arg-type]
    body = b"{}"

    def fits(stamp: str) -> bool:
        headers = {b"x-slack-request-timestamp": stamp.encode()}
        return door._is_signed(headers | {b"x-slack-signature": signature(SECRET, stamp, body).encode()}, body)

    assert [fits(stamp) for stamp in ("1699999700", "1699999699", "1700000300", "1700000301")] == [
        True,
        False,
        True,
        False,
    ]
