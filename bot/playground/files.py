"""Files: the three steps in which a bot uploads one, what it is told of them, and who gets their content.

What people upload is never served as a page of ours: only what is a picture by its own first bytes is shown in place.
"""

import re
from collections.abc import Callable
from datetime import datetime
from mimetypes import guess_type
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.playground.block_check import message_problems
from bot.playground.block_kit import Json, slack_files
from bot.playground.events import file_json
from bot.playground.lookups import need, number, room
from bot.playground.records import File, SlackError
from bot.playground.workspace import Workspace

MOST_FILE_BYTES, MOST_ALT_TEXT = 5 * 1024 * 1024, 1000
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif",
}  # fmt: skip


def picture_type(content: bytes | None) -> str | None:
    """Which kind of picture this is, told from its first bytes and not from its name; SVG is none, it can act."""
    return next((kind for start, kind in _PICTURES.items() if content is not None and content.startswith(start)), None)


def unknown_pictures(workspace: Workspace, blocks: object) -> list[str]:
    """What Slack says of blocks that show a file which is not there, or is no picture."""
    files = (workspace.files.get(id) for id in slack_files(blocks))
    if all(file is not None and picture_type(file.content) for file in files):
        return []
    return ["[ERROR] invalid slack file [json-pointer:/blocks/slack_file]"]


class FileApi:
    """The methods and addresses for files, for the one bot and its token."""

    def __init__(self, workspace: Workspace, *, bot_token: str, clock: Callable[[], datetime]) -> None:
        self._workspace, self._token, self._clock = workspace, bot_token, clock

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "files.getUploadURLExternal": self._announce,
            "files.completeUploadExternal": self._complete,
            "files.info": lambda p: {"file": file_json(self._workspace, self._file(need(p, "file")))},
            "files.delete": self._delete,
        }

    def routes(self) -> list[Route]:
        return [
            Route("/upload/{file}", self._take, methods=["POST"]),
            Route("/files/{file}/{name}", self._give, methods=["GET"]),
        ]

    def _file(self, id: str) -> File:
        """A file that the bot may know of: its own, or one shared where it is."""
        file, bot = self._workspace.files.get(id), self._workspace.bot_id
        if file is None or not self._workspace.may_see(bot, file):
            raise SlackError("file_not_found")
        if file.deleted:
            raise SlackError("file_deleted")
        return file

    def _announce(self, params: Json) -> Json:
        name, length = need(params, "filename"), number(params, "length", 0)
        alt_text = str(params.get("alt_txt") or "")
        if length == 0:
            raise SlackError("missing_argument")
        if length > MOST_FILE_BYTES:
            raise SlackError("file_upload_size_restricted")
        if len(alt_text) > MOST_ALT_TEXT:
            raise SlackError("alt_txt_too_large")
        file = self._workspace.add_file(
            name, self._workspace.bot_id, at=self._clock(), length=length, alt_text=alt_text,
            mimetype=guess_type(name)[0] or "application/octet-stream",
        )  # fmt: skip
        return {"file_id": file.id, "upload_url": f"{self._workspace.base_url}/upload/{file.id}"}

    async def _take(self, request: Request) -> Response:
        file = self._workspace.files.get(request.path_params["file"])
        content = b""
        async for part in request.stream():
            content += part
            if file is None or file.content is not None or len(content) > file.length:
                break
        if file is None or file.content is not None or len(content) != file.length:
            return PlainTextResponse("this upload was not announced", status_code=400)
        file.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    def _complete(self, params: Json) -> Json:
        listed = params.get("files")
        if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
            raise SlackError("invalid_arguments", "[ERROR] missing required field: files")
        files = [self._workspace.files.get(str(one.get("id"))) for one in listed]
        for file in files:
            if file is None or file.user != self._workspace.bot_id or file.content is None or file.completed:
                raise SlackError("file_not_found")
        ready = [file for file in files if file is not None]
        blocks = params.get("blocks") or None
        if problems := message_problems(blocks or []) or unknown_pictures(self._workspace, blocks):
            raise SlackError("invalid_blocks", *problems)
        rooms = [
            self._room(id) for id in str(params.get("channel_id") or params.get("channels") or "").split(",") if id
        ]
        for channel in rooms:
            self._workspace.post(
                channel, self._workspace.bot_id, params.get("initial_comment") or "", at=self._clock(),
                thread_ts=params.get("thread_ts") or None, files=[file.id for file in ready],
                blocks=None if params.get("initial_comment") else blocks,
            )  # fmt: skip
        for file, one in zip(ready, listed, strict=True):
            file.title, file.completed = str(one.get("title") or file.name), True
        # Slack shares it a moment later: where to, and what it is, the answer does not know yet.
        unknown = {"channels": [], "groups": [], "ims": [], "shares": {}, "mimetype": "", "filetype": ""}
        return {"files": [file_json(self._workspace, file) | unknown for file in ready]}

    def _room(self, id: str) -> str:
        if not re.match("[CGDZ]", id):  # a person's id, which chat.postMessage takes, is none here
            pattern = "^[CGDZ][A-Z0-9]{8,}$"
            raise SlackError(
                "invalid_arguments", f"[ERROR] input must match regex pattern: {pattern} [json-pointer:/channel_id]"
            )
        return room(self._workspace, {"channel": id}).id

    def _delete(self, params: Json) -> Json:
        file = self._file(need(params, "file"))
        if file.user != self._workspace.bot_id:
            raise SlackError("cant_delete_file")
        file.deleted, file.content = True, None
        self._workspace.touch()
        return {}

    async def _give(self, request: Request) -> Response:
        """url_private_download: for the bot and its token."""
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return PlainTextResponse("sign in first", status_code=403)
        file = self._workspace.files.get(request.path_params["file"])
        if file is None or file.content is None or not self._workspace.may_see(self._workspace.bot_id, file):
            return PlainTextResponse("no such file", status_code=404)
        return Response(file.content, media_type=file.mimetype)


def for_the_page(workspace: Workspace, id: str, person: str | None, *, in_place: bool) -> Response:
    """What somebody on the page gets: a download, or a picture to be shown in place; and nothing they may not see."""
    file = workspace.files.get(id)
    if file is None or file.content is None or person is None or not workspace.may_see(person, file):
        return PlainTextResponse("no such file", status_code=404)
    if in_place and (kind := picture_type(file.content)):
        return Response(file.content, media_type=kind)
    disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
    return Response(file.content, media_type="application/octet-stream", headers=disposition)
