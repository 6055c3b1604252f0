"""Reading on after a request was begun: the thread it stands in, and a model where there is one; and a person's yes.

It sets no fact by itself, and it keeps no word but those that a proposal rests on. Where it fails, what the rules read
in the request stands.
"""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain import reading
from bot.domain.answers import Proposal
from bot.domain.bank import Question
from bot.domain.ids import ReviewId, UserId
from bot.domain.model_use import Task
from bot.domain.profile import UNKNOWN, Clients, Profile
from bot.domain.refused import OutdatedCard
from bot.domain.review import Home, Review, Stage, team_only
from bot.domain.sentence import READ_MOST
from bot.domain.tool import clean_text, tool_name
from bot.domain.utterance import Utterance
from bot.domain.verdict import open_case
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases import intake
from bot.use_cases.answering import still_open
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.intake import Asked, Began
from bot.use_cases.model_use import may_ask, still_may
from bot.use_cases.ports import A_PERSON_WAITS, Earlier, Readable, Via
from bot.use_cases.tellings import review_notice

log = logging.getLogger(__name__)

EARLIER_WITHIN: Final = timedelta(seconds=3)  # to read a thread
GRACE: Final = timedelta(seconds=2)  # for our own part, so that help is not sent while an answer is on its way
QUESTIONS_MOST: Final = 8_000  # characters of questions and options that a model is shown
FREE: Final = ("tool", "vendor", "url", "seats", "clients", "purpose")
WORDS_WORTH: Final = 3  # asking a model; less is a greeting …
LETTERS_WORTH: Final = 8  # … but not in a script that puts no blanks between words
SAYS_ENOUGH: Final = frozenset({"tool", "kinds", "data", "users", "seats"})  # to open a review for what was read late


@dataclass(frozen=True, slots=True)
class _Sources:
    """What is still to be read: the request's own words, the thread before them, and whether a model may be asked."""

    own: Utterance
    earlier: Earlier | None
    model: bool

    @property
    def lasts(self) -> timedelta | None:
        """How long reading may take; None where there is nothing to read on."""
        if self.earlier is None and not self.model:
            return None
        thread = EARLIER_WITHIN if self.earlier is not None else timedelta()
        return thread + (A_PERSON_WAITS if self.model else timedelta()) + GRACE


async def begin(desk: Desk, came: Came, asked: Asked, *, earlier: Earlier | None = None) -> Began:
    """Answer a request by what the rules read in it, and read on in the background.

    `earlier` reads what was said before in the thread. It is not read where a review's card stands in that thread.
    """
    sources = await _sources(desk, asked, earlier)
    began = await intake.begin(desk, came, asked, held_for=sources.lasts)
    if sources.lasts is not None and (began.held or began.opened):
        desk.spawn(_read_on(desk, came, asked, began, sources))
    return began


async def _sources(desk: Desk, asked: Asked, earlier: Earlier | None) -> _Sources:
    own = Utterance(asked.words_of or asked.by, clean_text(asked.text, most=READ_MOST))
    if earlier is not None and await desk.read(_has_a_card, asked.home):
        earlier = None
    letters = sum(unicodedata.category(letter) == "Lo" for letter in own.text)
    wordy = earlier is not None or letters >= LETTERS_WORTH or len(own.text.split()) >= WORDS_WORTH
    return _Sources(own, earlier, wordy and await may_ask(desk, Task.EXTRACT))


def _has_a_card(work: Work, home: Home) -> bool:
    return home.thread is not None and work.reviews.at_home(home.channel, home.thread) is not None


async def _read_on(desk: Desk, came: Came, asked: Asked, began: Began, sources: _Sources) -> None:
    """Read the rest, hold it against the words, and write down what they hold."""
    found = await _found(desk, asked.by, sources)
    if began.review is not None:
        await desk.act(_add, began.review.id, found)
    else:
        await desk.act(_take_up, came, asked, found, desk.new_id())


async def _found(desk: Desk, asker: UserId, sources: _Sources) -> tuple[Proposal, ...]:
    said = (sources.own, *await _said_before(sources.earlier))
    known = await desk.read(intake.mentioned, said)
    # A long thread takes the rules longer than anybody else should wait, so it is read on a thread of its own.
    by_rules = await asyncio.to_thread(intake.read_by_rules, said, desk.knowledge.words, known, asker=asker)
    if not sources.model or not any(each.text for each in said):
        return reading.merged(by_rules)
    readable = readable_of(desk.knowledge, by_rules)
    by_model = await _extract(desk, (*said[1:], sources.own), readable)
    options = {str(question.id): [option.code for option in question.options] for question in readable.questions}
    checked = await asyncio.to_thread(reading.checked, by_model, said, asker=asker, options=options)
    log.info("read", extra={"proposed": len(by_model), "kept": len(checked)})
    return reading.merged((*by_rules, *checked))


async def _said_before(earlier: Earlier | None) -> tuple[Utterance, ...]:
    if earlier is None:
        return ()
    try:
        async with asyncio.timeout(EARLIER_WITHIN.total_seconds()):
            return await earlier()
    except TimeoutError:
        log.warning("thread not read in time")
        return ()


