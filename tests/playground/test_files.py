"""Files up and down: Slack's three steps and its refusals, who gets the content, and what is shown in place."""

import base64
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.files import MOST_FILE_BYTES
from tests.playground.town import TOKEN, Town, png


async def refused(call: Any) -> SlackApiError:
    with pytest.raises(SlackApiError) as error:
        await call
    return error.value


async def uploaded(town: Town, name: str = "chart.png", content: bytes = b"", **more: Any) -> str:
    """The first two steps; the file's id."""
    content = content or png()
    told = await town.slack.files_getUploadURLExternal(filename=name, length=len(content), **more)
    async with httpx.AsyncClient() as bot:
        assert (await bot.post(told["upload_url"], content=content)).status_code == 200
    return str(told["file_id"])


async def test_the_bot_shares_a_file_in_a_thread_with_words(town: Town):
    parent = (await town.slack.chat_postMessage(channel="CGENERAL", text="the review"))["ts"]
    file = await uploaded(town, alt_txt="Two bars")
    answer = await town.slack.files_completeUploadExternal(
        files=[{"id": file, "title": "Strengths"}], channel_id="CGENERAL", thread_ts=parent, initial_comment="The chart"
    )
    assert (answer["files"][0]["id"], answer["files"][0]["channels"], answer["files"][0]["shares"]) == (file, [], {})
    (reply,) = (await town.sees())["threads"]["CGENERAL"][parent]
    assert reply["text"] == "The chart"
    (shown,) = reply["files"]
    assert (shown["title"], shown["alt"], shown["picture"], shown["size"]) == (
        "Strengths",
        "Two bars",
        True,
        len(png()),
    )
    told = (await town.slack.files_info(file=file))["file"]
    assert (told["mimetype"], told["filetype"], told["title"]) == ("image/png", "png", "Strengths")
    assert told["shares"] == {"public": {"CGENERAL": [{"ts": reply["ts"]}]}}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"filename": "a", "length": 0}, "missing_argument"),
        ({"filename": "a", "length": MOST_FILE_BYTES + 1}, "file_upload_size_restricted"),
        ({"filename": "a", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"filename": "", "length": 1}, "invalid_arguments"),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before_it_is_sent(town: Town, arguments: dict[str, Any], code: str):
    assert (await refused(town.slack.files_getUploadURLExternal(**arguments))).response["error"] == code


async def test_an_upload_that_is_not_what_was_announced_is_turned_away(town: Town):
    told = await town.slack.files_getUploadURLExternal(filename="a.txt", length=5)
    async with httpx.AsyncClient() as bot:
        for content in (b"1234", b"123456"):
            assert (await bot.post(told["upload_url"], content=content)).status_code == 400
        complete = town.slack.files_completeUploadExternal(files=[{"id": told["file_id"]}], channel_id="CGENERAL")
        assert (await refused(complete)).response["error"] == "file_not_found"
        assert (await bot.post(told["upload_url"], content=b"12345")).text == "OK - 5"
        assert (await bot.post(told["upload_url"], content=b"again")).status_code == 400
        assert (await bot.post(f"{town.url}/upload/FNONE", content=b"x")).status_code == 400


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ({"channel_id": "UANA"}, "invalid_arguments", "must match regex pattern"),
        ({"channel_id": "CNONE"}, "channel_not_found", ""),
        ({"channel_id": "CCLOSED"}, "channel_not_found", ""),
        ({"channel_id": "CALONE"}, "not_in_channel", ""),
        ({"channel_id": "CGENERAL", "thread_ts": "1.000001"}, "cannot_reply_to_message", ""),
    ],
)
async def test_a_file_that_cannot_be_shared_is_not_and_can_be_completed_later(
    town: Town, place: dict[str, str], code: str, said: str
):
    file = await uploaded(town)
    error = (await refused(town.slack.files_completeUploadExternal(files=[{"id": file}], **place))).response
    assert error["error"] == code
    assert said in str(error.get("errors"))
    assert not any(town.workspace.messages.values())
    await town.slack.files_completeUploadExternal(files=[{"id": file}], channel_id="DANA")
    assert (await town.messages("DANA"))[0]["files"][0]["id"] == file
    again = town.slack.files_completeUploadExternal(files=[{"id": file}], channel_id="DANA")
    assert (await refused(again)).response["error"] == "file_not_found"


async def test_the_bot_knows_only_of_files_it_can_see(town: Town):
    at = town.clock.now()
    file = town.workspace.add_file("secret.txt", "UBEN", b"x", at=at)
    town.workspace.post("CCLOSED", "UBEN", "", at=at, files=[file.id])
    assert (await refused(town.slack.files_info(file=file.id))).response["error"] == "file_not_found"
    get = {"headers": {"Authorization": f"Bearer {TOKEN}"}}
    async with httpx.AsyncClient() as bot:
        assert (await bot.get(f"{town.url}/files/{file.id}/secret.txt", **get)).status_code == 404  # type: ignore[arg-type]
    assert (await refused(town.slack.files_delete(file=file.id))).response["error"] == "file_not_found"


async def test_a_deleted_file_is_gone_for_everybody_and_says_so(town: Town):
    file = await uploaded(town)
    await town.slack.files_completeUploadExternal(files=[{"id": file}], channel_id="CGENERAL")
    await town.slack.files_delete(file=file)
    assert (await refused(town.slack.files_info(file=file))).response["error"] == "file_deleted"
    assert "files" not in (await town.messages())[0]
    assert (await town.browser.get(f"/page/file/{file}", params={"as": "UANA"})).status_code == 404


