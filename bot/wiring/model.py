"""Settings in, a model out: the one that is set up, or the one that is not there. It asks nobody anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.domain.model_use import ModelCall, Task, Use
from bot.knowledge import Knowledge, load_knowledge
from bot.knowledge.redactor import redactor
from bot.llm.absent import Absent
from bot.llm.client import RemoteModel
from bot.llm.prompts import Prompts, load_prompts
from bot.llm.service import Place
from bot.store.database import Store
from bot.store.work import Work
from bot.use_cases.ports import Model

if TYPE_CHECKING:
    from bot.settings import Settings


class InStore:
    """The record of calls in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, call: ModelCall) -> None:
        await self._store.act(_add, call)

    async def spent_since(self, since: datetime) -> int:
        return await self._store.read(_spent_since, since)


def place_of(settings: Settings) -> Place | None:
    """Where the model is that was set up; None when none was."""
    if not settings.model_set_up or settings.openai_model is None:
        return None
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return Place(settings.openai_model, settings.openai_base_url, key)


def model_of(settings: Settings, prompts: Prompts, knowledge: Knowledge) -> Model:
    """The model that the settings name, or the one that is not there."""
    place = place_of(settings)
    if place is None:
        return Absent()
    return RemoteModel(
        place,
        prompts,
        daily_tokens=settings.model_daily_tokens,
        at_once=settings.model_at_once,
        redact=redactor(knowledge, settings.model_removes).redact,
    )


def no_model(knowledge: Knowledge) -> Model:
    """The one that is not there."""
    return Absent()


def demo_model() -> tuple[Callable[[Knowledge], Model], Use]:
    """What makes a model for each bot of the demo, and what it is used for.

    The demo needs no settings. Those that are not about a model may be as they are, faults included.
    """
    from bot.settings import SettingsFaults, load_settings

    try:
        settings = load_settings()
    except SettingsFaults as faults:
        others: dict[str, Any] = {
            fault.variable.lower(): "" for fault in faults.faults if not _about_models(fault.variable)
        }
        if len(others) < len(faults.faults):
            raise
        settings = load_settings(**others)
    prompts = load_prompts(settings.prompts)
    return lambda knowledge: model_of(settings, prompts, knowledge), Use(settings.model_use)


def shown_prompt(settings: Settings, task: str, holes: Mapping[str, str]) -> list[str]:
    """What would be sent for a task with these holes. The fence is a real one; each call draws its own."""
    prompt = load_prompts(settings.prompts)[Task(task)]
    limits = prompt.limits
    lines = [
        f"Task {prompt.task}, version {prompt.version}",
        f"Limits: {limits.input:,} characters in, {limits.output:,} tokens out, {limits.seconds} s",
    ]
    redact = redactor(load_knowledge(settings.knowledge), settings.model_removes).redact
    for message in prompt.fill({name: redact(words) for name, words in holes.items()}).messages():
        lines += ["", f"── {message['role']} ──", message["content"]]
    return [*lines, "", "── shape of the answer ──", json.dumps(prompt.output, indent=2, ensure_ascii=False)]


def _about_models(variable: str) -> bool:
    return variable.startswith(("OPENAI_", "MODEL_", "LINK_", "PROMPTS_", ".env")) or not variable.isupper()


def _add(work: Work, call: ModelCall) -> None:
    work.model_calls.add(call)


def _spent_since(work: Work, since: datetime) -> int:
    return work.model_calls.tokens_since(since)
