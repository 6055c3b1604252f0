"""Debian's Chromium on the playground's page: opened at a size, watched for every complaint, pictured when asked."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE_MS = 60_000
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (event) => console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser; where it is missing the test is skipped, but in CI it fails."""
    if shutil.which(CHROMIUM) is None:
        missing = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        await opened.close()


async def open_page(browser: Browser, address: str, size: tuple[int, int], troubles: list[str]) -> Page:
    """The page at this size. What it complains of, and whatever it asks another host for, goes into `troubles`."""
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="en-GB", color_scheme="light")
    page.set_default_timeout(PATIENCE_MS)
    await page.add_init_script(TELL_VIOLATIONS)
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    home = urlsplit(address).netloc
    page.on(
        "request",
        lambda asked: troubles.append(f"asked {asked.url}") if urlsplit(asked.url).netloc != home else None,
    )
    await page.goto(address)
    await expect(page.get_by_test_id("composer")).to_be_visible()
    return page


async def picture(page: Page, name: str, *, dark: bool = False) -> None:
    """Keep a screenshot in the folder PREFLIGHT_SCREENSHOTS names; without one take it all the same, for its faults."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    for scheme in ("light", "dark") if dark else ("light",):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        image = await page.screenshot(animations="disabled")
        if kept := os.environ.get("PREFLIGHT_SCREENSHOTS"):
            Path(kept).mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a picture, in a test
            (Path(kept) / f"{width}-{name}-{scheme}.png").write_bytes(image)
    await page.emulate_media(color_scheme="light")
