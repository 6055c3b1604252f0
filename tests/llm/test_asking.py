"""How a call is made: at most so many at once, so many tokens a day, one second try, and rest for who fails often."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.model_use import CallOutcome, ModelCall, Task
from bot.llm.absent import Absent
from bot.llm.asking import InMemory, Timing
from bot.llm.breaker import FAILURES, LONGEST_REST, REST, Breaker, Budget, Spent
from bot.llm.client import RemoteModel
from bot.llm.prompts import Limits
from tests.llm.asked import CANARY, CASES, FACTS, PLENTY, SAID, SHORT
from tests.llm.conftest import HASTY, PROMPTS, Make
from tests.llm.endpoint import Asked, Endpoint, Fault, lines

GOOD = "The pilot team asks for Otter.ai."
SUMMARY = CASES["summary"]


async def draft(model: RemoteModel, within: timedelta = PLENTY) -> bool:
    return await model.draft(Task.SUMMARY, FACTS, within=within) is not None


def outcomes(book: InMemory) -> list[CallOutcome]:
    return [call.outcome for call in book.calls]


# --- the second try -------------------------------------------------------------------------------------------------


async def test_what_may_pass_is_tried_a_second_time(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: lines(GOOD)
    await draft(model)
    for fault in (Fault.ERROR, Fault.TOO_MANY, Fault.BROKEN_OFF):
        endpoint.fail(fault)
        assert await draft(model)
    assert outcomes(book) == [CallOutcome.USED] * 4
    assert len(endpoint.requests) == 1 + 3 * 2


async def test_there_is_no_third_try(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: lines(GOOD)
    await draft(model)
    endpoint.fail(Fault.ERROR, Fault.ERROR)
    assert not await draft(model)
    assert len(endpoint.requests) == 3
    assert outcomes(book) == [CallOutcome.USED, CallOutcome.FAILED]


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.KEY_REVOKED, Fault.UNKNOWN_MODEL, Fault.REFUSAL, Fault.EMPTY])
async def test_what_will_not_pass_is_not_tried_again(endpoint: Endpoint, make: Make, fault: Fault):
    model, _ = await make()
    endpoint.fail(fault)
    assert not await draft(model)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("retry_after", "within", "tries"),
    [
        *((text, PLENTY, 2) for text in (None, "0", "2", "-5", "nan", "Wed, 21 Oct 2026 07:28:00 GMT")),
        *((text, PLENTY, 1) for text in ("19.8", "3600", "inf")),
        (None, timedelta(seconds=0.4), 1),
    ],
)
async def test_what_it_asks_us_to_wait_is_waited_if_there_is_time(
    endpoint: Endpoint, make: Make, retry_after: str | None, within: timedelta, tries: int
):
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    model, _ = await make(timing=Timing(pause=pause))
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.retry_after = retry_after
    endpoint.fail(Fault.TOO_MANY)
    assert await draft(model, within) is (tries == 2)
    assert len(endpoint.requests) == tries
    asked_for = float(retry_after) if retry_after and retry_after.replace(".", "").isdigit() else 0.0
    assert all(asked_for + 0.2 <= seconds <= asked_for + 0.6 for seconds in waited)


# --- how many at once -----------------------------------------------------------------------------------------------


async def test_only_so_many_run_at_once_and_who_waits_in_vain_gets_nothing(endpoint: Endpoint, make: Make):
    model, book = await make(at_once=2)
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.gate = asyncio.Event()
    running = [asyncio.create_task(draft(model)) for _ in range(2)]
    while endpoint.now < 2:  # noqa: ASYNC110 - until both have arrived there
        await asyncio.sleep(0)
    assert await asyncio.gather(*(draft(model, SHORT) for _ in range(3))) == [False] * 3
    assert outcomes(book) == [CallOutcome.BUSY] * 3
    endpoint.gate.set()
    assert await asyncio.gather(*running) == [True, True]
    assert endpoint.most_at_once == 2
    assert [call.tokens_in + call.tokens_out for call in book.calls] == [0, 0, 0, 50, 50]


# --- the limit ------------------------------------------------------------------------------------------------------


async def test_a_prompt_may_allow_less_time_than_whoever_asks(endpoint: Endpoint, make: Make):
    soon = replace(PROMPTS[Task.SUMMARY], limits=Limits(input=24_000, output=500, seconds=1))
    model, book = await make(prompts={**PROMPTS, Task.SUMMARY: soon})
    endpoint.fail(Fault.HANG)
    assert not await draft(model)
    assert book.calls[0].milliseconds < 5_000


async def test_a_call_that_nobody_waits_for_gives_its_place_back(endpoint: Endpoint, make: Make):
    model, book = await make(at_once=1)
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.fail(Fault.HANG)
    asking = asyncio.create_task(draft(model))
    while not endpoint.requests:  # noqa: ASYNC110 - until it has arrived there
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await draft(model)
    assert sorted(outcomes(book)) == [CallOutcome.TIMED_OUT, CallOutcome.USED]


# --- rest -----------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_service_that_fails_often_is_left_alone_for_a_while_and_then_tried_once(endpoint: Endpoint, make: Make):
    clock = Clock()
    model, book = await make(timing=replace(HASTY, clock=clock))
    endpoint.fail(always=Fault.KEY_REVOKED)
    for _ in range(FAILURES + 2):
        assert not await draft(model)
    assert len(endpoint.requests) == FAILURES
    assert outcomes(book)[-2:] == [CallOutcome.RESTING] * 2

    clock.now += REST
    endpoint.always, endpoint.says, endpoint.gate = None, lambda asked: lines(GOOD), asyncio.Event()
    trying = asyncio.create_task(draft(model))
    while endpoint.now < 1:  # noqa: ASYNC110 - until it has arrived there
        await asyncio.sleep(0)
    assert not await draft(model)  # one is tried, the others do not wait for it
    endpoint.gate.set()
    assert await trying
    assert await draft(model)


async def test_answers_that_cannot_be_read_do_not_count_as_failures_of_the_service(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.fail(always=Fault.PROSE)
    for _ in range(FAILURES + 1):
        await draft(model)
    assert outcomes(book) == [CallOutcome.UNREADABLE] * (FAILURES + 1)


@given(ends=st.lists(st.sampled_from(["well", "failed", "nothing", "time"]), max_size=60))
def test_a_breaker_always_lets_somebody_try_again(ends: list[str]):
    clock = Clock()
    breaker = Breaker(clock)
    for end in ends:
        if end == "time":
            clock.now += 10
        elif breaker.enter():
            {"well": breaker.went_well, "failed": breaker.failed, "nothing": breaker.told_nothing}[end]()
    clock.now += LONGEST_REST
    assert breaker.enter()
    breaker.went_well()
    assert not breaker.resting


def test_who_fails_again_after_a_rest_rests_longer():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.failed()
    clock.now += REST
    assert breaker.enter()
    breaker.failed()
    clock.now += REST
    assert breaker.resting
    assert not breaker.enter()
    clock.now += REST
    assert breaker.enter()
    assert not breaker.enter()  # one at a time tries


# --- the day's tokens -----------------------------------------------------------------------------------------------


async def test_when_the_day_s_tokens_are_used_up_nothing_more_is_sent(endpoint: Endpoint, make: Make):
    model, book = await make(daily_tokens=1_500)
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.usage = (700, 300)
    assert await draft(model)
    assert not await draft(model)  # 1,000 used, and a call may take more than what is left
    assert outcomes(book) == [CallOutcome.USED, CallOutcome.SPENT]
    assert len(endpoint.requests) == 1


async def test_the_next_day_has_its_own(endpoint: Endpoint, make: Make):
    today = [datetime(2026, 3, 1, 23, 59, tzinfo=UTC)]
    model, _ = await make(daily_tokens=2_300, timing=replace(HASTY, now=lambda: today[0]))
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.usage = (1_500, 300)
    assert [await draft(model), await draft(model)] == [True, False]
    today[0] += timedelta(minutes=1)
    assert await draft(model)


async def test_many_at_once_cannot_use_more_than_is_left(endpoint: Endpoint, make: Make):
    model, book = await make(daily_tokens=3_500)
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.usage = (400, 400)
    await asyncio.gather(*(draft(model) for _ in range(8)))
    assert await book.spent_since(datetime.min.replace(tzinfo=UTC)) <= 3_500
    assert CallOutcome.SPENT in outcomes(book)
    assert CallOutcome.USED in outcomes(book)


@pytest.mark.parametrize("usage", [None, (-1, 5), (10**12, 1), (True, 1)])
async def test_who_does_not_say_what_it_took_is_taken_to_have_used_all(
    endpoint: Endpoint, make: Make, usage: tuple[int, int] | None
):
    model, book = await make()
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.usage = usage
    assert await draft(model)
    (call,) = book.calls
    assert call.tokens_out == PROMPTS[Task.SUMMARY].limits.output
    assert call.tokens_in > 300


async def test_a_call_that_ran_out_of_time_counts_as_well(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.fail(Fault.HANG)
    await draft(model, SHORT)
    assert book.calls[0].tokens_out == PROMPTS[Task.SUMMARY].limits.output


class Broken(InMemory):
    """A database that is gone for writing."""

    async def add(self, call: ModelCall) -> None:
        raise ConnectionError(CANARY)


async def test_a_record_that_cannot_be_written_is_logged_and_its_tokens_count_all_the_same(
    endpoint: Endpoint, make: Make, caplog: pytest.LogCaptureFixture
):
    model, _ = await make(daily_tokens=1_500)
    model.keep_in(Broken())
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.usage = (700, 300)
    assert [await draft(model), await draft(model)] == [True, False]
    assert "model call not recorded" in caplog.text
    assert CANARY not in caplog.text


async def test_what_was_used_so_far_being_unknown_is_no_leave_to_use_more(endpoint: Endpoint, make: Make):
    class Unread(InMemory):
        async def spent_since(self, since: datetime) -> int:
            raise ConnectionError

    model, _ = await make()
    model.keep_in(Unread())
    assert not await draft(model)
    assert endpoint.requests == []


CALLS = st.tuples(st.integers(1, 400), st.integers(0, 400), st.integers(0, 4))


@given(calls=st.lists(CALLS, max_size=12), daily=st.integers(1, 1000))
def test_a_day_s_tokens_hold_in_any_order(calls: list[tuple[int, int, int]], daily: int):
    async def day() -> int:
        at, spent = datetime(2026, 3, 1, 12, tzinfo=UTC), [0]

        async def spent_since(since: datetime) -> int:
            seen = spent[0]
            await asyncio.sleep(0)
            return seen

        budget = Budget(daily, spent_since)

        async def call(most: int, took: int, later: int) -> None:
            for _ in range(later):
                await asyncio.sleep(0)
            try:
                await budget.set_aside(most, at)
            except Spent:
                return
            await asyncio.sleep(0)
            spent[0] += min(most, took)
            budget.settle(most)

        await asyncio.gather(*(call(*each) for each in calls))
        return spent[0]

    assert asyncio.run(day()) <= daily


# --- what leaves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_everything_people_wrote_is_cleaned_before_it_leaves(endpoint: Endpoint, make: Make, case: object):
    model, _ = await make(redact=lambda text: text.replace(CANARY, "[secret removed: test]"))
    await case.ask(model, PLENTY)  # type: ignore[attr-defined]  # a Case
    (asked,) = endpoint.requests
    assert CANARY not in repr(asked.body)
    assert "[secret removed: test]" in asked.text


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_cannot_be_cleaned_is_not_sent(
    endpoint: Endpoint, make: Make, case: object, caplog: pytest.LogCaptureFixture
):
    def broken(text: str) -> str:
        raise ValueError(text)

    caplog.set_level(logging.DEBUG)
    model, book = await make(redact=broken)
    assert await case.ask(model, PLENTY) == await case.ask(Absent(), PLENTY)  # type: ignore[attr-defined]  # a Case
    assert endpoint.requests == []
    assert outcomes(book) == [CallOutcome.FAILED]
    assert CANARY not in caplog.text


async def test_a_secret_is_not_cut_in_half_before_it_is_looked_for(endpoint: Endpoint, make: Make):
    secret = "sk-" + "7f3a" * 12
    model, _ = await make(redact=lambda text: text.replace(secret, "[gone]"))
    await CASES["choose"].ask(_Saying(model, ""), PLENTY)
    room = PROMPTS[Task.CHOOSE].limits.input - endpoint.requests[0].signs
    for before in range(room - len(secret) - 20, room + 2, 2):  # the cut goes through all of it
        await CASES["choose"].ask(_Saying(model, "a" * before + secret), PLENTY)
    assert len(endpoint.requests) > len(secret) // 2
    assert not any(secret[:6] in asked.text for asked in endpoint.requests)


class _Saying:
    """The same model for somebody who said something else."""

    def __init__(self, model: RemoteModel, text: str) -> None:
        self._model, self._text = model, text

    async def choose(self, question: object, said: object, *, within: timedelta) -> object:
        return await self._model.choose(question, replace(SAID, text=self._text), within=within)  # type: ignore[arg-type]  # as given


async def test_only_what_the_protocol_needs_is_sent_along(
    endpoint: Endpoint, make: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-environment")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Of-The-Environment: 1")
    monkeypatch.setenv("HTTP_PROXY", endpoint.nowhere)
    model, _ = await make()
    endpoint.says = lambda asked: lines(GOOD)
    assert await draft(model)
    (asked,) = endpoint.requests
    assert "of-the-environment" not in repr(asked.headers).casefold()
    assert set(asked.headers) <= {
        *("accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host"),
        "user-agent",
    }
    assert set(asked.body) == {"model", "messages", "max_tokens", "temperature", "response_format"}  # no tools, no user


async def test_nobody_is_followed_to_another_place(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.redirects_to = f"{endpoint.base_url}/chat/completions"
    endpoint.fail(Fault.REDIRECT)
    assert not await draft(model)
    assert len(endpoint.requests) == 1


# --- how it is asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "asked_in"),
    [
        ({"json_schema", "json_object", "plain"}, ["json_schema", "json_schema"]),
        ({"json_object", "plain"}, ["json_schema", "json_object", "json_object"]),
        ({"plain"}, ["json_schema", "json_object", "plain", "plain"]),
    ],
)
async def test_the_best_way_to_ask_is_found_once(endpoint: Endpoint, make: Make, modes: set[str], asked_in: list[str]):
    model, book = await make()
    endpoint.modes = frozenset(modes)
    endpoint.says = lambda asked: lines(GOOD)
    assert [await draft(model), await draft(model)] == [True, True]
    assert [asked.mode for asked in endpoint.requests] == asked_in
    assert outcomes(book) == [CallOutcome.USED] * 2
    assert {asked.task for asked in endpoint.requests} == {"summary"}  # the shape was said in each of the ways


async def test_some_fail_over_a_schema_instead_of_refusing_it(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: lines(GOOD)
    endpoint.fail(Fault.ERROR)
    assert [await draft(model), await draft(model)] == [True, True]
    assert [asked.mode for asked in endpoint.requests] == ["json_schema", "json_object", "json_object"]


@pytest.mark.parametrize(
    ("unknown", "sent", "instead"),
    [("max_tokens", "max_completion_tokens", True), ("temperature", "temperature", False)],
)
async def test_a_word_that_a_service_does_not_know_is_said_otherwise(
    endpoint: Endpoint, make: Make, unknown: str, sent: str, instead: bool
):
    endpoint.unknown_words = frozenset({unknown})
    model, _ = await make()
    endpoint.says = lambda asked: lines(GOOD)
    assert await draft(model)
    last: Asked = endpoint.requests[-1]
    assert (unknown in last.body, sent in last.body) == (False, instead)
    assert last.mode == "json_schema"
    assert await draft(model)
    assert len(endpoint.requests) == 3


async def test_a_request_that_was_understood_before_is_not_asked_in_worse_ways(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: lines(GOOD)
    assert await draft(model)
    endpoint.modes = frozenset()
    assert not await draft(model)
    assert len(endpoint.requests) == 2
    assert outcomes(book)[-1] is CallOutcome.FAILED


@pytest.mark.parametrize(
    "text",
    [
        lines(GOOD),
        f"```json\n{lines(GOOD)}\n```",
        f"```\n{lines(GOOD)}```",
        f'<think>\nA {{brace}} and a "quote.\n</think>\n\n{lines(GOOD)}\n',
    ],
)
async def test_json_may_be_fenced_or_come_after_thoughts(endpoint: Endpoint, make: Make, text: str):
    model, _ = await make()
    endpoint.says = lambda asked: text
    assert await draft(model)


@pytest.mark.parametrize(
    "text",
    [
        f"Here it is: {lines(GOOD)}",
        f"{lines(GOOD)} Anything else?",
        f"{lines(GOOD)}{lines(GOOD)}",
        f"<think>{lines(GOOD)}",
        '{"lines": ["a line", 7]}',
        '{"lines": "a line"}',
        '{"lines": ["a line"], "verdict": "approve"}',
        '{"lines": ["a"], "lines": [["b"]]}',
        '{"lines": [' + '"a",' * 40 + '"a"]}',
        '{"lines": ["' + "a" * 900 + '"]}',
        "[" * 100_000,
        '["a line"]',
        "null",
        "NaN",
    ],
)
async def test_anything_else_is_thrown_away_whole(endpoint: Endpoint, make: Make, text: str):
    model, book = await make()
    endpoint.says = lambda asked: text
    assert not await draft(model)
    assert outcomes(book) == [CallOutcome.UNREADABLE]