async def test_what_a_person_attaches_reaches_the_bot_as_slack_tells_it(town: Town):
    town.bolt.event("message")(_nothing)
    town.bolt.event("app_mention")(_nothing)
    files = [
        {"name": "plan.pdf", "mimetype": "application/pdf", "content_base64": _base64(b"%PDF-1")},
        {"name": "a b.png", "mimetype": "image/png", "content_base64": _base64(png())},
    ]
    await town.act("post", channel="CGENERAL", text="@Helper our evidence", files=files)
    (message,), (mention,) = town.events("message"), town.events("app_mention")
    assert (message["subtype"], message["text"]) == ("file_share", "<@UBOT> our evidence")
    assert [file["name"] for file in mention["files"]] == ["plan.pdf", "a b.png"]
    assert "subtype" not in mention
    first = message["files"][0]
    assert (first["mimetype"], first["filetype"], first["size"], first["mode"]) == (
        "application/pdf",
        "pdf",
        6,
        "hosted",
    )
    async with httpx.AsyncClient() as bot:
        for file, content in zip(message["files"], (b"%PDF-1", png()), strict=True):
            assert (await bot.get(file["url_private_download"])).status_code == 403
            got = await bot.get(file["url_private_download"], headers={"Authorization": f"Bearer {TOKEN}"})
            assert got.content == content


async def test_in_a_shared_channel_the_bot_has_to_ask_for_the_file(town: Town):
    town.bolt.event("message")(_nothing)
    files = [{"name": "plan.txt", "content_base64": _base64(b"plan")}]
    await town.act("post", channel="CSHARED", text="here", files=files)
    (file,) = town.events("message")[0]["files"]
    assert file["file_access"] == "check_file_info"
    assert (await town.slack.files_info(file=file["id"]))["file"]["name"] == "plan.txt"


async def test_too_much_is_refused_and_nothing_is_said(town: Town):
    half = _base64(b"x" * (MOST_FILE_BYTES // 2 + 1))
    files = [{"name": str(n), "content_base64": half} for n in range(2)]
    assert (await town.act("post", channel="CGENERAL", text="x", files=files))["error"] == "file_too_large"
    files = [{"name": str(n), "content_base64": "eA=="} for n in range(11)]
    assert (await town.act("post", channel="CGENERAL", text="x", files=files))["error"] == "too_many_files"
    assert await town.messages() == []
    assert town.workspace.files == {}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", png(), "image/png"),
        ("page.png", b"<html><script>alert(1)</script>", None),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
    ],
)
async def test_only_a_true_picture_is_shown_in_place(town: Town, name: str, content: bytes, kind: str | None):
    files = [{"name": name, "mimetype": "image/png", "content_base64": _base64(content)}]
    await town.act("post", channel="CALONE", text="", files=files)
    (shown,) = (await town.messages("CALONE"))[0]["files"]
    assert shown["picture"] is (kind is not None)
    answer = await town.browser.get(shown["url"], params={"as": "UANA", "show": "1"})
    assert answer.headers["content-type"] == (kind or "application/octet-stream")
    assert ("attachment" in answer.headers.get("content-disposition", "")) is (kind is None)


async def test_a_picture_in_blocks_is_seen_by_those_who_see_the_blocks(town: Town):
    file = await uploaded(town)
    await town.slack.files_completeUploadExternal(files=[{"id": file}])
    seen = {"show": "1", "as": "UANA"}
    assert (await town.browser.get(f"/page/file/{file}", params=seen)).status_code == 404
    block = {"type": "image", "slack_file": {"id": file}, "alt_text": "Two bars"}
    await town.slack.chat_postMessage(channel="UANA", text="chart", blocks=[block])
    assert (await town.browser.get(f"/page/file/{file}", params=seen)).content == png()
    assert (await town.browser.get(f"/page/file/{file}", params=seen | {"as": "UBEN"})).status_code == 404
    await town.slack.views_publish(user_id="UBEN", view={"type": "home", "blocks": [block]})
    assert (await town.browser.get(f"/page/file/{file}", params=seen | {"as": "UBEN"})).status_code == 200


async def test_a_picture_that_is_none_is_refused_in_blocks(town: Town):
    text = await uploaded(town, "a.txt", b"text")
    for file in ("FNONE", text):
        block = {"type": "image", "slack_file": {"id": file}, "alt_text": "x"}
        error = await refused(town.slack.chat_postMessage(channel="CGENERAL", text="x", blocks=[block]))
        assert error.response["error"] == "invalid_blocks"
        assert "invalid slack file" in error.response["errors"][0]
        home = town.slack.views_publish(user_id="UANA", view={"type": "home", "blocks": [block]})
        assert "invalid slack file" in (await refused(home)).response["errors"][0]
    told = (await town.slack.files_info(file=await uploaded(town)))["file"]
    by_address = {"type": "image", "slack_file": {"url": told["url_private"]}, "alt_text": "x"}
    assert (await town.slack.chat_postMessage(channel="CGENERAL", text="x", blocks=[by_address]))["ok"]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def _nothing() -> None:
    """Hear it and do nothing."""
