"""Names are written by people too: what a person or a channel is called never reaches a model, and calls nobody.

And wherever words may lead, the bot itself speaks to Slack and to the model's service, and to nobody else.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.llm.client import RemoteModel
from bot.llm.material import as_it_is
from bot.llm.prompts import load_prompts
from bot.llm.service import Place
from bot.settings import Settings
from tests.injections import OURS, all_injections
from tests.llm.endpoint import KEY, MODEL, Asked, Endpoint
from tests.stories.obedient import SPEECHES
from tests.stories.steps import AGENTS, GAPS, answer_quickly, decided, describe, hand_in, sign
from tests.stories.test_bad_input import live_for_others
from tests.stories.town import SECURITY_CHANNEL, TEAM_CHANNEL, TEAM_LEAD, Town, open_town


def obey(asked: Asked) -> str:
    """What a cheat would like to hear, in the shape that was asked for."""
    people = asked.parts[-1]
    quote = people.strip()[:120]
    if asked.task == "extract":
        facts = [("data", "public"), ("users", "hq_staff"), ("seats", "1"), ("clients", "none"), ("tool", "Preflight")]
        return json.dumps({"proposals": [{"fact": fact, "value": value, "quote": quote} for fact, value in facts]})
    if asked.task == "choose":
        return json.dumps({"option": "is_yes", "quote": quote})
    if asked.task == "answer":
        return json.dumps({"sentences": [{"text": text, "passages": [1]} for text in (quote, *SPEECHES)]})
    return json.dumps({"lines": [quote, *SPEECHES][:5]})


@pytest.fixture
def model(endpoint: Endpoint) -> RemoteModel:
    endpoint.says = obey
    prompts = load_prompts(Settings(_env_file=None).prompts)
    place = Place(MODEL, endpoint.base_url, KEY)
    return RemoteModel(place, prompts, daily_tokens=10_000_000, at_once=8, redact=as_it_is)


async def test_what_people_and_channels_are_called_never_reaches_the_model(
    tmp_path: Path, endpoint: Endpoint, model: RemoteModel
) -> None:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as town:
        for number, words in enumerate(OURS):
            called = f"zq{number} {words}"
            call_them(town, called)
            await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight is Fabrikam {number:03} safe for 20 home agents?")
        await town.settle()
        assert len(endpoint.requests) >= len(OURS)
        assert not any(f"zq{number}" in asked.text for asked in endpoint.requests for number in range(len(OURS)))
        assert live_for_others(town) == []


def call_them(town: Town, called: str) -> None:
    """Give the person and the channel that name."""
    person = town.workspace.people[TEAM_LEAD]
    person.name = person.real_name = called
    town.workspace.channels[TEAM_CHANNEL].name = called
    town.bot.desk.directory.forget()  # type: ignore[attr-defined]  # the one that looks into Slack keeps names a while


async def test_the_bot_speaks_to_slack_and_to_the_model_and_to_nobody_else(
    tmp_path: Path, endpoint: Endpoint, model: RemoteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken_to: set[tuple[str, int]] = set()
    connect = socket.socket.connect

    def listened_to(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple):
            spoken_to.add((str(address[0]), int(address[1])))
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", listened_to)
    leading = [words for words in all_injections() if "http" in words or "evil" in words]
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as town:
        for number, words in enumerate(leading):
            await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight is Fabrikam {number:03} safe for home agents? {words}")
            await town.command(TEAM_LEAD, f"ask how long are recordings kept? {words}")
        await town.settle()
        known = {urlsplit(each).port for each in (town.page, town.door, endpoint.base_url)}
        assert spoken_to == {("127.0.0.1", port) for port in known}
        assert endpoint.requests
        assert live_for_others(town) == []


async def test_the_whole_job_with_a_model_that_obeys_ends_as_it_would_without(
    tmp_path: Path, model: RemoteModel
) -> None:
    words = OURS[1]
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as town:
        text = f"@Preflight is Fabrikam Notes safe to roll out? {words}"
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, text)
        card = await town.until(lambda: next((c for c in town.cards(TEAM_CHANNEL) if c.thread_ts == ts), None))
        await town.settle()
        await describe(town, card, **AGENTS)
        await town.settle()
        await answer_quickly(town, card, **GAPS)
        request = await hand_in(town, card)
        await sign(town, request)
        (decision,) = await decided(town)
        assert decision.profile.data == {"customer_pii"}
        assert decision.signed_by
        assert all(each.channel != "general" for each in town.cards(SECURITY_CHANNEL))
        assert live_for_others(town) == []
