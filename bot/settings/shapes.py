"""What the value of a setting may look like: each check gives it back or says what is wrong, and repeats nothing."""

import ipaddress
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import SecretStr

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORTEST_AUDIT_KEY = 16
USES = ("off", "questions", "all")
REMOVABLE = ("emails", "phones")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
CHANNEL_ID = re.compile(r"[CG][A-Z0-9_]{1,40}")
USER_ID = re.compile(r"[UW][A-Z0-9_]{1,40}")
USER_OR_GROUP_ID = re.compile(r"[UWS][A-Z0-9_]{1,40}")
POSTGRESQL = re.compile(r"(postgres|postgresql|postgresql\+psycopg)://(?=.)")


def secret(starts: str = "", at_least: int = 1) -> Callable[[SecretStr | None], SecretStr | None]:
    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            text = value.get_secret_value()
            if starts and not (text.startswith(starts) and len(text) > len(starts)):
                raise ValueError(f"does not start with {starts}")
            if not starts and text.startswith(("xoxb-", "xoxp-", "xapp-")):
                raise ValueError("holds a token, which belongs in another variable")
            if not text.isascii() or not text.isprintable() or " " in text:
                raise ValueError("holds a space or another character that does not belong there")
            if len(text) < at_least:
                raise ValueError(f"is shorter than {at_least} characters")
        return value

    return check


def channel(value: str | None) -> str | None:
    if value is not None and not CHANNEL_ID.fullmatch(value):
        raise ValueError("is not a channel id, which starts with C or G, like C0123ABCD; a name is not an id")
    return value


def zone(value: str) -> str:
    if value not in available_timezones() - {"localtime", "Factory"}:
        near = get_close_matches(value, available_timezones(), n=1, cutoff=0.7)
        raise ValueError(f"is no time zone{f'; did you mean {near[0]}?' if near else ''}")
    return value


def weekday(value: str) -> str:
    for day in WEEKDAYS:
        if len(value) >= 3 and day.lower().startswith(value.lower()):
            return day
    raise ValueError(f"is no day of the week; write one of {', '.join(WEEKDAYS)}")


def hour(value: int) -> int:
    if not 0 <= value <= 23:
        raise ValueError("is no hour; write a number from 0 to 23")
    return value


def ids(shape: re.Pattern[str], looks_like: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        for place, entry in enumerate(value, start=1):
            if not shape.fullmatch(entry):
                raise ValueError(f"holds something else than an id at place {place}; an id is like {looks_like}")
        return tuple(dict.fromkeys(value))

    return check


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:  # a broken port or IPv6 address
        fits = False
    if not fits or re.search(r"[\s\\?#]", value):
        raise ValueError("is not a web address")
    return value


def slack_api(value: str) -> str:
    parts = urlsplit(web_address(value))
    if not parts.path.endswith("/api/"):
        raise ValueError("does not end in /api/")
    if (parts.scheme, parts.netloc) != ("https", "slack.com") and not is_loopback(parts.hostname or ""):
        raise ValueError("leads neither to https://slack.com nor to this machine, and the bot token would go there")
    return value


def model_address(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(web_address(value))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("is not https, and what people wrote would travel to another machine for everyone to read")
    return value


def model_use(value: str) -> str:
    if value.lower() not in USES:
        raise ValueError(f"is not one of {', '.join(USES)}")
    return value.lower()


def at_least_one(value: int) -> int:
    if value < 1:
        raise ValueError("is not a whole number of 1 or more")
    return value


def removable(value: tuple[str, ...]) -> tuple[str, ...]:
    if value == ("none",):
        return ()
    for entry in value:
        if entry not in REMOVABLE:
            raise ValueError(f"holds something else than {' and '.join(REMOVABLE)}; write none for neither")
    return tuple(dict.fromkeys(value))


def hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    for place, entry in enumerate(value, start=1):
        if not re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", entry):
            raise ValueError(f"holds something else than a host at place {place}; a host is like docs.example.com")
    return tuple(dict.fromkeys(value))


def database(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not (POSTGRESQL.match(url) or re.match(r"sqlite:///(?!:memory:|\?|$)", url)):
        raise ValueError("begins with neither sqlite:/// nor postgresql://, or names no file")
    return value


def host(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.:_-]+", value):
        raise ValueError("is not a host name or an IP address")
    return value


def port(value: Any) -> int:
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError("is not a whole number from 0 to 65535")
    return int(text)


def level(value: str) -> str:
    if value.upper() not in LEVELS:
        raise ValueError(f"is not one of {', '.join(LEVELS)}")
    return value.upper()


def folder(value: Path | None) -> Path | None:
    if value is not None and not value.is_dir():
        raise ValueError("is not a folder")
    return value
