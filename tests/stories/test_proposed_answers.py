"""Answers that were read out of somebody's words: shown beside the question, picked by a person, and marked as such."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.answers import Answer, Origin, Proposal
from bot.domain.ids import QuestionId, UserId
from bot.slack import ids
from bot.store.tables import decisions, verdicts
from bot.use_cases.desk import Acting
from tests.stories.model import Scripted
from tests.stories.steps import (
    AGENTS,
    GAPS,
    again,
    answer_quickly,
    best_of,
    hand_in,
    menu,
    open_review,
    pick,
    question_of,
    review_of,
    sign,
    words,
)
from tests.stories.town import KNOWLEDGE, OTHER_LEAD, TEAM_CHANNEL, TEAM_LEAD, Town, find_control, open_town

SIGN_IN = QuestionId("G1-ACCESS-MFA")
KEEP = QuestionId("G4-KEEP-TIME")
LABELS = {each.code: each.label for each in KNOWLEDGE.bank.by_id[SIGN_IN].options}


def proposed(question: QuestionId, code: str, quote: str, said_by: str | None = None) -> Proposal:
    return Proposal(question, code, quote, Origin.MODEL, UserId(said_by) if said_by else None)


async def proposing(town: Town, *told: Proposal) -> None:
    """Somebody's words were read: what they may mean is kept with the review."""
    review = await review_of(town)

    def keep(act: Acting) -> None:
        before = act.work.reviews.locked(review.id)
        act.work.reviews.save(replace(before, proposals=(*before.proposals, *told)), before, act.at)

    await town.bot.desk.act(keep)


async def given(town: Town, question: QuestionId) -> Answer | None:
    return (await review_of(town)).answers.get(question)


async def recorded(town: Town, question: QuestionId) -> list[dict[str, Any]]:
    """What the audit trail holds of the answers to a question."""

    def facts(work: Any) -> list[dict[str, Any]]:
        return [dict(e.event.facts) for e in work.audit.all() if e.event.facts.get("question") == question]

    return await town.bot.desk.read(facts)


async def quotes(town: Town) -> list[str]:
    return [each.quote for each in (await review_of(town)).proposals if each.fact in KNOWLEDGE.bank.by_id]


