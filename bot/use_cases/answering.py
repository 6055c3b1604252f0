"""Answers and the way through the questions: one answer, a form, details, back, a typed reply. It hands nothing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain import review as reviews
from bot.domain.answers import Answer
from bot.domain.answers import Came as CameBy
from bot.domain.asking import Means
from bot.domain.audit import Tag
from bot.domain.bank import ExtraKind
from bot.domain.ids import QuestionId, ReviewId, UserId
from bot.domain.model_use import Task
from bot.domain.proposed import confirmed, without_words
from bot.domain.refused import BlockerNotForgotten, NoSuchOption, NotAnswering, OutdatedCard, Refused, ReviewEnded
from bot.domain.reply import meant
from bot.domain.review import Home, Review, Stage
from bot.domain.sentence import read_sentence
from bot.domain.tool import clean_text
from bot.domain.utterance import Utterance
from bot.use_cases import choosing
from bot.use_cases.ask import means_of
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.model_use import may_ask
from bot.use_cases.ports import Via
from bot.use_cases.tellings import aged_answers, review_notice, sign_off_notice


def still_open(review: Review) -> Review:
    """The review, if its answers can be changed now. Refuses before a form opens what its sending would be refused."""
    if review.ended:
        raise ReviewEnded
    if review.stage is Stage.SUBMITTED:
        raise NotAnswering
    return review


async def answer(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    question: QuestionId,
    codes: tuple[str, ...],
    saw: int,
    stay: bool = False,
    asked_in: str = "",
    via: Via | None = None,
) -> Review:
    """Record one answer and move the card on; with `stay`, only when the same answer comes a second time.

    `asked_in` is the notice in whose message it was pressed, where that is not the review's own card.
    """
    return await desk.act_via(via, _answer_one, came, review, by, question, codes, saw, stay, asked_in)


class AnsweredMeanwhile(OutdatedCard):
    reason = (
        "Somebody else answered this question a moment ago, so your answer was not recorded. "
        "If yours is right, press Back and answer again."
    )


def _answer_one(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    question: QuestionId,
    codes: tuple[str, ...],
    saw: int,
    stay: bool,
    asked_in: str,
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    there = before.answers.get(question)
    if saw != before.version and there is not None and there.codes != codes and there.by != by:
        raise AnsweredMeanwhile
    case = reviews.case_of(before, act.bank, act.policy)
    given, origin = _with_origin(act, before, Answer(question, codes, by, act.at))
    changed = reviews.answer(before, case, given, history=_history(act, before, given), aged=_aged(act, before, given))
    if changed.answers is not before.answers:
        act.record(Tag.REVIEW_ANSWER, review_id, by=by, question=question, codes=",".join(codes), **origin)
        if stay:  # one tick of several: the question stays in view
            changed = replace(changed, showing=question)
    changed = _forgetting(changed)
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    choosing.freshen(act, review_id, asked_in)
    return changed


async def move_on(desk: Desk, came: Came, *, review: ReviewId, via: Via | None = None) -> Review:
    """Go from the question that is shown to the next open one."""
    return await desk.act_via(via, _move_on, came, review)


def _move_on(act: Acting, came: Came, review_id: ReviewId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    changed = _forgetting(replace(before, showing=None))
    if changed != before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


class RefusedInForm(Refused):
    """One answer of a form was refused, and with it the whole form; `question` is the one to look at."""

    def __init__(self, question: QuestionId, reason: str) -> None:
        super().__init__(reason)
        self.question = question


async def answer_form(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    given: tuple[tuple[QuestionId, tuple[str, ...]], ...],
) -> Review:
    """Record the answers of a form, all of them or none."""
    return await desk.act(_answer, came, review, by, given, CameBy.FORM)


def _answer(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    given: tuple[tuple[QuestionId, tuple[str, ...]], ...],
    came_by: CameBy,
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    changed = before
    for question, codes in given:
        answer_given, origin = _with_origin(act, before, Answer(question, codes, by, act.at, came_by))
        try:
            history, aged = _history(act, before, answer_given), _aged(act, before, answer_given)
            step = reviews.answer(changed, case, answer_given, history=history, aged=aged)
        except (BlockerNotForgotten, NoSuchOption) as refusal:
            raise RefusedInForm(question, refusal.reason) from refusal
        if step.answers is not changed.answers:
            act.record(Tag.REVIEW_ANSWER, review_id, by=by, question=question, codes=",".join(codes), **origin)
        changed = step
    changed = _forgetting(changed)
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


def _with_origin(act: Acting, review: Review, given: Answer) -> tuple[Answer, dict[str, str]]:
    """The answer, marked where it confirms what was proposed; and what the record says of that."""
    question = act.bank.by_id.get(given.question)
    found = confirmed(question, given.codes, review.proposals) if question is not None else None
    if found is None:
        return given, {}
    origin = {"proposed": found.origin.value, "said_by": found.said_by or review.requester}
    return replace(given, proposed=found.origin), origin


def _forgetting(review: Review) -> Review:
    """The review without the words that an answer was proposed by, once the question is answered and left."""
    left = review.answers.keys() - {review.showing}
    kept = without_words(review.proposals, left)
    return review if kept is review.proposals else replace(review, proposals=kept)


def _history(act: Acting, review: Review, given: Answer) -> Sequence[Answer]:
    """All earlier answers, looked up only where they matter: when somebody now says they don't know."""
    return act.work.reviews.history(review.id) if given.is_unknown and given.question in review.answers else ()


