"""Slack's Web API and response_urls over the workspace, with Slack's error codes.

It serves one bot with one token.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.block_check import VIEW_BYTES, message_problems, view_problems
from bot.playground.block_kit import Json
from bot.playground.events import message_json, view_json
from bot.playground.files import FileApi, unknown_pictures
from bot.playground.lookups import Lookups, need, room
from bot.playground.records import Channel, Hook, Message, SlackError, View
from bot.playground.streaming import Streaming
from bot.playground.workspace import Workspace

MOST_TEXT, MOST_UPDATED_TEXT, MOST_METADATA = 40_000, 4_000, 8_000
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,files:write,groups:history,groups:read,im:history,"
    "im:read,im:write,reactions:write,usergroups:read,users:read,users:read.email"
)
# A test may answer in place of a method: a 429, an error, a connection cut; None lets the call through.
Before = Callable[[str, Json], Response | Json | None]


class WebApi:
    """The methods a bot calls. Public functions: `routes`, `call`, `respond`."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        bot_token: str,
        clock: Callable[[], datetime],
        real: Callable[[], datetime] | None = None,
        before: Before | None = None,
    ) -> None:
        """`clock` says when something was said; `real`, where it differs, how old a trigger or a response_url is."""
        self._workspace, self._token, self._clock, self.before = workspace, bot_token, clock, before
        self._real = real or clock
        self._files = FileApi(workspace, bot_token=bot_token, clock=clock)
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update_message,
            "chat.delete": self._delete_message,
            **Streaming(workspace, clock).methods(),
            "chat.getPermalink": self._permalink,
            "views.open": self._open_view,
            "views.push": self._push_view,
            "views.update": self._update_view,
            "views.publish": self._publish_home,
            **Lookups(workspace, clock).methods(),
            "reactions.add": self._react,
            **self._files.methods(),
        }

    def routes(self) -> list[Route]:
        return [
            Route("/api/{method}", self._serve, methods=["GET", "POST"]),
            Route("/response/{token}", self._serve_response_url, methods=["POST"]),
            *self._files.routes(),
        ]

    def call(self, method: str, params: Json, *, token: str | None) -> Json:
        """One Web API call: Slack's answer, ok or not."""
        if method == "api.test":
            return {"ok": True, "args": params}
        if method not in self._methods:
            return {"ok": False, "error": "unknown_method", "req_method": method}
        if not token:
            return {"ok": False, "error": "not_authed"}
        if token != self._token:
            return {"ok": False, "error": "invalid_auth"}
        try:
            return {"ok": True} | self._methods[method](params)
        except SlackError as refused:
            return _refusal(refused)

    def respond(self, hook: Hook, answer: Json) -> None:
        """Do what an answer to a response_url asks for: a new message, or the original one replaced or deleted."""
        now = self._clock()
        messages = self._workspace.messages[hook.channel]
        original = next((m for m in messages if m.ts == hook.message_ts), None)
        if answer.get("delete_original") and original:
            self._workspace.delete(original)
            return
        text, blocks = self._content(answer)
        if answer.get("replace_original") and original:
            self._workspace.update(original, text, blocks, at=now)
            return
        public = answer.get("response_type") == "in_channel"
        self._workspace.post(
            hook.channel, self._workspace.bot_id, text, blocks=blocks, at=now, thread_ts=answer.get("thread_ts"),
            only_for=None if public else hook.person,
        )  # fmt: skip

    # -- HTTP --------------------------------------------------------------------------------------------------------

    async def _serve(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            params = await _params(request)
        except SlackError as refused:
            return JSONResponse(_refusal(refused))
        given = request.headers.get("authorization", "")
        token = given.removeprefix("Bearer ") if given.startswith("Bearer ") else params.pop("token", None)
        if injected := self._injected(method, params):
            return injected
        return JSONResponse(self.call(method, params, token=token), headers={"X-OAuth-Scopes": SCOPES})

    async def _serve_response_url(self, request: Request) -> Response:
        try:
            answer = await _params(request)
            if injected := self._injected("response_url", answer):
                return injected
            self.respond(self._workspace.use_hook(request.path_params["token"], at=self._real()), answer)
        except SlackError as refused:
            return JSONResponse(
                _refusal(refused), status_code=404 if refused.code in ("expired_url", "used_url") else 400
            )
        return PlainTextResponse("ok")

    def _injected(self, method: str, params: Json) -> Response | None:
        answer = self.before(method, params) if self.before else None
        return JSONResponse(answer) if isinstance(answer, dict) else answer

    # -- finding what is meant ---------------------------------------------------------------------------------------

    def _message(self, params: Json, *, ts: str = "ts") -> Message:
        message = self._workspace.message(room(self._workspace, params).id, need(params, ts))
        if message.only_for:
            raise SlackError("message_not_found")
        return message

    def _content(self, params: Json) -> tuple[str, list[Json] | None]:
        """Text and blocks of a message that Slack would take."""
        text, blocks = params.get("text") or "", params.get("blocks") or None
        if markdown := params.get("markdown_text"):
            if text or blocks:
                raise SlackError("markdown_text_conflict")
            text, blocks = markdown, [{"type": "markdown", "text": markdown}]
        if blocks is not None and not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        if problems := message_problems(blocks or []) or unknown_pictures(self._workspace, blocks):
            raise SlackError("invalid_blocks", *problems)
        if not text.strip() and not blocks:
            raise SlackError("no_text")
        if len(text) > MOST_TEXT:
            raise SlackError("msg_too_long")
        return text, blocks

    # -- chat --------------------------------------------------------------------------------------------------------

    def _auth_test(self, params: Json) -> Json:
        workspace = self._workspace
        return {
            "url": workspace.base_url + "/", "team": workspace.team_name, "user": workspace.bot_handle,
            "team_id": workspace.team_id,
            "user_id": workspace.bot_id, "bot_id": "B" + workspace.app_id[1:], "is_enterprise_install": False,
        }  # fmt: skip

    def _post_message(self, params: Json) -> Json:
        message = self._say(room(self._workspace, params), params)
        shown = message_json(self._workspace, message, with_metadata=True)
        return {"channel": message.channel, "ts": message.ts, "message": shown}

    def _post_ephemeral(self, params: Json) -> Json:
        channel, person = room(self._workspace, params), self._workspace.person(need(params, "user"))
        if person.id not in channel.members:
            raise SlackError("user_not_in_channel")
        return {"message_ts": self._say(channel, params, only_for=person.id).ts}

    def _say(self, channel: Channel, params: Json, **more: Any) -> Message:
        text, blocks = self._content(params)
        thread_ts, metadata, now = params.get("thread_ts"), _metadata(params), self._clock()
        return self._workspace.post(
            channel.id,
            self._workspace.bot_id,
            text,
            at=now,
            blocks=blocks,
            thread_ts=thread_ts,
            metadata=metadata,
            **more,
        )

    def _update_message(self, params: Json) -> Json:
        message = self._message(params)
        if message.user != self._workspace.bot_id:
            raise SlackError("cant_update_message")
        if message.streaming:
            raise SlackError("streaming_state_conflict")
        text, blocks = self._content(params)
        if len(text) > MOST_UPDATED_TEXT:
            raise SlackError("msg_too_long")
        self._workspace.update(message, text, blocks, at=self._clock(), metadata=_metadata(params))
        return {
            "channel": message.channel,
            "ts": message.ts,
            "text": text,
            "message": message_json(self._workspace, message),
        }

    def _delete_message(self, params: Json) -> Json:
        message = self._message(params)
        if message.user != self._workspace.bot_id:
            raise SlackError("cant_delete_message")
        self._workspace.delete(message)
        return {"channel": message.channel, "ts": message.ts}

    def _permalink(self, params: Json) -> Json:
        message = self._message(params, ts="message_ts")
        link = f"{self._workspace.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        if message.thread_ts:
            link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
        return {"channel": message.channel, "permalink": link}

    def _react(self, params: Json) -> Json:
        message, name = self._message(params, ts="timestamp"), need(params, "name")
        if self._workspace.bot_id in message.reactions.get(name, []):
            raise SlackError("already_reacted")
        message.reactions.setdefault(name, []).append(self._workspace.bot_id)
        self._workspace.touch()
        return {}

    # -- views -------------------------------------------------------------------------------------------------------

    def _open_view(self, params: Json) -> Json:
        return self._new_view(params, self._workspace.open_view)

    def _push_view(self, params: Json) -> Json:
        return self._new_view(params, self._workspace.push_view)

    def _new_view(self, params: Json, show: Callable[..., View]) -> Json:
        view = checked_view(self._workspace, params.get("view"), "modal")
        person = self._workspace.use_trigger(need(params, "trigger_id"), at=self._real())
        return {"view": view_json(self._workspace, show(person, view, at=self._clock()))}

    def _update_view(self, params: Json) -> Json:
        found = self._workspace.find_view(view_id=params.get("view_id"), external_id=params.get("external_id"))
        view = checked_view(self._workspace, params.get("view"), found.definition["type"])
        updated = self._workspace.update_view(found, view, at=self._clock(), hash=params.get("hash"))
        return {"view": view_json(self._workspace, updated)}

    def _publish_home(self, params: Json) -> Json:
        view = checked_view(self._workspace, params.get("view"), "home")
        person = self._workspace.person(need(params, "user_id"))
        home = self._workspace.publish_home(person.id, view, at=self._clock(), hash=params.get("hash"))
        return {"view": view_json(self._workspace, home)}


def checked_view(workspace: Workspace, view: Any, kind: str) -> Json:
    """A view that Slack would show, or its refusal."""
    problems = view_problems(view) or unknown_pictures(workspace, view["blocks"])
    if not problems and view["type"] != kind:
        problems = [f"[ERROR] a {kind} view is expected here [json-pointer:/view/type]"]
    if problems:
        raise SlackError("invalid_arguments", *problems)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    checked: Json = view
    return checked


def _refusal(refused: SlackError) -> Json:
    more = {"errors": refused.messages, "response_metadata": {"messages": refused.messages}} if refused.messages else {}
    return {"ok": False, "error": refused.code, **more}


async def _params(request: Request) -> Json:
    """Arguments from wherever a client puts them: the address, a form (with JSON inside), or a JSON body."""
    params: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError as broken:
            raise SlackError("invalid_json") from broken
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        params |= body
    elif request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params |= dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    for name in ("blocks", "view", "metadata", "files", "attachments"):
        if isinstance(params.get(name), str):
            try:
                params[name] = json.loads(params[name])
            except ValueError as broken:
                raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from broken
    return params


def _metadata(params: Json) -> Json | None:
    metadata = params.get("metadata")
    if metadata is None:
        return None
    if (
        not isinstance(metadata, dict)
        or not metadata.get("event_type")
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata)) > MOST_METADATA:
        raise SlackError("metadata_too_large")
    return metadata
