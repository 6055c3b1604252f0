"""Logs: one JSON object a line, with keys instead of sentences. Neither what people wrote nor any secret is in it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# Tokens, and the addresses by which anyone could answer in our place.
_SECRET: Final = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|https?://hooks\.slack\.com/\S+|/response/\S+")


class JsonLines(logging.Formatter):
    """A record as one line; secrets taken out, line breaks kept inside."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "event": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[0]:
            said["trace"] = _places(record)
        return _SECRET.sub("[secret]", json.dumps(said, default=str, ensure_ascii=True))


def _places(record: logging.LogRecord) -> list[str]:
    """Where it went wrong, without the messages and values of the exception: they may quote what people wrote."""
    places: list[str] = []
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        places.append(type(error).__name__)
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            places.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
            step = step.tb_next
        error = error.__cause__ or error.__context__
    return places


def set_up_logs(level: str) -> None:
    """Send everything to standard error as JSON lines. Libraries that log payloads are kept quiet at any level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("slack_bolt", "slack_sdk", "sqlalchemy", "aiohttp", "asyncio", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
