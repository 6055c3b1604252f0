"""What people press on reminders: close, confirm, send back, restore; done, new date, not mine. Rules are below."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from bot.domain.decision import is_met
from bot.domain.ids import ActionItemId, DecisionId
from bot.domain.refused import OutdatedCard
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards import upkeep_forms as forms
from bot.use_cases import actions, conditions
from bot.use_cases.conditions import Which
from bot.use_cases.desk import Desk

# --- conditions -------------------------------------------------------------------------------------------------------


async def on_close(call: Call, desk: Desk) -> None:
    """Ask for the evidence of one condition."""
    which, _ = _which(_value(call))
    decision, open_ones = await conditions.may_be_closed_by(desk, which.decision, call.user, place=which.place)
    await call.open(forms.close_view(decision, open_ones))


async def on_choose(call: Call, desk: Desk) -> None:
    """Ask which condition of a decision is met, and for its evidence."""
    await call.open(forms.close_view(*await conditions.may_be_closed_by(desk, DecisionId(_value(call)), call.user)))


async def on_close_sent(call: Call, desk: Desk) -> None:
    decision, _, place = call.metadata.partition("|")
    place = place or next(iter(call.picked(forms.WHICH)), "")
    if not place.isdecimal():
        call.refuse_view("Choose the condition that is met.", forms.WHICH)
        return
    if not (evidence := call.words(forms.EVIDENCE)):
        call.refuse_view("Say in a sentence, or with a link, how somebody can see it.", forms.EVIDENCE)
        return
    which = Which(DecisionId(decision), int(place))
    condition, closing = await conditions.close_condition(desk, call.came, which, by=call.user, evidence=evidence)
    call.reply = {"response_action": "update", "view": forms.closed_view(counts=is_met(condition, closing))}


async def on_confirm(call: Call, desk: Desk) -> None:
    which, saw = _which(_value(call))
    await conditions.confirm(desk, call.came, which, by=call.user, saw=_moment(saw), via=call.via)


async def on_send_back(call: Call, desk: Desk) -> None:
    which, saw = _which(_value(call))
    decision, duty = await conditions.check_may_confirm(desk, which, call.user, saw=_moment(saw))
    await call.open(forms.send_back_view(decision, duty, _value(call)))


async def on_send_back_sent(call: Call, desk: Desk) -> None:
    if not (reason := call.words(forms.REASON)):
        call.refuse_view("Say what is missing.", forms.REASON)
        return
    which, saw = _which(call.metadata)
    await conditions.send_back(desk, call.came, which, by=call.user, saw=_moment(saw), reason=reason)


async def on_restore(call: Call, desk: Desk) -> None:
    case = await conditions.check_may_restore(desk, DecisionId(_value(call)), call.user)
    days = desk.knowledge.reminders.conditions.suspended
    await call.open(forms.restore_view(case.decision, case.duties, desk.now().date(), days))


async def on_restore_sent(call: Call, desk: Desk) -> None:
    if not (reason := call.words(forms.REASON)):
        call.refuse_view("Write one or two sentences why.", forms.REASON)
        return
    await conditions.restore_decision(desk, call.came, DecisionId(call.metadata), by=call.user, reason=reason)


# --- actions ----------------------------------------------------------------------------------------------------------


async def on_done(call: Call, desk: Desk) -> None:
    number, saw = _action(_value(call))
    action = await actions.check_may_change(desk, number, call.user, saw=saw)
    await call.open(forms.action_done_view(action, _value(call)))


async def on_done_sent(call: Call, desk: Desk) -> None:
    if not (evidence := call.words(forms.EVIDENCE)):
        call.refuse_view("Say in a sentence, or with a link, how somebody can see it.", forms.EVIDENCE)
        return
    number, saw = _action(call.metadata)
    await actions.done(desk, call.came, number, by=call.user, saw=saw, evidence=evidence)


async def on_new_date(call: Call, desk: Desk) -> None:
    number, saw = _action(_value(call))
    action = await actions.check_may_change(desk, number, call.user, saw=saw)
    await call.open(forms.action_date_view(action, _value(call)))


async def on_new_date_sent(call: Call, desk: Desk) -> None:
    """Read the day and the reason; a fault names its field."""
    number, saw = _action(call.metadata)
    picked = str(call.values().get(forms.DAY, {}).get("selected_date") or "")
    reason = call.words(forms.REASON)
    if not picked:
        call.refuse_view("Choose a day.", forms.DAY)
    elif not reason:
        call.refuse_view("Write one sentence why.", forms.REASON)
    else:
        to = date.fromisoformat(picked)
        await actions.put_off(desk, call.came, number, by=call.user, saw=saw, to=to, because=reason)


async def on_not_mine(call: Call, desk: Desk) -> None:
    number, saw = _action(_value(call))
    await actions.not_mine(desk, call.came, number, by=call.user, saw=saw, via=call.via)


# --- what the controls carry ------------------------------------------------------------------------------------------


def _value(call: Call) -> str:
    return str(call.action.get("value") or "")


def _which(value: str) -> tuple[Which, str]:
    decision, _, rest = value.partition("|")
    place, _, saw = rest.partition("|")
    if not decision or not place.isdecimal():
        raise OutdatedCard
    return Which(DecisionId(decision), int(place)), saw


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise OutdatedCard from error


def _action(value: str) -> tuple[ActionItemId, int]:
    number, _, version = value.partition("|")
    if not number or not version.isdecimal():
        raise OutdatedCard
    return ActionItemId(number), int(version)


ACTIONS: Final = {
    ids.CONDITION_CLOSE: on_close,
    ids.CONDITION_CHOOSE: on_choose,
    ids.CONDITION_CONFIRM: on_confirm,
    ids.CONDITION_SEND_BACK: on_send_back,
    ids.RESTORE: on_restore,
    ids.ACTION_DONE: on_done,
    ids.ACTION_DATE: on_new_date,
    ids.ACTION_NOT_MINE: on_not_mine,
}
VIEWS: Final = {
    ids.CLOSE_PAGE: on_close_sent,
    ids.SEND_BACK_PAGE: on_send_back_sent,
    ids.RESTORE_PAGE: on_restore_sent,
    ids.ACTION_DONE_PAGE: on_done_sent,
    ids.ACTION_DATE_PAGE: on_new_date_sent,
}
