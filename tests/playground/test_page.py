"""The page in a real browser with a bot of a few lines behind it: the clock, files, and every block and element.

As in test_browser.py, a page that complains or asks another host for anything fails the test.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.playground.files import MOST_FILE_BYTES
from tests.playground.chromium import DESK, PHONE, chromium, open_page, picture
from tests.playground.town import Town, png

pytestmark = pytest.mark.browser
Open = Callable[[tuple[int, int]], Awaitable[Page]]


@pytest.fixture
async def at(town: Town) -> AsyncIterator[Open]:
    """Opens the page at a size; at the end nothing may have gone wrong in it."""
    troubles: list[str] = []
    async with chromium() as browser:
        yield lambda size: open_page(browser, town.url, size, troubles)
    assert troubles == []


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_the_time_is_shown_and_moved(at: Open, town: Town, size: tuple[int, int]):
    reminded, hour = list[str](), town.clock.now().hour

    async def remind(step: object) -> None:
        if town.clock.now().hour == hour and (day := f"{town.clock.now():%d}") not in reminded:
            reminded.append(day)
            await town.slack.chat_postMessage(channel="CGENERAL", text=f"Once a day, on the {day}.")

    town.on_forward.append(remind)
    page = await at(size)
    clock = page.get_by_test_id("clock")
    await expect(clock).to_have_text(f"{town.clock.now():%a %-d %b, %H:%M} UTC")
    await clock.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menu")).to_contain_text("Where Ana Ito is")
    await picture(page, "20-clock-menu", dark=True)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("forward-168")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#announcer")).to_contain_text("It is now")
    await expect(clock).to_have_text(f"{town.clock.now():%a %-d %b, %H:%M} UTC")
    assert len(reminded) == 7
    await expect(page.get_by_test_id("messages").locator("> .message")).to_have_count(7)
    await expect(page.get_by_test_id("messages").locator("> .divider").last).to_have_text("Today")
    await expect(clock).to_be_focused()
    await picture(page, "21-a-week-later", dark=True)


async def test_each_person_sees_times_where_they_live(at: Open, town: Town):
    town.workspace.set_zone("UBEN", "Asia/Manila")
    await town.slack.chat_postMessage(channel="CGENERAL", text="<!date^1796050800^{date_num} {time}|once>")
    page = await at(DESK)
    message = page.get_by_test_id("messages").locator("> .message")
    await expect(message).to_contain_text("2026-11-30 15:00")  # Lisbon
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id("person-UBEN").click()
    await expect(message).to_contain_text("2026-11-30 23:00")


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_files_are_attached_dropped_and_seen(at: Open, town: Town, tmp_path: Path, size: tuple[int, int]):
    town.bolt.event("message")(_nothing)
    files = [tmp_path / "how the vendor trains its models, in a long name.pdf", tmp_path / "screen.png"]
    files[0].write_bytes(b"%PDF-1" * 9000)
    files[1].write_bytes(png(640, 240))
    page = await at(size)
    await page.get_by_test_id("composer-file").set_input_files(files)
    await expect(page.locator(".attached li")).to_have_count(2)
    await drop(page, "notes.txt", "later")
    await expect(page.locator(".attached li")).to_have_count(3)
    await page.get_by_role("button", name="Leave out notes.txt").click()
    await picture(page, "22-attached", dark=True)
    await page.get_by_test_id("composer").fill("Our evidence")
    await page.get_by_test_id("composer").press("Enter")
    message = page.get_by_test_id("messages").locator("> .message").last
    await expect(message.get_by_test_id("file")).to_have_count(2)
    await expect(page.locator(".attached li")).to_have_count(0)
    assert (
        await message.get_by_role("img", name="screen.png").evaluate(
            "(one) => one.decode().then(() => one.naturalWidth)"
        )
        == 640
    )
    async with page.expect_download() as getting:
        await message.get_by_role("link", name="Download screen.png").click()
    assert (await (await getting.value).path()).read_bytes() == png(640, 240)
    await town.slack.files_upload_v2(
        channel="CGENERAL",
        filename="digest.png",
        content=png(900, 300),
        alt_txt="Open requests by age",
        title="This week",
    )
    await expect(page.get_by_role("img", name="Open requests by age")).to_be_in_viewport()
    await picture(page, "23-files", dark=True)
    (event,) = town.events("message")
    assert event["subtype"] == "file_share"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_file_that_is_too_large_is_refused_in_plain_words_and_the_text_stays(
    at: Open, town: Town, tmp_path: Path
):
    large = tmp_path / "large.bin"
    large.write_bytes(b"x" * (MOST_FILE_BYTES + 200_000))
    page = await at(DESK)
    await page.get_by_test_id("composer").fill("see this")
    await page.get_by_test_id("composer-file").set_input_files(large)
    await expect(page.get_by_test_id("composer-trouble")).to_have_text(
        "These files have 5.2 MB together; a message takes 5.0 MB here."
    )
    await expect(page.locator(".attached li")).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_have_value("see this")
    await picture(page, "24-too-large")


async def drop(page: Page, name: str, content: str) -> None:
    """Let go of a file over the conversation."""
    await page.locator("#main").evaluate(
        """(main, [name, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([content], name));
          for (const type of ["dragover", "drop"])
            main.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [name, content],
    )


async def _nothing() -> None:
    """Hear it and do nothing."""
