"""What went wrong between us and Slack, read from whatever the SDK raised. It trusts the shape of nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

# AttributeError: the SDK itself trips over an answer of plain text, such as a gateway in between sends.
BROKEN: Final = (aiohttp.ClientError, TimeoutError, OSError, ValueError, AttributeError)
UNREADABLE: Final = "unreadable"  # an answer, but none of Slack's: what we sent may have arrived or not
PAUSE: Final = 30.0  # seconds, where Slack says "slow down" and not for how long
LONGEST_PAUSE: Final = 3_600.0


def code_of(error: SlackApiError) -> str:
    """Slack's word for it."""
    data = _data(error)
    return str(data.get("error") or UNREADABLE) if isinstance(data, Mapping) else UNREADABLE


def status_of(error: SlackApiError) -> int:
    """The HTTP status of the answer."""
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return status if isinstance(status, int) else 200


def pause_of(error: SlackApiError) -> float:
    """For how many seconds Slack wants to be left alone."""
    headers = getattr(error.response, "headers", None)
    said = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    try:
        seconds = float(str(said))
    except ValueError:
        return PAUSE
    return min(seconds, LONGEST_PAUSE) if math.isfinite(seconds) and seconds >= 0 else PAUSE


def _data(error: SlackApiError) -> object:
    response: Any = error.response
    return response if isinstance(response, Mapping) else getattr(response, "data", None)
