"""The page in a real browser with a bot of a few lines behind it: the clock, files, and every block and element.

As in test_browser.py, a page that complains or asks another host for anything fails the test.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.playground.chromium import DESK, PHONE, chromium, open_page, picture
from tests.playground.town import Town

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
