"""A verdict can be computed again years later from the rules and answers kept with it, whatever the rules are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.ids import ChannelId, UserId
from bot.domain.review import Home, Review, case_of
from bot.domain.verdict import Verdict, assess
from bot.knowledge import default_folder, knowledge_from_content, load_knowledge
from bot.llm.absent import Absent
from bot.store.database import open_store
from bot.store.work import Work
from bot.use_cases import answering, hand_in, intake
from bot.use_cases.desk import Came, Desk
from bot.wiring.demo_past import Everyone
from bot.wiring.demo_records import STORIES
from tests.databases import migrated

KNOWLEDGE = load_knowledge(default_folder())


def kept(work: Work, review: Review) -> tuple[Review, Verdict, str]:
    """What the store still holds of a handed-in review."""
    there = work.reviews.get(review.id)
    assert there.package is not None
    verdict = work.verdicts.get(there.package.verdict)
    return there, verdict, work.knowledge.content(verdict.bank_version) or ""


async def test_a_verdict_is_recomputed_from_what_was_kept_with_it(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    migrated(database)
    store = open_store(database, audit_key=b"audit key of a test")
    number = iter(range(100))
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    desk = Desk(
        store, KNOWLEDGE, Everyone(), ChannelId("CSECURITY"), lambda: at, lambda: f"id-{next(number)}", Absent()
    )

    def came() -> Came:
        return Came(f"event-{next(number)}", "")

    ana = UserId("UANA")
    story = STORIES[-1]
    began = await intake.begin(desk, came(), intake.Asked(ana, story.tool, Home(ChannelId(ana)), bare_name=True))
    assert began.review is not None
    said = intake.Described(story.profile, story.tool)
    review = await intake.describe(desk, came(), review=began.review.id, by=ana, said=said)
    case = case_of(review, KNOWLEDGE.bank, KNOWLEDGE.policy)
    given = tuple((q.id, story.answers.get(q.id) or q.best(case.profile.layers)) for q in case.asked)
    review = await answering.answer_form(desk, came(), review=review.id, by=ana, given=given)
    review = await hand_in.submit(desk, came(), review=review.id, by=ana, saw=review.version)

    there, verdict, content = await store.read(kept, review)
    bank, policy = knowledge_from_content(content)
    assert there.profile is not None
    assert assess(bank, policy, there.profile, there.choices()) == verdict
    stricter = replace(policy, scoring=replace(policy.scoring, gap_points=(0, 9, 19, 29, 39)))
    assert assess(bank, stricter, there.profile, there.choices()) != verdict
    await store.close()
