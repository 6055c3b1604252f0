"""Clients and the rhythm of their security reviews: whose, how often, at whose clock. It computes no dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from bot.domain.ids import ChannelId, ClientId, SeriesId, UserId

# Codes of the frameworks a client holds us to; their labels are in knowledge/client_review/register.toml.
FRAMEWORKS: Final = ("pci", "hipaa", "sox", "gdpr", "iso_27001", "soc_2")


@dataclass(frozen=True, slots=True)
class Client:
    """One client. Its name and aliases are unique in the register, spelled as `tool.name_key` spells them."""

    id: ClientId
    name: str
    account_owner: UserId
    zone: str  # IANA, such as "America/New_York": its reviews keep to the client's clock
    aliases: tuple[str, ...] = ()
    channel: ChannelId | None = None  # ours, internal; without one, packs go to the host
    frameworks: frozenset[str] = frozenset()
    left_on: date | None = None  # no client of ours any more: no reviews, but what is on record stays
    version: int = 0

    @property
    def cardholder(self) -> bool:
        """Does it hold us to PCI DSS, which asks for a review every quarter at least?"""
        return "pci" in self.frameworks


class Cadence(StrEnum):
    """How often, from the most to the least often."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def rank(self) -> int:
        return tuple(Cadence).index(self)


LAST_WEEK: Final = 5  # `week_of_month`: the last such weekday of the month


@dataclass(frozen=True, slots=True)
class Rhythm:
    """On which local dates, at which local time. Weekdays count from Monday, 0; only weekly takes several."""

    cadence: Cadence
    weekdays: tuple[int, ...]
    at: time  # on the clock of the series' zone
    starts_on: date  # no occurrence before it; fortnights and quarters count from it
    week_of_month: int = 1  # monthly and quarterly: the first to the fourth such weekday, or LAST_WEEK
    ends_on: date | None = None  # no occurrence after it


@dataclass(frozen=True, slots=True)
class Slower:
    """Leave to meet less often than weekly: a lead gave it, with a reason, until a day."""

    because: str
    by: UserId
    until: date


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which one side does not work, from a list or an iCalendar file of its own."""

    on: date
    name: str


class SideOf(StrEnum):
    OURS = "ours"
    CLIENTS = "clients"


@dataclass(frozen=True, slots=True)
class Holidays:
    """Where the days off of each side come from: public holidays of a country ("US", "DE-BY"), and lists of its own."""

    countries: Mapping[SideOf, str] = field(default_factory=dict)
    days: Mapping[SideOf, tuple[DayOff, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the recipient's own clock in which no reminder reaches them; may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Series:
    """The reviews of one client, one after the other. A client has one series."""

    id: SeriesId
    client: ClientId
    rhythm: Rhythm
    zone: str
    minutes: int  # the length that is booked; the agenda chooses 15, 30 or 45 by the facts
    host: UserId
    stand_in: UserId
    our_side: tuple[UserId, ...] = ()  # further attendees of ours
    client_side: tuple[str, ...] = ()  # the client's contacts, by name
    holidays: Holidays = Holidays()
    pack_hours: int = 24  # before the start: the pack, to the client's channel
    host_minutes: int = 60  # before the start: the reminder to the host
    quiet: Quiet | None = None
    slower: Slower | None = None
    planned_until: date | None = None  # occurrences are rows up to and including this local date
    ended_at: datetime | None = None
    version: int = 0
