"""One tiny call that tells what is wrong with a model's service, in one line. It sends nothing of anybody's."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Final

from bot.llm.prompts import Filled
from bot.llm.service import Failed, Mode, Place, Request, Service, Why
from bot.llm.shapes import bare
from bot.use_cases.ports import A_PERSON_WAITS

_SHAPE: Final = {
    "title": "check",
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
_REQUEST: Final = Request(
    Filled('This is a test. Answer with the JSON {"ok": true} and with nothing else.', "Are you there?"),
    "check",
    _SHAPE,
    most=300,  # a model that thinks first needs some of it for that
)


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of it, in words with what to do."""

    ok: bool
    text: str


async def probe(place: Place, within: float = A_PERSON_WAITS.total_seconds()) -> Probed:
    """Ask once, and say how it went."""
    service, host = Service(place, at_once=1), place.host
    await service.load()  # what our own library takes says nothing about the service
    asking = asyncio.create_task(service.complete(_REQUEST))
    began = time.monotonic()
    await asyncio.wait({asking}, timeout=within)
    took = round((time.monotonic() - began) * 1000)
    if not asking.done():
        asking.cancel()
        return Probed(False, f"{host} gave no answer within {within:g} s. Where a person waits, that is too slow.")
    try:
        text = asking.result().text
    except Failed as failed:
        return Probed(False, _wrong(failed, host, place.model))
    finally:
        await service.close()
    if not _is_json(text):
        return Probed(
            False, f"{place.model} on {host} answers, but not with JSON. Choose a model that can, or another."
        )
    schema = "yes" if service.dialect.mode is Mode.SCHEMA else "no"
    return Probed(True, f"{place.model} on {host}, reached, {took} ms; json_schema: {schema}")


def _is_json(text: str | None) -> bool:
    try:
        return isinstance(json.loads(bare(text or "")), dict)
    except (ValueError, RecursionError):
        return False


def _wrong(failed: Failed, host: str, model: str) -> str:
    status = f" ({failed.status})" if failed.status else ""
    match failed.why:
        case Why.NOT_REACHED:
            return f"{host} cannot be reached. Look at OPENAI_BASE_URL, and at the network."
        case Why.KEY:
            return f"{host} refuses the key{status}. Look at OPENAI_API_KEY."
        case Why.MODEL:
            return f"{host} knows no model called {model}{status}. Look at OPENAI_MODEL."
        case Why.TOO_OFTEN:
            return f"{host} takes no more calls{status}: its limit, or what the account may spend, is used up."
        case Why.ITS_FAULT:
            return f"{host} failed{status}. Look at its own log, or try again later."
        case Why.REQUEST:
            return f"{host} does not understand the request{status}. It has to offer chat completions of OpenAI's kind."
        case Why.PROTOCOL | Why.TOO_LONG:
            return f"{host} does not speak OpenAI's protocol{status}. OPENAI_BASE_URL usually ends in /v1."
