"""Questions to the knowledge base come back as they were asked and answered, and are forgotten: on both engines."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.asked import Asked, Feedback
from bot.domain.ids import AskedId, UserId
from bot.domain.model_use import Wrote
from bot.domain.passage import Cited
from bot.store.database import Store
from tests.store.samples import AT, later

ASKED = Asked(
    AskedId("q1"),
    UserId("UTEAMLEAD"),
    "¿May agents use their own phones? \N{GRINNING FACE} 'x' -- \"y\"",
    ("policies/phones.md#second-factor", "G1-ACCESS-MFA"),
    AT,
)
SAID = (Cited("They may, “if managed”.", (1,)), Cited("Ask first.", (2, 1)))
WROTE = Wrote("a model", 3)


async def test_a_question_comes_back_with_what_became_of_it(store: Store) -> None:
    await store.act(lambda work: work.asked.add(ASKED))
    assert await store.read(lambda work: work.asked.get(ASKED.id)) == ASKED
    await store.act(lambda work: work.asked.answer(ASKED.id, SAID, WROTE))
    await store.act(lambda work: work.asked.judge(ASKED.id, Feedback.GOOD))
    await store.act(lambda work: work.asked.judge(ASKED.id, Feedback.WRONG))
    await store.act(lambda work: work.asked.remark(ASKED.id, "Not since May."))
    whole = replace(ASKED, sentences=SAID, wrote=WROTE, feedback=Feedback.WRONG, remark="Not since May.")
    assert await store.read(lambda work: work.asked.get(ASKED.id)) == whole
    another = replace(whole, id=AskedId("q2"))
    await store.act(lambda work: work.asked.add(another))
    assert await store.read(lambda work: work.asked.get(another.id)) == another


async def test_what_is_old_enough_is_forgotten_and_nothing_else(store: Store) -> None:
    young = replace(ASKED, id=AskedId("young"), at=later(days=2))
    await store.act(lambda work: [work.asked.add(each) for each in (ASKED, young)])
    assert await store.act(lambda work: work.asked.forget(later(days=1))) == 1
    assert await store.read(lambda work: work.asked.get(ASKED.id)) is None
    assert await store.read(lambda work: work.asked.get(young.id)) == young
    assert await store.read(lambda work: work.asked.get(AskedId("nobody asked"))) is None
