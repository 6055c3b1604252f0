"""The page in a real browser with a bot of a few lines behind it: the clock, files, and every block and element.

As in test_browser.py, a page that complains or asks another host for anything fails the test.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Locator, Page, Route, expect

from bot.playground.files import MOST_FILE_BYTES
from tests.playground import gallery
from tests.playground.chromium import DESK, PHONE, chromium, open_page, picture
from tests.playground.town import Town, button, png

CLIENTS = {"1": "Example Bank", "2": "Sample Airline"}
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
    town.workspace.people["UANA"].real_name = "Ana-Maria Teixeira de Ito"
    page = await at(size)
    clock = page.get_by_test_id("clock")
    theme, who = page.get_by_test_id("theme"), page.get_by_test_id("person-switcher")
    boxes = [await each.bounding_box() for each in (clock, theme, who)]
    assert all(left["x"] + left["width"] <= right["x"] for left, right in pairwise(boxes) if left and right)
    await expect(clock).to_have_text(f"{town.clock.now():%a %-d %b, %H:%M} UTC")
    await clock.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menu")).to_contain_text("Where Ana-Maria Teixeira de Ito is")
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
    there = town.clock.now().astimezone(ZoneInfo("Asia/Manila"))
    await expect(page.get_by_test_id("person-UBEN")).to_contain_text(f"{there:%a %-d %b, %H:}")
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


async def test_a_file_goes_into_a_thread_and_a_draft_keeps_its_files(at: Open, town: Town, tmp_path: Path):
    town.bolt.event("message")(_nothing)
    parent = (await town.slack.chat_postMessage(channel="CGENERAL", text="the review"))["ts"]
    await town.slack.chat_postMessage(channel="CGENERAL", text="evidence, please", thread_ts=parent)
    proof = tmp_path / "proof.txt"
    proof.write_text("it is so")
    page = await at(DESK)
    await page.get_by_test_id("composer-file").set_input_files(proof)
    await page.get_by_test_id("channel-CALONE").click()
    await expect(page.locator(".attached li")).to_have_count(0)
    await page.get_by_test_id("channel-CGENERAL").click()
    await expect(page.locator("#main .attached li")).to_have_count(1)
    await page.get_by_test_id("replies").click()
    await page.get_by_test_id("thread-composer-file").set_input_files(proof)
    await page.get_by_test_id("thread-composer").press("Enter")  # a file needs no words
    await expect(page.get_by_test_id("thread-panel").get_by_test_id("file")).to_contain_text("proof.txt")
    await town.playground.state.delivery.settled()
    (event,) = town.events("message")
    assert (event["thread_ts"], event["text"], event["files"][0]["name"]) == (parent, "", "proof.txt")
    assert "blocks" not in event


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


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_every_block_and_element_is_drawn_in_a_message(at: Open, town: Town, size: tuple[int, int]):
    file = town.workspace.add_file("chart.png", "UBOT", png(900, 300), at=town.clock.now()).id
    await town.slack.chat_postMessage(channel="CGENERAL", text="all", blocks=gallery.message(file))
    page = await at(size)
    await expect(page.locator(".unknown")).to_have_count(0)
    await expect(page.locator(".block-table th").first).to_have_text("Client")
    await expect(page.locator(".block-table tbody tr").first.locator("td").nth(1)).to_have_class("right nowrap")
    data = page.locator(".block-data_table")
    await expect(data.locator("tbody tr")).to_have_count(3)
    await data.get_by_role("button", name="Next").click()
    await expect(data.get_by_role("rowheader")).to_have_text(["Example client 4", "Example client 5"])
    for name in ("header", "rich", "actions"):
        await page.locator(f'.block[data-block="{name}"]').first.scroll_into_view_if_needed()
        await picture(page, f"25-message-{name}", dark=True)
    await expect(page.get_by_role("img", name="A picture elsewhere")).to_have_text("Picture: A picture elsewhere")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_every_input_is_drawn_in_a_modal_and_reports_what_was_chosen(at: Open, town: Town, size: tuple[int, int]):
    town.bolt.options("a")(_two_clients)
    town.bolt.view("everything")(_acknowledge)
    page = await at(size)
    trigger = town.workspace.issue_trigger("UANA", at=town.clock.now())
    await town.slack.views_open(trigger_id=trigger, view=gallery.modal())
    modal = page.get_by_test_id("modal")
    await expect(modal).to_be_visible()
    await expect(modal.locator(".unknown")).to_have_count(0)

    def control(kind: str) -> Locator:
        return modal.locator(f'.block[data-block$="-{kind}"] [data-action-id="a"]').first

    await control("number_input").fill("30")
    await control("multi_static_select").locator("summary").click()
    await modal.get_by_label("Cebu").check()
    await control("external_select").press_sequentially("exa")
    found = modal.locator(".combo").get_by_role("option")
    await expect(found).to_have_count(2)
    await picture(page, "26-modal-found", dark=True)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await control("multi_external_select").focus()  # it asks at once
    await expect(found).to_have_count(2)
    await found.first.click()
    await control("datetimepicker").fill("2026-12-01T09:30")
    await control("timepicker").fill("17:45")
    await control("users_select").select_option("UBEN")
    for number in (0, 7, 14):
        await modal.locator(".block").nth(number).scroll_into_view_if_needed()
        await picture(page, f"27-modal-{number}", dark=True)
    await page.get_by_test_id("modal-submit").click()
    await expect(modal).to_be_hidden()
    values = {block: value["a"] for block, value in town.last("view_submission")["view"]["state"]["values"].items()}

    def said(kind: str) -> Any:
        (value,) = [one for block, one in values.items() if block.endswith(f"-{kind}")]
        assert value.pop("type") == kind
        return next(iter(value.values()))

    assert said("number_input") == "30"
    assert [one["value"] for one in said("multi_static_select")] == ["cebu"]
    assert said("external_select")["value"] == "2"
    assert [one["value"] for one in said("multi_external_select")] == ["1"]
    assert said("datetimepicker") == 1796117400  # 09:30 in Lisbon
    assert (said("timepicker"), said("datepicker")) == ("17:45", "2026-11-30")
    assert (said("users_select"), said("multi_users_select"), said("checkboxes")) == ("UBEN", ["UANA"], [])


async def test_a_message_asks_the_bot_for_options_and_is_told_what_was_taken(at: Open, town: Town):
    town.bolt.options("external_select")(_two_clients)
    town.bolt.action("external_select")(_acknowledge)
    block = {"type": "actions", "block_id": "row", "elements": [gallery.pickers()[2]]}
    await town.slack.chat_postMessage(channel="CGENERAL", text="which", blocks=[block])
    page = await at(DESK)
    box = page.get_by_role("combobox", name="Which client")
    await box.press_sequentially("e")
    await expect(page.get_by_role("option")).to_have_count(0)  # two letters at least
    await box.press_sequentially("x")
    await page.get_by_role("option", name="Sample Airline").click()
    await expect(box).to_have_value("Sample Airline")
    asked = town.last("block_suggestion")
    assert (asked["value"], asked["action_id"], asked["container"]["type"]) == ("ex", "external_select", "message")
    assert asked["channel"]["id"] == "CGENERAL"
    await expect(page.get_by_role("option")).to_have_count(0)
    assert town.last("block_actions")["actions"][0]["selected_option"]["value"] == "2"


async def test_a_date_typed_digit_by_digit_is_sent_once(at: Open, town: Town):
    town.bolt.action("datepicker")(_acknowledge)
    await town.slack.chat_postMessage(
        channel="CGENERAL", text="when", blocks=[{"type": "actions", "elements": [gallery.pickers()[6]]}]
    )
    page = await at(DESK)
    await page.locator('[data-action-id="datepicker"]').focus()
    await page.keyboard.type("12242026")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.get_by_test_id("composer").click()
    await expect(page.locator('[data-action-id="datepicker"]')).to_have_value("2026-12-24")
    await town.playground.state.delivery.settled()
    assert [body["actions"][0]["selected_date"] for body in town.heard] == ["2026-12-24"]


@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_a_home_of_a_hundred_blocks_is_drawn_and_its_last_button_works(
    at: Open, town: Town, size: tuple[int, int]
):
    town.bolt.action("row|99")(_acknowledge)
    town.bolt.event("app_home_opened")(_nothing)
    await town.slack.views_publish(user_id="UANA", view=gallery.home())
    page = await at(size)
    if size == PHONE:
        await page.get_by_test_id("back").click()
    await page.get_by_test_id("channel-DANA").click()
    await page.get_by_test_id("home-tab").click()
    blocks = page.locator(".home > .block")
    await expect(blocks).to_have_count(100)
    await picture(page, "28-home", dark=True)
    await blocks.last.get_by_role("button").click()
    await expect(blocks.last.get_by_role("button")).not_to_have_attribute("aria-busy", "true")
    assert town.last("block_actions")["actions"][0]["action_id"] == "row|99"


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


async def _acknowledge(ack: Any) -> None:
    await ack()


async def _two_clients(ack: Any) -> None:
    await ack(options=[{"text": gallery.plain(name), "value": value} for value, name in CLIENTS.items()])


async def test_a_press_far_down_a_tall_card_is_taken_whatever_happens_elsewhere_meanwhile(at: Open, town: Town):
    lines = [{"type": "section", "text": {"type": "mrkdwn", "text": f"Line {n}"}} for n in range(40)]
    await town.slack.chat_postMessage(channel="CGENERAL", text="tall", blocks=[*lines, *button("far_down")])

    @town.bolt.action("far_down")
    async def take(ack: Callable[[], Awaitable[None]]) -> None:
        await ack()

    page = await at(PHONE)
    far_down = page.locator('[data-action-id="far_down"]')
    await far_down.scroll_into_view_if_needed()
    await far_down.hover()
    await page.mouse.down()
    await town.slack.chat_postMessage(channel="CSHARED", text="something else")
    await expect(page.get_by_test_id("channel-CSHARED")).to_have_class(re.compile("unread"))
    await page.mouse.up()
    await expect(far_down).not_to_have_attribute("aria-busy", "true")
    await town.playground.state.delivery.settled()
    assert [body["actions"][0]["action_id"] for body in town.heard if body["type"] == "block_actions"] == ["far_down"]


async def test_whoever_becomes_somebody_else_stays_so_however_quickly_they_go_on(at: Open, town: Town):
    page = await at(PHONE)
    arrives = asyncio.Event()

    async def slowly(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/page/state?as=UBEN", slowly)
    await page.get_by_test_id("person-switcher").click()
    await page.get_by_test_id("person-UBEN").click()
    await page.get_by_test_id("back").click()
    await expect(page).to_have_url(re.compile("list=1"))
    arrives.set()
    await expect(page.get_by_test_id("person-switcher")).to_contain_text("Ben Okoro")
