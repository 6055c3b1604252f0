"""A question and its answer in a real browser, at a desk and on a phone: sources beside sentences, and nothing known.

Set PREFLIGHT_SCREENSHOTS to a folder to keep the pictures.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.domain.model_use import Wrote
from bot.domain.passage import Cited
from bot.slack import ids
from bot.use_cases.ports import Drafted
from tests.playground.chromium import DESK, PHONE, chromium, open_page
from tests.playground.window import Window
from tests.stories.model import Scripted
from tests.stories.shelves import QUESTION, TRUE, with_shelves
from tests.stories.test_ways_in import approved
from tests.stories.town import LEAD_1, SECURITY_CHANNEL, TEAM_LEAD, open_town

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_answer_is_asked_for_read_and_disputed(tmp_path: Path, size: tuple[int, int]) -> None:
    model = Scripted(set_up=False)
    knowledge, _ = with_shelves()
    async with (
        open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", knowledge=knowledge, model=model) as town,
        chromium() as browser,
    ):
        town.workspace.people[town.workspace.bot_id].real_name = town.workspace.bot_name = "Preflight"
        await approved(town)
        troubles: list[str] = []
        page = await open_page(browser, f"{town.page}/?as={TEAM_LEAD}", size, troubles)
        window = Window(page, troubles)

        async def ask(text: str) -> None:
            if await page.get_by_test_id("thread-close").count():
                await page.get_by_test_id("thread-close").click()
            await window.composer.fill(f"@Preflight {text}")
            await window.composer.press("Enter")
            if size == PHONE:  # there a thread is opened by hand
                await expect(window.newest).to_contain_text(text)
                await window.newest.get_by_test_id("replies").click()

        await ask(QUESTION)
        await expect(window.thread).to_contain_text("This is what I have on it")
        await window.picture("40-passages", dark=True)
        await window.thread.locator(f'[data-action-id="{ids.ASK_MORE}"]').click()
        await expect(window.modal).to_contain_text("free of charge")
        await window.picture("41-more")
        await page.keyboard.press("Escape")

        model.set_up = True
        said = (TRUE, Cited("A passkey or a security key cannot be talked out of people.", (2,)))
        model.answers = Drafted(said, Wrote("a-model-in-tests", 3))
        await ask("may agents use their phones as the second factor, or only a security key?")
        await expect(window.thread).to_contain_text(f"{TRUE.text} [1]")
        await window.picture("42-answer", dark=True)
        await window.thread.get_by_role("button", name="Wrong").click()
        await expect(window.modal).to_contain_text("What is wrong with it?")
        await window.modal.locator("textarea").fill("It changed in May.")
        await window.picture("43-wrong")
        await window.save()
        await expect(window.modal).to_contain_text("The security leads have it")
        await page.keyboard.press("Escape")

        await ask("how often is the canteen cleaned, and who pays?")
        await expect(window.thread).to_contain_text("I know nothing about that.")
        await window.picture("44-nothing-known", dark=True)

        await ask("does Fabrikam Notes need a BAA?")
        await expect(window.thread).to_contain_text("On record: Fabrikam Notes, approved")
        await window.picture("45-on-record")
        await town.command(TEAM_LEAD, "ask can we roll out Otter.ai?")
        await town.settle()
        await page.goto(f"{town.page}/?as={TEAM_LEAD}&channel={town.dm(TEAM_LEAD)}")
        await window.picture("46-request")
        if size == DESK:
            await window.become(LEAD_1)
            await window.open(SECURITY_CHANNEL)
            await expect(window.newest).to_contain_text("It changed in May.")
            await window.picture("47-disputed")
        assert troubles == []
