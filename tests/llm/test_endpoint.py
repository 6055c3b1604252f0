"""The stand-in for a model keeps what it is asked, and fails as it is told to: else what rests on it never could."""

import httpx
import pytest

from tests.llm.endpoint import KEY, MODEL, THE_THIRTEEN, Endpoint, Fault, sentences

SCHEMA = {
    "title": "answer",
    "type": "object",
    "properties": {"sentences": {"type": "array", "items": {"type": "string"}}},
}
BODY = {
    "model": MODEL,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
}


async def ask(endpoint: Endpoint, seconds: float = 10, **more: object) -> httpx.Response:
    async with httpx.AsyncClient(timeout=seconds, headers={"Authorization": f"Bearer {KEY}"}) as client:
        return await client.post(f"{endpoint.base_url}/chat/completions", json={**BODY, **more})


async def test_it_says_what_it_is_told_to_say_and_keeps_what_it_was_asked(endpoint: Endpoint):
    endpoint.says = lambda asked: sentences((f"About {asked.parts[1]}.", [1]))
    said = (await ask(endpoint)).json()
    assert said["choices"][0]["message"]["content"] == sentences(("About two.", [1]))
    assert (said["usage"]["prompt_tokens"], endpoint.requests[0].task) == (40, "answer")
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_it_streams_in_pieces(endpoint: Endpoint):
    endpoint.says = lambda asked: "twenty signs, or more"
    answer = await ask(endpoint, stream=True)
    events = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    assert len(events) == 5
    assert events[-1] == "data: [DONE]"


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.ERROR, 500), (Fault.TOO_MANY, 429), (Fault.KEY_REVOKED, 401), (Fault.UNKNOWN_MODEL, 404)],
)
async def test_a_fault_is_for_one_call(endpoint: Endpoint, fault: Fault, status: int):
    endpoint.fail(fault)
    assert [(await ask(endpoint)).status_code, (await ask(endpoint)).status_code] == [status, 200]


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP])
async def test_who_hangs_or_drips_does_not_get_to_an_end(endpoint: Endpoint, fault: Fault):
    endpoint.fail(fault)
    with pytest.raises(httpx.ReadTimeout):
        await ask(endpoint, seconds=0.05)


async def test_an_answer_may_break_off(endpoint: Endpoint):
    endpoint.fail(Fault.BROKEN_OFF)
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(endpoint)


async def test_a_way_of_asking_that_it_does_not_know_is_refused(endpoint: Endpoint):
    endpoint.modes = frozenset({"plain"})
    assert (await ask(endpoint)).status_code == 400


def test_it_also_runs_beside_code_without_a_loop(endpoint_aside: Endpoint):
    answer = httpx.get(f"{endpoint_aside.base_url}/models")
    assert answer.json()["data"][0]["id"] == MODEL
    assert httpx.post(f"{endpoint_aside.base_url}/chat/completions", json=BODY).status_code == 200


def test_the_thirteen_are_thirteen():
    assert len(THE_THIRTEEN) == 13
    assert Fault.KEY_REVOKED in THE_THIRTEEN
