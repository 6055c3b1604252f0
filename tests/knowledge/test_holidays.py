"""Days off from countries, calendars and lists; what cannot be read is named, all of it at once."""

from datetime import date
from textwrap import dedent

import pytest

from bot.domain.client import DayOff, Holidays, SideOf
from bot.knowledge.holidays import (
    UnknownCountry,
    UnreadableDays,
    country_code,
    days_off,
    read_calendar,
    read_list,
)

TODAY = date(2026, 11, 24)


def a_calendar(*events: str) -> str:
    body = "\n".join(f"BEGIN:VEVENT\nUID:{n}\n{dedent(event).strip()}\nEND:VEVENT" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{body}\nEND:VCALENDAR\n".replace("\n", "\r\n")


def read(*events: str) -> list[str]:
    return [f"{each.on} {each.name}" for each in read_calendar(a_calendar(*events), today=TODAY)]


def test_each_side_has_the_public_holidays_of_its_country_and_its_own_days():
    chosen = Holidays(
        {SideOf.OURS: "DE-BY", SideOf.CLIENTS: "us"}, {SideOf.CLIENTS: (DayOff(date(2026, 11, 27), "Day After"),)}
    )
    found = days_off(chosen, date(2026, 11, 1), date(2027, 1, 6))
    assert found[SideOf.OURS][date(2026, 11, 1)] == "All Saints' Day"  # Bavaria has it, Berlin has not
    assert found[SideOf.OURS][date(2027, 1, 6)] == "Epiphany"
    assert found[SideOf.CLIENTS][date(2026, 11, 26)] == "Thanksgiving Day"
    assert found[SideOf.CLIENTS][date(2026, 11, 27)] == "Day After"
    assert date(2026, 11, 1) not in found[SideOf.CLIENTS]
    assert date(2027, 1, 18) not in found[SideOf.CLIENTS]  # a holiday, but past the last day asked for


def test_without_a_choice_there_is_no_day_off():
    assert days_off(Holidays(), date(2026, 1, 1), date(2026, 12, 31)) == {SideOf.OURS: {}, SideOf.CLIENTS: {}}


@pytest.mark.parametrize(
    ("said", "kept"), [("de-by", "DE-BY"), ("UK", "GB"), (" us-ca ", "US-CA"), ("DE-augsburg", "DE-Augsburg")]
)
def test_a_code_is_kept_in_one_spelling(said: str, kept: str):
    assert country_code(said) == kept


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Germany", "DE"), ("Phillipines", "PH"), ("USA", "US"), ("DE-Bayern", "DE-BY"), ("DE-XX", "DE-BY")],
)
def test_an_unknown_code_is_answered_with_the_one_that_was_meant(said: str, meant: str):
    with pytest.raises(UnknownCountry) as refused:
        country_code(said)
    assert meant in refused.value.near
    assert said in refused.value.reason
    assert "Did you mean" in refused.value.reason


@pytest.mark.parametrize("said", ["", "XX", "-BY", "D", "Atlantis", "DE-BY-MUNICH"])
def test_what_is_no_country_is_refused(said: str):
    with pytest.raises(UnknownCountry):
        country_code(said)


def test_a_list_holds_one_day_or_one_stretch_a_line():
    text = """
        # ours
        2026-12-24 Christmas Eve
        2026-12-28..2026-12-30; Winter break   # closed
        2027-01-04
    """
    assert [f"{each.on} {each.name}" for each in read_list(text)] == [
        "2026-12-24 Christmas Eve",
        "2026-12-28 Winter break",
        "2026-12-29 Winter break",
        "2026-12-30 Winter break",
        "2027-01-04 Day off",
    ]


def test_every_line_of_a_list_that_cannot_be_read_is_named_at_once():
    with pytest.raises(UnreadableDays) as refused:
        read_list(
            "2026-12-24 Eve\nChristmas\n2026-02-30 Never\n2026-12-31..2026-12-24 Backwards\n1900-01-01..2100-01-01"
        )
    assert [fault.split()[1] for fault in refused.value.faults] == ["2", "3", "4", "5"]
    assert "write it like 2026-12-24 Christmas Eve" in refused.value.reason


@pytest.mark.parametrize("text", ["", "   \n# nothing\n"])
def test_a_list_without_a_day_is_no_list(text: str):
    with pytest.raises(UnreadableDays, match="holds no day"):
        read_list(text)


def test_the_all_day_events_of_a_calendar_are_days_off():
    event = "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Winter break\\, all sites"
    single = "DTSTART;VALUE=DATE:20270104\nSUMMARY:Stocktaking"
    lasting = "DTSTART;VALUE=DATE:20270201\nDURATION:P2D\nSUMMARY:Move"
    assert read(event, single, lasting) == [
        "2026-12-24 Winter break, all sites",
        "2026-12-25 Winter break, all sites",
        "2026-12-26 Winter break, all sites",
        "2027-01-04 Stocktaking",
        "2027-02-01 Move",
        "2027-02-02 Move",
    ]


def test_an_event_with_hours_or_called_off_is_no_day_off():
    timed = "DTSTART:20261224T090000Z\nDTEND:20261224T100000Z\nSUMMARY:Party"
    called_off = "DTSTART;VALUE=DATE:20261225\nSUMMARY:Never mind\nSTATUS:CANCELLED"
    kept = "DTSTART;VALUE=DATE:20261226\nSUMMARY:Kept"
    assert read(timed, called_off, kept) == ["2026-12-26 Kept"]
    with pytest.raises(UnreadableDays, match="all-day event"):
        read(timed)


def test_what_comes_every_year_is_written_down_for_five_years():
    event = "DTSTART;VALUE=DATE:20241224\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20281224\nSUMMARY:Eve"
    assert read(event) == [f"{year}-12-24 Eve" for year in (2024, 2025, 2026, 2027, 2029, 2030, 2031)]
    until = "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;UNTIL=20271224T235959Z\nSUMMARY:Eve"
    assert read(until) == ["2026-12-24 Eve", "2027-12-24 Eve"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a calendar",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        a_calendar(),
        "\0\0",
        "BEGIN:VEVENT\r\nEND:VCALENDAR",
    ],
)
def test_what_is_no_calendar_is_refused_in_words(text: str):
    with pytest.raises(UnreadableDays) as refused:
        read_calendar(text, today=TODAY)
    assert refused.value.reason.startswith("I took none of these days off:")


def test_every_event_that_cannot_be_read_is_named():
    with pytest.raises(UnreadableDays) as refused:
        read(
            "SUMMARY:No date",
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20991224\nSUMMARY:Too long",
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=SECONDLY\nSUMMARY:Every second",
        )
    assert [fault.split(" ")[1] for fault in refused.value.faults] == ["1", "2", "3"]


def test_a_calendar_without_measure_is_refused():
    daily = "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY\nSUMMARY:Always"
    with pytest.raises(UnreadableDays, match="more than 2000 days"):
        read(daily)
    with pytest.raises(UnreadableDays, match="1000000"):
        read_list("2026-12-24 " + "x" * 1_000_000)


def test_bytes_in_no_known_encoding_still_give_their_dates():
    content = a_calendar("DTSTART;VALUE=DATE:20261224\nSUMMARY:Heilig").encode().replace(b"Heilig", b"Heilig\xe4")
    assert [each.on for each in read_calendar(content, today=TODAY)] == [date(2026, 12, 24)]
