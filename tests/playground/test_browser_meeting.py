"""One client review in a real browser, from its pack to its minutes, and the week after, in the demo as it is served.

The demo begins today, whatever day that is; what is looked for here is there on every day. Set PREFLIGHT_SCREENSHOTS to
a folder to keep the pictures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.domain.times import local_date, zone_of
from bot.wiring.demo import Demo
from bot.wiring.demo_company import (
    BANK_CHANNEL,
    LEAD_1,
    LEAD_2,
    SECURITY_CHANNEL,
    TEAM_LEAD,
)
from tests.playground.chromium import DESK, PHONE, chromium, open_page
from tests.playground.window import Window
from tests.wiring.demo_served import demo_served

pytestmark = pytest.mark.browser

BERLIN = zone_of("Europe/Berlin")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[Demo, str]]:
    async with demo_served(tmp_path) as opened:
        yield opened


async def test_a_review_goes_from_its_pack_to_its_minutes_and_the_week_after_shows_what_came_of_it(
    demo: tuple[Demo, str],
) -> None:
    opened, address = demo
    async with chromium() as browser:
        troubles: list[str] = []
        window = Window(await open_page(browser, address, DESK, troubles), troubles)
        await _hold_the_review(window, opened)
        await _look_at_the_week_after(window)
        phone = Window(await open_page(browser, address, PHONE, troubles), troubles)
        await _look_again_on_a_phone(phone)
        assert troubles == []


async def _hold_the_review(window: Window, opened: Demo) -> None:
    page, thread, modal = window.page, window.thread, window.modal
    await window.open(BANK_CHANNEL)
    pack = window.newest
    await expect(pack.locator(".block-heading")).to_have_text("Security review: Example Bank")
    await expect(pack).to_contain_text("List who can listen to recorded calls")
    await window.picture("20-pack", dark=True)
    await pack.locator('[data-action-id="client_review|start"]').click()
    await page.get_by_test_id("confirm-ok").click()
    await pack.get_by_test_id("replies").click()
    await expect(thread).to_contain_text("Roll call and open actions")
    await window.picture("21-started", dark=True)

    async def press(button: str, form: str = "") -> None:
        await thread.locator(f'[data-action-id="client_review|{button}"]').first.click()
        if form:
            await expect(modal.get_by_role("heading", name=form)).to_be_visible()
            await expect(modal.locator(":focus")).to_have_count(1)  # before that it moves by itself

    async def fill(field: str, text: str) -> None:
        await modal.locator(f'[data-block-id="client_review|{field}"]:is(input, textarea)').fill(text)

    async def choose(field: str, *values: str) -> None:
        block = modal.locator(f'.block[data-block="client_review|{field}"]')
        if await block.locator("select").count():
            await block.locator("select").select_option(values[0])
            return
        if await block.locator("summary").count():
            await block.locator("summary").click()
        for value in values:
            await block.locator(f'input[value="{value}"]').check()

    async def send() -> None:
        await window.save()
        await expect(modal).to_be_hidden()

    await press("note", "Add a note")
    await fill("text", "The list needs a report that shows people and not groups.")
    await window.picture("22-note")
    await send()
    await press("discussed")
    card = thread.locator(".block-heading").last  # the pack stands above it
    await expect(card).to_have_text("Example Bank: What changed since last time")

    await press("action", "Add an action")
    await fill("text", "Ask the vendor for a report of people")
    await choose("side", "ours")
    await choose("owner", TEAM_LEAD)
    due = local_date(opened.behind.bot.desk.now(), BERLIN) + timedelta(days=6)
    await fill("due", due.isoformat())
    await window.picture("23-action", dark=True)
    await send()
    await press("finding", "Add a finding")
    await fill("text", "Two people who left can still listen.")
    await choose("guideline", "G1")
    await choose("severity", "high")
    await choose("source", "us")
    await window.picture("24-finding")
    await send()
    await expect(thread).to_contain_text("Actions agreed: 1. Findings: 1")
    agenda = opened.behind.bot.desk.knowledge.agenda.items
    for item in agenda[1:]:
        await expect(card).to_have_text(f"Example Bank: {item.title}")
        await press("discussed")
    await expect(card).to_have_text("Example Bank: Everything was discussed")
    await window.picture("25-all-discussed", dark=True)
    await press("attendance", "Attendance")
    await choose("present", TEAM_LEAD, LEAD_2)
    await window.picture("26-attendance")
    await page.keyboard.press("Escape")
    await choose("client_present", "0")
    await send()
    await press("close", "Close the review")
    await choose("outcome", "actions")
    await fill("summary", "One finding; the list of listeners comes next week.")
    await window.picture("27-close", dark=True)
    await send()

    minutes = window.newest
    await expect(minutes).to_contain_text("Two people who left can still listen.")
    await window.picture("28-minutes", dark=True)
    await minutes.locator('[data-action-id="client_review|pdf"]').click()
    await minutes.get_by_test_id("replies").click()
    await expect(thread.get_by_test_id("file")).to_contain_text(".pdf")
    await window.picture("29-pdf")


async def _forward(window: Window, hours: int) -> None:
    page = window.page
    await page.get_by_test_id("clock").click()
    async with page.expect_response("**/page/forward") as answered:
        await page.get_by_test_id(f"forward-{hours}").click()
    assert (await (await answered.value).json())["ok"]


async def _see_the_next_pack(window: Window) -> None:
    """What was agreed is in it, and what was open before is one meeting older."""
    await expect(window.newest.locator(".block-heading")).to_have_text("Security review: Example Bank")
    await expect(window.newest).to_contain_text("Ask the vendor for a report of people")
    await expect(window.newest).to_contain_text("carried over 3 meetings")
    await window.picture("30-next-pack", dark=True)


async def _look_at_the_week_after(window: Window) -> None:
    page = window.page
    await _forward(window, 168)
    await window.open(BANK_CHANNEL)
    await _see_the_next_pack(window)
    await window.open(f"D{TEAM_LEAD[1:]}")
    await window.picture("31-reminders", dark=True)
    await page.get_by_test_id("home-tab").click()
    await expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Nobody held it")
    await window.picture("32-home", dark=True)
    await window.become(LEAD_1)
    await window.open(SECURITY_CHANNEL)
    messages = page.get_by_test_id("messages")
    await expect(messages.locator("img").last).to_be_visible()
    await expect(messages).to_contain_text("Client reviews not held")
    await window.picture("33-digest", dark=True)


async def _look_again_on_a_phone(window: Window) -> None:
    page = window.page
    await page.get_by_test_id("back").click()
    await window.open(BANK_CHANNEL)
    await _see_the_next_pack(window)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