async def test_the_card_quotes_who_wrote_it_and_the_person_picks(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    second = question_of(await pick(town, card, "sso_mfa"))
    assert second is not None
    question = KNOWLEDGE.bank.by_id[QuestionId(second)]
    code = question.options[0].code
    await proposing(town, proposed(question.id, code, "that is *so*, <!channel>", OTHER_LEAD))
    await town.click(TEAM_LEAD, again(town, card), ids.BACK)
    await town.until(lambda: question_of(again(town, card)) == SIGN_IN)
    await town.click(TEAM_LEAD, again(town, card), ids.NEXT)
    await town.until(lambda: question_of(again(town, card)) == second)
    said = words(again(town, card))
    assert f"<@{OTHER_LEAD}> wrote: “that is *so*, &lt;" in said
    assert f"That may mean *{question.options[0].label}*" in said
    assert await given(town, question.id) is None  # shown is not answered
    assert "initial_option" not in str(again(town, card).blocks)
    await pick(town, card, code, user=TEAM_LEAD)
    answer = await given(town, question.id)
    assert answer is not None
    assert (answer.codes, answer.by, answer.came, answer.proposed) == ((code,), TEAM_LEAD, "button", Origin.MODEL)
    (facts,) = await recorded(town, question.id)
    assert facts == {"question": second, "codes": code, "proposed": "model", "said_by": OTHER_LEAD}
    assert await quotes(town) == [""]


async def test_what_a_model_read_in_the_request_stands_beside_its_question(tmp_path: Path) -> None:
    quote = "safe to roll out"  # whatever it says: a model is held to the words, not to their sense
    model = Scripted(reads=[(SIGN_IN, "password", quote), (SIGN_IN, "shared", "not in these words")])
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as town:
        card = await open_review(town, **AGENTS)
        await town.until(lambda: quote in words(again(town, card)))
        said = words(again(town, card))
        assert f"<@{TEAM_LEAD}> wrote: “{quote}”. That may mean *{LABELS['password']}*." in said
        assert "not in these words" not in said
        assert "already a no" not in said
        await pick(town, card, "password")
        answer = await given(town, SIGN_IN)
        assert answer is not None
        assert answer.proposed is Origin.MODEL


async def test_another_option_than_the_proposed_one_is_the_persons_alone(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await proposing(town, proposed(SIGN_IN, "password", "just a password"))
    await pick(town, card, "sso_mfa")
    answer = await given(town, SIGN_IN)
    assert answer is not None
    assert answer.proposed is None
    assert await recorded(town, SIGN_IN) == [{"question": SIGN_IN, "codes": "sso_mfa"}]
    assert await quotes(town) == [""]


async def test_who_goes_back_to_what_was_proposed_confirms_it_too(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await proposing(town, proposed(SIGN_IN, "sso_mfa", "all over Okta"))
    await pick(town, card, "local_mfa")
    await town.click(TEAM_LEAD, again(town, card), ids.BACK)
    await town.until(lambda: question_of(again(town, card)) == SIGN_IN)
    await pick(town, card, "sso_mfa")
    answer = await given(town, SIGN_IN)
    assert answer is not None
    assert answer.proposed is Origin.MODEL
    await town.click(TEAM_LEAD, again(town, card), ids.BACK)
    await town.until(lambda: question_of(again(town, card)) == SIGN_IN)
    assert f"proposed by a model, confirmed by <@{TEAM_LEAD}>" in words(again(town, card))


async def test_a_typed_answer_that_is_the_proposed_one_is_marked_as_well(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await proposing(town, proposed(SIGN_IN, "sso_mfa", "all over Okta"))
    await town.say(OTHER_LEAD, TEAM_CHANNEL, "2", thread=card.thread_ts)
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    answer = await given(town, SIGN_IN)
    assert answer is not None
    assert (answer.codes, answer.came, answer.proposed) == (("sso_mfa",), "reply", Origin.MODEL)
    assert (await recorded(town, SIGN_IN))[0]["said_by"] == TEAM_LEAD  # the requester's own words


async def test_the_form_starts_with_nothing_that_is_better_than_not_knowing(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    worst = proposed(KEEP, "forever", "we never delete anything")
    await proposing(town, worst, proposed(SIGN_IN, "sso_strong", "passkeys only"))
    await menu(town, TEAM_LEAD, card, ids.FORM)
    form = await turned_to(town, "G1")
    assert "initial_option" not in form[SIGN_IN]["element"]
    assert "passkeys only" in str(form[SIGN_IN]["hint"])
    form = await turned_to(town, "G4")
    assert form[KEEP]["element"]["initial_option"]["value"] == "forever"
    assert await town.submit(TEAM_LEAD) == {}
    review = await review_of(town)
    assert set(review.answers) == {KEEP}
    assert (review.answers[KEEP].came, review.answers[KEEP].proposed) == ("form", Origin.MODEL)
    assert (await recorded(town, KEEP))[0]["proposed"] == "model"
    assert sorted(await quotes(town)) == ["", "passkeys only"]


async def turned_to(town: Town, guideline: str) -> dict[str, Any]:
    """The questions of one guideline in the open form, by id."""
    options = find_control(town.modal(TEAM_LEAD)["blocks"], ids.FORM)[1]["options"]
    other = next(each for each in options if each["value"] == guideline)
    await town.click_in_form(TEAM_LEAD, ids.FORM, selected_option=other)
    blocks = town.modal(TEAM_LEAD)["blocks"]
    return {str(b["block_id"]).split("|")[1]: b for b in blocks if str(b.get("block_id")).startswith("q|")}


async def test_ticks_are_marked_when_all_of_what_was_proposed_is_ticked(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    layers = QuestionId("G3-LAYER-CHECK")
    codes = best_of(layers)[:2]
    await proposing(town, *(proposed(layers, code, "both of them") for code in codes))
    for _ in range(60):
        if (shown := question_of(again(town, card))) == layers:
            break
        await pick(town, card, *best_of(str(shown)))
    assert "both of them" in words(again(town, card))
    element = find_control(again(town, card).blocks, "answer")[1]
    assert "initial_options" not in element
    by_code = {each["value"]: each for each in element["options"]}
    for ticked in (codes[:1], codes):
        await town.click(TEAM_LEAD, again(town, card), "answer", selected_options=[by_code[code] for code in ticked])
        await town.settle()
        answer = await given(town, layers)
        assert answer is not None
        assert answer.proposed is (Origin.MODEL if ticked == codes else None)
    assert await quotes(town) == ["both of them"] * 2  # while the question is still in view
    await town.click(TEAM_LEAD, again(town, card), ids.NEXT)
    await town.settle()
    assert await quotes(town) == ["", ""]


async def told_of_it(town: Town, *, read: bool) -> tuple[Any, ...]:
    """Every answer given and signed, with or without something that was read: verdict, digest, decision, as stored."""
    card = await open_review(town, **AGENTS)
    if read:
        await proposing(
            town,
            *(proposed(q.id, o.code, "it says so") for q in KNOWLEDGE.bank.questions for o in q.options),
        )
    await answer_quickly(town, card, **GAPS)
    request = await hand_in(town, card)
    said = words(request)
    await sign(town, request)

    def stored(work: Any) -> tuple[Any, ...]:
        verdict = select(verdicts.c.inputs_hash, verdicts.c.bank_version, verdicts.c.content, verdicts.c.version)
        fixed = {"id", "review_id", "verdict_id", "tool_id", "decided_at", "valid_until", "signatures", "profile"}
        columns = [each for each in decisions.c if each.name not in fixed]
        return (
            [tuple(row) for row in work.connection.execute(verdict)],
            [tuple(row) for row in work.connection.execute(select(*columns))],
        )

    return said, *await town.bot.desk.read(stored)


async def test_what_was_proposed_changes_no_verdict_no_digest_and_no_decision(tmp_path: Path) -> None:
    async with open_town(f"sqlite:///{tmp_path / 'without.sqlite3'}") as town:
        said, *without = await told_of_it(town, read=False)
    assert "Proposed by a model" not in said
    async with open_town(f"sqlite:///{tmp_path / 'with.sqlite3'}") as town:
        said, *with_it = await told_of_it(town, read=True)
        review = await review_of(town)
        assert {each.proposed for each in review.answers.values()} >= {Origin.MODEL}
        assert not any(await quotes(town))  # handed in, and nobody needs the words any more
    assert "Proposed by a model, confirmed by the team" in said
    assert with_it == without


@pytest.mark.parametrize("code", ["password", "sso_mfa"])
async def test_a_proposal_that_nobody_picks_is_no_answer(town: Town, code: str) -> None:
    card = await open_review(town, **AGENTS)
    await proposing(town, proposed(SIGN_IN, code, "as everybody knows"))
    assert (await review_of(town)).answers == {}
    assert "already a no" not in words(again(town, card))
    await menu(town, TEAM_LEAD, again(town, card), ids.FORM)
    assert await town.submit(TEAM_LEAD) == {}
    assert (await review_of(town)).answers.get(SIGN_IN) is None
