"""A window on the playground: what a person sees in it and does. It asserts nothing but that a step was taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

from tests.playground.chromium import picture


@dataclass
class Window:
    """A window on the playground, and what a person does in it."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    @property
    def composer(self) -> Locator:
        return self.page.get_by_test_id("composer")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_test_id("thread-panel")

    @property
    def modal(self) -> Locator:
        return self.page.get_by_test_id("modal")

    @property
    def newest(self) -> Locator:
        """The message that stands last in the channel."""
        return self.page.get_by_test_id("messages").locator("> .message").last

    async def picture(self, name: str, *, dark: bool = False) -> None:
        await picture(self.page, name, dark=dark)

    async def become(self, person: str) -> None:
        await self.page.get_by_test_id("person-switcher").click()
        await self.page.get_by_test_id(f"person-{person}").click()
        await expect(self.page).to_have_url(re.compile(f"as={person}"))

    async def open(self, channel: str) -> None:
        await self.page.get_by_test_id(f"channel-{channel}").click()

    async def save(self) -> None:
        await self.page.get_by_test_id("modal-submit").click()
