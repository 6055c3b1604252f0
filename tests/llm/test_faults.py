"""Thirteen faults and more, on every way in: each ends in time, where no model would, and tells nobody's words."""

import logging
import time

import pytest

from bot.domain.model_use import CallOutcome
from bot.llm.absent import Absent
from tests.llm.asked import CANARY, CASES, PLENTY, SHORT, Case
from tests.llm.conftest import Make
from tests.llm.endpoint import KEY, Endpoint, Fault

SLACK = 1.0  # seconds that a busy machine may take to notice that time is up
ENDS_AS = {
    Fault.HANG: CallOutcome.TIMED_OUT,
    Fault.DRIP: CallOutcome.TIMED_OUT,
    Fault.ERROR: CallOutcome.FAILED,
    Fault.TOO_MANY: CallOutcome.BUSY,
    Fault.PROSE: CallOutcome.UNREADABLE,
    Fault.CUT: CallOutcome.UNREADABLE,
    Fault.EMPTY: CallOutcome.EMPTY,
    Fault.REFUSAL: CallOutcome.REFUSED,
    Fault.WRONG_SCHEMA: CallOutcome.UNREADABLE,
    Fault.HUGE: CallOutcome.UNREADABLE,
    Fault.OBEDIENT: CallOutcome.UNREADABLE,
    Fault.WRONG_LANGUAGE: CallOutcome.UNREADABLE,
    Fault.KEY_REVOKED: CallOutcome.DENIED,
    Fault.NO_CHOICES: CallOutcome.EMPTY,
    Fault.FILTERED: CallOutcome.REFUSED,
    Fault.KEY_FORBIDDEN: CallOutcome.DENIED,
    Fault.UNKNOWN_MODEL: CallOutcome.DENIED,
    Fault.GARBAGE: CallOutcome.FAILED,
    Fault.OTHER_JSON: CallOutcome.FAILED,
    Fault.BROKEN_OFF: CallOutcome.FAILED,
    Fault.REDIRECT: CallOutcome.FAILED,
}
# What only a streamed answer can do stands in test_client.py.
FAULTS = [fault for fault in Fault if fault is not Fault.DRIP_AFTER_HALF]
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
async def test_without_a_fault_there_is_an_answer(endpoint: Endpoint, make: Make, case: Case):
    model, book = await make()
    endpoint.says = lambda asked: case.good
    assert await case.ask(model, PLENTY) not in (case.absent, None)
    assert [(call.task, call.outcome, call.tokens_in, call.tokens_out) for call in book.calls] == [
        (case.task, CallOutcome.USED, 40, 10)
    ]


@every_case
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_ends_where_no_model_would(
    endpoint: Endpoint, make: Make, caplog: pytest.LogCaptureFixture, case: Case, fault: Fault
):
    caplog.set_level(logging.DEBUG)
    model, book = await make()
    endpoint.fail(always=fault)
    within = SHORT if fault in (Fault.HANG, Fault.DRIP) else PLENTY
    began = time.monotonic()
    assert await case.ask(model, within) == await case.ask(Absent(), within) == case.absent
    assert time.monotonic() - began < within.total_seconds() + SLACK
    (call,) = book.calls
    assert call.outcome is ENDS_AS[fault]
    assert len(endpoint.requests) <= 2
    written = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert not [each.name for each in caplog.records if each.name.startswith(("openai", "httpx", "httpcore"))]
    assert CANARY not in written
    assert KEY not in written


async def test_nobody_listens_there(endpoint: Endpoint, make: Make):
    model, book = await make(base_url=endpoint.nowhere)
    case = CASES["summary"]
    assert await case.ask(model, PLENTY) is None
    assert book.calls[0].outcome is CallOutcome.FAILED


async def test_what_was_asked_did_carry_the_canary(endpoint: Endpoint, make: Make):
    model, _ = await make()
    for case in CASES.values():
        await case.ask(model, PLENTY)
        assert CANARY in endpoint.requests[-1].parts[-1]  # in the block of people's words
        assert CANARY not in endpoint.requests[-1].parts[0]  # and not among the instructions
        assert "U0CANARY" not in endpoint.requests[-1].text
