"""Files into Slack, in its three steps and to its own hosts only. Who may see a file is settled before it gets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.addresses import Addresses, NotTaken


class ForeignAddress(NotTaken):
    """Slack's answer sent us to a host that is not Slack's. Nothing was sent there."""

    def __init__(self) -> None:
        super().__init__(0)


@dataclass(frozen=True, slots=True)
class File:
    """A file to be shown: its name with the ending, its bytes, a title, and a picture's content in words."""

    name: str
    content: bytes
    title: str
    alt: str = ""


async def upload(
    client: AsyncWebClient, addresses: Addresses, file: File, *, channel: str | None = None, thread: str | None = None
) -> str:
    """Put a file into Slack; its id comes back. With a channel it is shown there, else only where a card shows it.

    Raises what the client raises, and NotTaken when the upload address does not take it.
    """
    wanted: dict[str, Any] = {"filename": file.name, "length": len(file.content)}
    if file.alt:
        wanted["alt_txt"] = file.alt
    given = await client.files_getUploadURLExternal(**wanted)
    url, number = str(given["upload_url"]), str(given["file_id"])
    if not addresses.may_call(url):
        raise ForeignAddress
    await addresses.put(url, file.content)
    await client.files_completeUploadExternal(
        files=[{"id": number, "title": file.title}], channel_id=channel, thread_ts=thread if channel else None
    )
    return number
