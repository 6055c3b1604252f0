"""The playground in a real browser with the real bot behind it: the whole story, by mouse, on a phone and by keyboard.

Every step waits for what a person would see. A page that complains, breaks its own policy or asks another host for
anything fails the test it happened in. Set PREFLIGHT_SCREENSHOTS to a folder to keep the pictures.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.domain.bank import Choice, Question
from tests.playground.chromium import DESK, PHONE, chromium, open_page
from tests.playground.window import Window
from tests.stories.town import (
    CISO,
    KNOWLEDGE,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    open_town,
)

pytestmark = pytest.mark.browser

LAYERS = frozenset({"application", "data", "identity", "network", "endpoint", "people"})
NAUGHTY = ("<!channel> <@UCISO> Otter", "Otter <img src=x onerror=alert(1)>", "*<https://evil.invalid|Otter>*")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}") as opened:
        opened.workspace.people[opened.workspace.bot_id].real_name = opened.workspace.bot_name = "Preflight"
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@dataclass
class Asking(Window):
    """A window in which somebody asks for a tool, and signs for it."""

    @property
    def rationale(self) -> Locator:
        return self.modal.locator('textarea[data-block-id="sign_off|rationale"]')

    async def describe(self, kinds: tuple[str, ...], data: tuple[str, ...], users: str, seats: int) -> None:
        """Fill in both pages of how the tool will be used."""
        opens = self.thread.locator('[data-action-id="review|profile"]')
        await expect(opens).not_to_have_attribute("aria-busy", "true")
        await opens.click()
        await expect(self.modal).to_contain_text("1 of 2")
        await self.modal.locator('.block[data-block="profile|kinds"] summary').click()
        for kind in kinds:
            await self.modal.locator(f'input[value="{kind}"]').check()
        await self.page.keyboard.press("Escape")  # closes the menu and not the window
        await expect(self.modal.locator(f'input[value="{kinds[0]}"]')).to_be_hidden()
        await self.save()
        await expect(self.modal).to_contain_text("2 of 2")
        for each in (*data, users, "some"):
            await self.modal.locator(f'input[value="{each}"]').check()
        await self.modal.locator('input[data-block-id="profile|seats"]').fill(str(seats))
        await self.modal.locator('[data-block-id="profile|client_names"]:is(input, textarea)').fill("Northwind")
        await self.save()
        await expect(self.modal).to_be_hidden()

    # --- questions ------------------------------------------------------------------------------------------------

    async def asked(self) -> Question | None:
        """The question on the card, or None once there is a verdict."""
        card = self.thread.locator('.block[data-block^="q|"]')
        verdict = self.thread.locator('[data-action-id="review|submit"]')
        await expect(card.or_(verdict).first).to_be_visible()
        if not await card.count():
            return None
        return KNOWLEDGE.bank.by_id[(await card.get_attribute("data-block") or "").split("|")[1]]  # type: ignore[index]

    async def moved_on(self, question: Question) -> None:
        """Wait until the card shows something else; a window that asks for details is left for later."""
        await expect(self.thread.locator(f'.block[data-block^="q|{question.id}|"]')).to_have_count(0)

    async def answer(self, question: Question, way: str = "") -> str:
        """Give the best answer with whatever the card offers; says by which kind of control."""
        codes = question.best(LAYERS)
        controls = self.thread.locator('.block[data-block^="q|"]')
        button = controls.locator(f'button[data-action-id="answer|{codes[0] if codes else "none"}"]')
        if way == "reply":
            number = next(n for n, each in enumerate(question.options, 1) if each.code == codes[0])
            await self.thread.locator("textarea").fill(str(number))
            await self.thread.locator("textarea").press("Enter")
        elif question.choice is not Choice.ONE:
            way = "ticks"
            for code in codes:
                await controls.locator(f'input[value="{code}"]').check()
                recorded = self.thread.locator(".block-context", has_text="Recorded:")
                await expect(recorded).to_contain_text(question.by_code[code].label)
            await controls.locator('[data-action-id="review|next"]').click()
        elif await button.count():
            way = "button"
            await button.click()
        else:
            way = "menu"
            await controls.locator("select").select_option(codes[0])
        if any(not extra.wanted_for.isdisjoint(codes) for extra in question.extras) and way != "reply":
            await expect(self.modal).to_contain_text("Add the details")
            await self.page.get_by_test_id("modal-close").click()
            await expect(self.modal).to_be_hidden()
        await self.moved_on(question)
        return way


@pytest.fixture
async def open_window(town: Town, browser: Browser) -> AsyncIterator[Callable[[tuple[int, int]], Awaitable[Asking]]]:
    """Opens the playground at a size; at the end nothing may have gone wrong in it."""
    opened: list[Asking] = []

    async def open_at(size: tuple[int, int]) -> Asking:
        troubles: list[str] = []
        opened.append(Asking(await open_page(browser, town.page, size, troubles), troubles))
        return opened[-1]

    yield open_at
    for window in opened:
        assert window.troubles == []


OpenWindow = Callable[[tuple[int, int]], Awaitable[Asking]]


async def test_the_whole_story_from_a_question_to_a_decision_that_the_next_team_finds(
    open_window: OpenWindow,
) -> None:
    window = await open_window(DESK)
    page, thread = window.page, window.thread
    await window.picture("01-cold", dark=True)

    # Ask, by typing the mention as a person does: the page completes it.
    await window.composer.press_sequentially("@Pref")
    await expect(page.get_by_test_id("suggestion").first).to_contain_text("Preflight")
    await window.picture("02-completion")
    await window.composer.press("Tab")
    await window.composer.press_sequentially("is Fabrikam Notes safe to roll out to our home agents?")
    await window.composer.press("Enter")
    await expect(thread).to_contain_text("Is Fabrikam Notes safe to roll out?")
    await expect(thread).to_contain_text("Work-at-home agents (“home agents”)")
    await window.picture("03-asked", dark=True)

    await window.describe(("saas", "ai_llm"), ("customer_pii", "recordings"), "wah_agents", 200)

    ways: set[str] = set()
    while question := await window.asked():
        if len(ways) == 1 and "reply" not in ways and question.choice is Choice.ONE and question.options:
            await thread.locator('[data-action-id="review|why"]').click()
            await expect(window.modal).to_contain_text("Why this question")
            await expect(window.modal).to_contain_text(question.text)
            await window.picture("05-why", dark=True)
            await page.keyboard.press("Escape")
            await expect(window.modal).to_be_hidden()
            await window.answer(question, "reply")
            ways.add("reply")
            await thread.locator('[data-action-id="review|back"]').click()
            await expect(thread).to_contain_text("Recorded:")
            assert await window.asked() == question
            await thread.locator('[data-action-id="review|next"]').click()
            await window.moved_on(question)
            continue
        if not ways:
            await window.picture("04-question", dark=True)
        ways.add(await window.answer(question))
    assert ways == {"button", "menu", "ticks", "reply"}

    await expect(thread).to_contain_text("Who signs: two security leads")
    await thread.locator(".block-heading").scroll_into_view_if_needed()
    await window.picture("06-verdict", dark=True)
    await thread.locator('[data-action-id="review|submit"]').click()
    await expect(thread).to_contain_text("Fabrikam Notes is with the security leads")

    await window.become(LEAD_1)
    await window.open(SECURITY_CHANNEL)
    await expect(window.newest).to_contain_text("May Fabrikam Notes be rolled out?")
    await window.newest.locator('[data-action-id="sign_off|claim"]').click()
    await expect(window.newest).to_contain_text(re.compile(r"Looking at it\s*@Sam Securitylead"))
    await window.picture("07-claimed", dark=True)
    await window.newest.locator('[data-action-id="sign_off|approve"]').click()
    await window.rationale.fill("Few people first, then more.")
    await window.save()
    await expect(window.newest).to_contain_text("1 of 2 has signed")

    await window.become(LEAD_2)
    await window.newest.locator('[data-action-id="sign_off|approve"]').click()
    await window.rationale.fill("I agree.")
    await window.save()
    await expect(window.newest.locator(".block-heading")).to_have_text("Fabrikam Notes: approved with conditions")
    for name, why in (("Sam", "Few people first, then more."), ("Lena", "I agree.")):
        await expect(window.newest).to_contain_text(re.compile(rf"@{name} Securitylead\s*{why}"))
    await window.picture("08-decided", dark=True)

    await window.become(OTHER_LEAD)
    await window.open(TEAM_CHANNEL)
    await window.composer.fill("@Preflight can we use fabrikam notes?")
    await page.get_by_test_id("composer-send").click()
    await expect(thread.locator(".block-heading")).to_have_text("On record: Fabrikam Notes")
    await expect(thread).to_contain_text("Approved with conditions")
    await expect(thread).to_contain_text("in force")
    await window.picture("09-on-record", dark=True)

    await window.become(CISO)
    await window.open(SECURITY_CHANNEL)
    await expect(window.newest).to_contain_text("approved with conditions")


async def test_the_main_path_works_on_a_phone(open_window: OpenWindow) -> None:
    window = await open_window(PHONE)
    page, thread = window.page, window.thread
    await window.picture("01-cold", dark=True)
    await window.composer.fill("@Preflight is Fabrikam Forms safe for our office staff?")
    await page.get_by_test_id("composer-send").click()
    await window.newest.get_by_test_id("replies").click()
    await expect(thread).to_contain_text("Is Fabrikam Forms safe to roll out?")
    await window.picture("02-asked", dark=True)
    await window.describe(("saas",), ("customer_pii",), "hq_staff", 15)
    await window.picture("03-question", dark=True)

    await thread.locator('[data-action-id="review|form"]').click()
    parts = window.modal.locator('select[data-action-id="review|form"]')
    await expect(parts).to_be_visible()
    for guideline in await parts.locator('option:not([value=""])').evaluate_all("all => all.map((one) => one.value)"):
        await parts.select_option(guideline)  # what was filled in on another part is kept
        fields = window.modal.locator(f'.block[data-block^="q|{guideline}-"]')
        await expect(fields.first).to_be_visible()
        for block in await fields.all():
            question = KNOWLEDGE.bank.by_id[(await block.get_attribute("data-block") or "").split("|")[1]]  # type: ignore[index]
            for code in question.best(LAYERS):
                if question.choice is Choice.ONE:
                    await block.locator("select").select_option(code)
                else:
                    await block.locator(f'input[value="{code}"]').check()
    await window.picture("04-form", dark=True)
    await window.save()
    await expect(window.modal).to_be_hidden()
    await expect(thread.locator('[data-action-id="review|submit"]')).to_be_visible()

    await thread.locator(".block-heading").scroll_into_view_if_needed()
    await window.picture("05-verdict", dark=True)
    await thread.locator('[data-action-id="review|submit"]').click()
    await expect(thread).to_contain_text("Fabrikam Forms is with the security leads")

    await page.get_by_test_id("back").click()
    await window.become(LEAD_1)
    await page.get_by_test_id("back").click()
    await window.picture("06-list", dark=True)
    await window.open(SECURITY_CHANNEL)
    await window.newest.locator('[data-action-id="sign_off|approve"]').click()
    await expect(window.rationale).to_be_visible()
    await window.picture("07-approve", dark=True)
    await window.rationale.fill("Fifteen people, and nothing is missing.")
    await window.save()
    await expect(window.newest.locator(".block-heading")).to_contain_text("Fabrikam Forms: approved")
    await window.picture("08-decided", dark=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_an_answer_can_be_given_by_keyboard_alone_and_focus_comes_back(open_window: OpenWindow) -> None:
    window = await open_window(DESK)
    page, thread = window.page, window.thread
    focused = page.locator(":focus")

    async def tab_to(action: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            if await focused.count() and await focused.get_attribute("data-action-id") == action:
                return
        raise AssertionError(f"{action} cannot be reached with Tab")

    await page.keyboard.press("Tab")
    await expect(focused).to_have_text("Skip to message box")
    await page.keyboard.press("Enter")
    await expect(window.composer).to_be_focused()
    await page.keyboard.type("@Preflight is Fabrikam Wiki safe?")
    await page.keyboard.press("Enter")
    await expect(thread).to_contain_text("Is Fabrikam Wiki safe to roll out?")
    await tab_to("review|profile")
    await page.keyboard.press("Enter")
    await expect(window.modal).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(window.modal).to_be_hidden()
    await expect(focused).to_have_attribute("data-action-id", "review|profile")

    await window.describe(("saas",), ("internal",), "hq_staff", 20)
    await expect(focused).to_contain_text("Fabrikam Wiki: question 1")  # the card, since its button is gone
    question = await window.asked()
    while question and not await thread.locator(f'[data-action-id="answer|{question.best(LAYERS)[0]}"]').count():
        await window.answer(question)
        question = await window.asked()
    assert question is not None
    code = question.best(LAYERS)[0]
    await tab_to(f"answer|{code}")
    await window.picture("10-keyboard-focus", dark=True)
    await page.keyboard.press("Enter")
    if any(code in extra.wanted_for for extra in question.extras):
        await expect(window.modal).to_be_visible()
        await page.keyboard.press("Escape")
    await window.moved_on(question)


async def test_what_people_write_stays_text(open_window: OpenWindow, town: Town) -> None:
    window = await open_window(DESK)
    messages, direct = window.page.get_by_test_id("messages"), town.dm(TEAM_LEAD)
    for n, name in enumerate(NAUGHTY):
        await window.open(TEAM_CHANNEL)
        await window.composer.fill(f"{n}: {name}")
        await window.page.get_by_test_id("composer-send").click()
        await expect(window.newest).to_contain_text(f"{n}: ")
        await expect(messages.locator(".mention.broadcast, img, script")).to_have_count(0)
        await window.composer.fill(f"/preflight {name} {n}")
        await window.page.get_by_test_id("composer-send").click()
        await expect(window.modal).to_contain_text("1 of 2")
        await window.page.get_by_test_id("modal-close").click()
        await window.open(direct)
        await expect(messages.locator("> .message")).to_have_count(n + 1)
        await expect(window.newest.locator(".block-heading")).to_contain_text("safe to roll out?")
        await expect(window.newest.locator("img, script, a, .mention:not(.me)")).to_have_count(0)
    await window.picture("11-naughty")
    await window.become(CISO)
    await expect(window.page.get_by_test_id(f"channel-{TEAM_CHANNEL}").locator(".count-badge")).to_have_count(0)
