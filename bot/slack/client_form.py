"""The pages of a client's form, read field by field and carried on inside the form. Nothing is guessed or saved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final

from bot.domain.client import Cadence, Client, DayOff, Holidays, Quiet, Rhythm, Series, SideOf
from bot.domain.ids import ChannelId, ClientId, UserId
from bot.domain.register import (
    LONGEST_CLIENT_NAME,
    MOST_REASON,
    ClientDraft,
    Field,
    FieldsRefused,
    SeriesDraft,
    draft_of,
    tidy,
)
from bot.knowledge.holidays import UnreadableDays, read_list
from bot.slack import ids
from bot.slack.call import Call
from bot.use_cases.clients import Filled, Reviews, country_fault

NO_DAYS: Final = "none"  # typed where a list was too long to be shown: take its days away
DAYS_SHOWN: Final = 2_900  # characters of a list that a field still takes


@dataclass(frozen=True, slots=True)
class Known:
    """Which client the form is about, and the versions the person had before them; nothing for a new one."""

    id: ClientId | None = None
    saw: int = 0
    saw_series: int | None = None


@dataclass(frozen=True, slots=True)
class Page1:
    """The first page: the client itself, and whether it has reviews."""

    known: Known
    client: ClientDraft
    reviews: Reviews

    def filled(self, series: SeriesDraft | None = None, confirmed: str = "") -> Filled:
        """What the form asks for, as far as it is filled in."""
        known = self.known
        return Filled(self.client, self.reviews, series, known.id, known.saw, known.saw_series, confirmed)

    def kept(self, series: SeriesDraft | None = None) -> str:
        """The pages as the next one carries them, within what Slack lets a form carry."""
        client, known = self.client, self.known
        pages: dict[str, Any] = {
            "known": [known.id, known.saw, known.saw_series],
            "client": [client.name, client.account_owner, client.zone, client.aliases, client.channel],
            "frameworks": sorted(client.frameworks),
        }
        if series is not None:
            rhythm, until = series.rhythm, series.slower_until
            pages["rhythm"] = [
                rhythm.cadence.value,
                rhythm.weekdays,
                rhythm.at.isoformat("minutes"),
                rhythm.starts_on.isoformat(),
                rhythm.week_of_month,
                rhythm.ends_on and rhythm.ends_on.isoformat(),
            ]
            pages["held"] = [series.minutes, series.host, series.stand_in]
            pages["slower"] = [series.slower_because, until and until.isoformat()]
        return json.dumps(pages, ensure_ascii=False, separators=(",", ":"))


def read_back(metadata: str) -> tuple[Page1, SeriesDraft | None]:
    """What the pages before this one said."""
    kept = json.loads(metadata)
    name, owner, zone, aliases, channel = kept["client"]
    draft = ClientDraft(name, UserId(owner), zone, tuple(aliases), channel, frozenset(kept["frameworks"]))
    page = Page1(Known(*kept["known"]), draft, Reviews.SERIES)
    if "rhythm" not in kept:
        return page, None
    cadence, weekdays, at, starts_on, week, ends_on = kept["rhythm"]
    minutes, host, stand_in = kept["held"]
    because, until = kept["slower"]
    rhythm = Rhythm(
        Cadence(cadence), tuple(weekdays), time.fromisoformat(at), date.fromisoformat(starts_on), week, _day(ends_on)
    )
    series = SeriesDraft(rhythm, minutes, host, stand_in, slower_because=because, slower_until=_day(until))
    return page, series


def known_of(client: Client, series: Series | None) -> Known:
    """The client a form is opened for."""
    return Known(client.id, client.version, series.version if series is not None else None)


def known_text(known: Known) -> str:
    """What the first page carries."""
    return json.dumps([known.id, known.saw, known.saw_series])


def read_page_1(call: Call) -> Page1:
    """Read the first page as it was typed; what is wrong with it is the register's to say."""
    draft = ClientDraft(
        name=tidy(_words(call, Field.NAME), most=LONGEST_CLIENT_NAME),
        account_owner=UserId(_user(call, Field.ACCOUNT_OWNER)),
        zone=_words(call, Field.ZONE),
        aliases=tuple(names_in(_words(call, Field.ALIASES))),
        channel=ChannelId(str(_element(call, Field.CHANNEL).get("selected_conversation") or "")) or None,
        frameworks=frozenset(_picked(call, Field.FRAMEWORKS)),
    )
    reviews = next(iter(call.picked(ids.client_block("reviews"))), Reviews.SERIES)
    return Page1(Known(*json.loads(call.metadata)), draft, Reviews(reviews))


