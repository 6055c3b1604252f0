"""How it stands with the model, and its switch: only security leads turn it, at once for everybody, on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.approval import NotALead, leads_only
from bot.domain.audit import Tag
from bot.domain.ids import UserId
from bot.domain.model_use import CallOutcome, Use
from bot.domain.refused import Refused
from bot.store.work import Work
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.model_use import SWITCH, use_of
from bot.use_cases.ports import ModelAbout
from bot.use_cases.sign_off import signer_of


class OnlyLeadsSwitch(Refused):
    reason = "Only a security lead can switch what the model is used for. /preflight model shows how it stands."


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the model: what it may be used for, which one it is, and what it did today."""

    use: Use
    about: ModelAbout | None
    tokens: int
    outcomes: Mapping[CallOutcome, int]


async def how_it_stands(desk: Desk) -> Standing:
    """The switch, the model, and the day so far; the day is that of UTC."""
    midnight = desk.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return await desk.read(_standing, desk.model_use, desk.model.about, midnight)


def _standing(work: Work, otherwise: Use, about: ModelAbout | None, since: datetime) -> Standing:
    calls = work.model_calls
    return Standing(use_of(work, otherwise), about, calls.tokens_since(since), calls.outcomes_since(since))


async def switch(desk: Desk, came: Came, *, to: Use, by: UserId) -> bool:
    """Turn the switch, for everybody and at once; whether that changed anything. Who is a lead is asked now."""
    try:
        leads_only(await signer_of(desk, by, now=True))
    except NotALead:
        raise OnlyLeadsSwitch from None
    return await desk.act(_switch, came, to, by)


def _switch(act: Acting, came: Came, to: Use, by: UserId) -> bool:
    act.once(came)
    before = use_of(act.work, act.desk.model_use)
    act.work.switches.set(SWITCH, to.value, by=by, at=act.at)
    act.record(Tag.MODEL_SWITCH, SWITCH, by=by, before=before.value, after=to.value)
    return before is not to