def _aged(act: Acting, review: Review, given: Answer) -> bool:
    """Whether the same answer stands there already, but too old to be believed; looked at only where it is the same."""
    there = review.answers.get(given.question)
    if there is None or there.codes != given.codes:
        return False
    return given.question in aged_answers(review, act.desk.knowledge, act.today)


async def add_extras(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    question: QuestionId,
    extras: Mapping[ExtraKind, str],
) -> Review:
    """Add the owner, date or link that belongs to an answer given before."""
    return await desk.act(_add_extras, came, review, by, question, extras)


def _add_extras(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    question: QuestionId,
    extras: Mapping[ExtraKind, str],
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    given = before.answers.get(question)
    if given is None:
        raise Refused("That answer is not there any more. Answer the question again, then add the details.")
    changed = reviews.answer(before, case, replace(given, by=by, at=act.at, extras=dict(extras)))
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_EXTRA, review_id, by=by, question=question)
    act.owe(review_notice(changed))
    return changed


async def step_back(desk: Desk, came: Came, *, review: ReviewId, via: Via | None = None) -> Review:
    """Show the question before the one that is shown."""
    return await desk.act_via(via, _step_back, came, review)


def _step_back(act: Acting, came: Came, review_id: ReviewId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    earlier = reviews.question_before(before, case)
    changed = reviews.go_to(before, case, earlier.id) if earlier else before
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def go_to(desk: Desk, came: Came, *, review: ReviewId, question: QuestionId) -> Review:
    """Show one question again, to change its answer."""
    return await desk.act(_go_to, came, review, question)


def _go_to(act: Acting, came: Came, review_id: ReviewId, question: QuestionId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    changed = reviews.go_to(before, reviews.case_of(before, act.bank, act.policy), question)
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def owe_fresh_card(desk: Desk, review: ReviewId) -> None:
    """Bring the cards of a review up to date, after somebody pressed an old one."""
    await desk.act(_fresh_card, review)


def _fresh_card(act: Acting, review_id: ReviewId) -> None:
    review = act.work.reviews.get(review_id)
    act.owe(review_notice(review))
    if review.submitted_at is not None:
        act.owe(sign_off_notice(review, act.desk.security_channel))


@dataclass(frozen=True, slots=True)
class Typed:
    """Text typed where a review's card stands; `to_us` when it was said to us and not just beside us."""

    by: UserId
    text: str
    home: Home
    to_us: bool = False


async def reply(desk: Desk, came: Came, typed: Typed) -> bool:
    """Take typed words as the answer to the question that is shown, or ask back. False when they are no reply at all:

    because no question stands there, or because they ask us about a tool by its name, or about policy.
    """
    # Looked at first: nearly all that people type in threads has nothing to do with us, and needs no transaction.
    if await desk.read(lambda work: work.reviews.at_home(typed.home.channel, typed.home.thread)) is None:
        return False
    asks = False
    if typed.to_us and "?" in typed.text:
        text = clean_text(typed.text, most=5_000)
        known = await desk.read(lambda work: work.tools.mentioned(text))
        tool = read_sentence(text, desk.knowledge.words, known_tools=known).tool is not None
        asks = tool or await means_of(desk, text) is Means.QUESTION
    taken = await desk.act(_reply, came, typed, asks, await may_ask(desk, Task.CHOOSE))
    if isinstance(taken, choosing.Unread):
        desk.spawn(choosing.choose(desk, taken))
        return True
    return taken


def _reply(act: Acting, came: Came, typed: Typed, asks: bool, patient: bool) -> bool | choosing.Unread:
    review_id = act.work.reviews.at_home(typed.home.channel, typed.home.thread)
    if review_id is None:
        return False
    review = act.work.reviews.locked(review_id)
    if review.stage is not Stage.ANSWERING:
        return False
    case = reviews.case_of(review, act.bank, act.policy)
    question = reviews.next_question(review, case)
    if question is None:
        return False
    codes = meant(question, typed.text)
    if codes is None and asks:
        return False
    if codes is None:
        act.once(came)
        said = Utterance(typed.by, typed.text)
        return choosing.ask_back(act, came, review, question, said, typed.home, patient=patient) or True
    _answer(act, came, review_id, typed.by, ((question.id, codes),), CameBy.REPLY)
    return True