def read_page_2(call: Call, before: SeriesDraft | None) -> SeriesDraft:
    """Read the second page, onto what the third said before. Raises FieldsRefused for what is not there at all."""
    faults: dict[Field, str] = {}
    at, starts_on = _time(call, Field.TIME), _day(_element(call, Field.FIRST_DATE).get("selected_date"))
    if at is None:
        faults[Field.TIME] = "Choose the time on the client's clock."
    if starts_on is None:
        faults[Field.FIRST_DATE] = "Choose the first day on which a review may be."
    if at is None or starts_on is None:
        raise FieldsRefused(faults)
    rhythm = Rhythm(
        cadence=Cadence(_one(call, Field.CADENCE, Cadence.WEEKLY.value)),
        weekdays=tuple(sorted(int(each) for each in _picked(call, Field.WEEKDAYS))),
        at=at,
        starts_on=starts_on,
        week_of_month=int(_one(call, Field.WEEK_OF_MONTH, "1")),
        ends_on=_day(_element(call, Field.LAST_DATE).get("selected_date")),
    )
    weekly = rhythm.cadence is Cadence.WEEKLY
    because = "" if weekly else tidy(_words(call, Field.SLOWER_BECAUSE), most=MOST_REASON)
    until = None if weekly else _day(_element(call, Field.SLOWER_UNTIL).get("selected_date"))
    minutes = int(_one(call, Field.MINUTES, "0"))
    host, stand_in = UserId(_user(call, Field.HOST)), UserId(_user(call, Field.STAND_IN))
    if before is None:
        return SeriesDraft(rhythm, minutes, host, stand_in, slower_because=because, slower_until=until)
    return replace(
        before,
        rhythm=rhythm,
        minutes=minutes,
        host=host,
        stand_in=stand_in,
        slower_because=because,
        slower_until=until,
    )


def read_page_3(call: Call, page_2: SeriesDraft, before: Series | None) -> tuple[SeriesDraft, str]:
    """Read the third page and put it to the second; also the code of the clashes that were confirmed."""
    faults: dict[Field, str] = {}
    countries, days = dict[SideOf, str](), dict[SideOf, tuple[DayOff, ...]]()
    for side, country, listed in SIDES:
        code, fault = country_fault(_words(call, country))
        if fault:
            faults[country] = fault
        elif code:
            countries[side] = code
        try:
            if found := _days(_words(call, listed), before.holidays.days.get(side, ()) if before else ()):
                days[side] = found
        except UnreadableDays as unreadable:
            faults[listed] = " ".join(unreadable.faults)[:400]
    start, end = _time(call, Field.QUIET_FROM), _time(call, Field.QUIET_UNTIL)
    if (start is None) != (end is None):
        faults[Field.QUIET_FROM if start is None else Field.QUIET_UNTIL] = "Give both times, or leave both empty."
    draft = replace(
        page_2,
        our_side=tuple(UserId(str(user)) for user in _element(call, Field.OUR_SIDE).get("selected_users") or ()),
        client_side=tuple(names_in(_words(call, Field.CLIENT_SIDE))),
        holidays=Holidays(countries, days),
        pack_hours=_number(call, Field.PACK_HOURS, faults),
        host_minutes=_number(call, Field.HOST_MINUTES, faults),
        quiet=Quiet(start, end) if start is not None and end is not None else None,
    )
    if faults:
        raise FieldsRefused(faults)
    return draft, next(iter(call.picked(ids.CLIENT_CONFIRM)), "")


SIDES: Final = (
    (SideOf.OURS, Field.OUR_COUNTRY, Field.OUR_DAYS_OFF),
    (SideOf.CLIENTS, Field.CLIENT_COUNTRY, Field.CLIENT_DAYS_OFF),
)


def names_in(text: str) -> Iterable[str]:
    """Names, one a line or separated by commas, each once."""
    names = (tidy(name, most=LONGEST_CLIENT_NAME) for name in re.split(r"[,;\n]", text))
    return dict.fromkeys(name for name in names if name)


def days_text(days: Iterable[DayOff]) -> str:
    """A list of days off as it is typed."""
    return "\n".join(f"{each.on.isoformat()} {each.name}" for each in days)


def to_start_with(series: Series | None) -> SeriesDraft | None:
    """What the pages of the series start with."""
    return draft_of(series) if series is not None else None


def _days(text: str, before: tuple[DayOff, ...]) -> tuple[DayOff, ...]:
    if text.strip().casefold() == NO_DAYS:
        return ()
    if text.strip():
        return read_list(text)
    return before if len(days_text(before)) > DAYS_SHOWN else ()  # too long to be shown: the field began empty


def _number(call: Call, field: Field, faults: dict[Field, str]) -> int:
    text = _words(call, field)
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        faults[field] = "Give a whole number."
        return 0
    return int(text)


def _time(call: Call, field: Field) -> time | None:
    given = str(_element(call, field).get("selected_time") or "")
    try:
        return time.fromisoformat(given) if given else None
    except ValueError:
        return None


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(str(given)) if given else None
    except ValueError:
        return None


def _element(call: Call, field: Field) -> Any:
    return call.values().get(ids.client_block(field.value), {})


def _user(call: Call, field: Field) -> str:
    return str(_element(call, field).get("selected_user") or "")


def _words(call: Call, field: Field) -> str:
    return call.words(ids.client_block(field.value))


def _picked(call: Call, field: Field) -> tuple[str, ...]:
    return call.picked(ids.client_block(field.value))


def _one(call: Call, field: Field, otherwise: str) -> str:
    return next(iter(_picked(call, field)), otherwise)