async def _extract(desk: Desk, said: Sequence[Utterance], readable: Readable) -> Sequence[Proposal]:
    # Whatever stands behind the door promises to keep the time; help that waits for it is not left to that promise.
    try:
        async with asyncio.timeout((A_PERSON_WAITS + GRACE / 2).total_seconds()):
            return await desk.model.extract(said, readable, within=A_PERSON_WAITS)
    except TimeoutError:
        log.warning("model over its time")
        return ()


def readable_of(knowledge: Knowledge, found: Sequence[Proposal]) -> Readable:
    """What a model may read: the codes of the facts, and the questions that this use would be asked, within bounds."""
    facts = {
        fact: {code: knowledge.facts[fact].values[code].label for code in codes}
        for fact, codes in reading.CODES.items()
    }
    asked = open_case(knowledge.bank, knowledge.policy, _as_read(found)).asked
    questions: list[Question] = []
    left = QUESTIONS_MOST
    for question in asked:
        left -= len(question.text) + sum(len(option.code) + len(option.label) for option in question.options)
        if left < 0:
            break
        questions.append(question)
    return Readable(facts, FREE, tuple(questions))


def _as_read(found: Sequence[Proposal]) -> Profile:
    """The use as far as it was read; what was not read counts as not known."""
    values: dict[str, set[str]] = {}
    for each in found:
        values.setdefault(each.fact, set()).add(each.value)
    return Profile(
        kinds=frozenset(values.get("kinds", {"saas"})),
        data=frozenset(values.get("data", {UNKNOWN})),
        users=frozenset(values.get("users", {UNKNOWN})),
        seats=None,
        clients=Clients(unknown=True),
    )


def _add(act: Acting, review_id: ReviewId, found: tuple[Proposal, ...]) -> None:
    """Add what was read to a review that nobody has confirmed or described meanwhile; else only what answers."""
    before = act.work.reviews.locked(review_id)
    found = found if still_may(act, Task.EXTRACT) else reading.by_rules(found)
    use = before.stage is Stage.DESCRIBING and before.profile is None and not reading.is_confirmed(before)
    if before.ended or before.stage is Stage.SUBMITTED:
        return
    about_use = reading.about_use(found)
    fitting = found if use else tuple(each for each in found if each not in about_use)
    proposals = reading.merged((*before.proposals, *fitting)) if fitting else before.proposals
    if proposals == before.proposals:
        return
    # An open question's buttons carry the version; what a model read beside it is no reason to refuse one.
    changed = replace(before, proposals=proposals, version=before.version + (1 if use else 0))
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))


def _take_up(act: Acting, came: Came, asked: Asked, found: tuple[Proposal, ...], new_id: str) -> None:
    """Answer a request that the rules did not understand: by what was read after all, else by the help that waits."""
    key = intake.hello_key(came)
    found = found if still_may(act, Task.EXTRACT) else reading.by_rules(found)
    if not any(each.fact in SAYS_ENOUGH for each in found):
        act.work.notices.hasten(key, act.at)
        act.take(key)
    elif act.work.notices.call_off(key, act.at, "understood after all"):  # else help was given, and that is enough
        intake.take_up(act, came, asked, found, reading.the_one(found, "tool"), new_id)


# --- a person's yes --------------------------------------------------------------------------------------------------


class ReadAnew(OutdatedCard):
    reason = "What I read has changed since you saw it, so nothing was confirmed. Have a look at the fresh card."


async def confirm(
    desk: Desk, came: Came, *, review: ReviewId, by: UserId, saw: int, shown: str, via: Via | None = None
) -> Review:
    """Record a person's yes to what was read and shown; where that is the whole profile, set it."""
    return await desk.act_via(via, _confirm, came, review, by, saw, shown, desk.new_id())


def _confirm(act: Acting, came: Came, review_id: ReviewId, by: UserId, saw: int, shown: str, new_id: str) -> Review:
    act.once(came)
    before = still_open(act.work.reviews.locked(review_id))
    team_only(before, by)
    if before.profile is not None or reading.mark_of(before.proposals) != shown:
        raise ReadAnew
    if reading.is_confirmed(before):
        return before  # pressed again: the form opens for the rest
    if before.version != saw:
        raise ReadAnew
    changed, confirmed = reading.confirm(before, by=by)
    intake.record_confirmed(act, review_id, confirmed, by, by_form=False)
    if (said := _whole(act, changed)) is not None:
        return intake.set_profile(act, changed, before, by, said, new_id)
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


def _whole(act: Acting, review: Review) -> intake.Described | None:
    """The confirmed profile, where nothing of it is missing and no other tool is called nearly the same."""
    profile = reading.profile_of(review)
    if profile is None:
        return None
    found = act.work.tools.find(tool_name(review.tool_name))
    if found.tool is None and found.near:
        return None
    return intake.Described(
        profile, review.tool_name, vendor=review.vendor, url=review.url, purpose=review.purpose, go_live=review.go_live
    )
