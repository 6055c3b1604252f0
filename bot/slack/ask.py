"""What people touch about answers: `/preflight ask`, more passages, a review instead, what they say of an answer."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.domain.asked import Feedback
from bot.domain.decision import standing
from bot.domain.ids import AskedId, ChannelId, ToolId
from bot.domain.refused import OutdatedCard
from bot.domain.review import Home
from bot.domain.tool import clean_text
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards import ask as cards
from bot.slack.cards import decision
from bot.slack.cards.blocks import say
from bot.slack.intake import after_begin
from bot.store.work import Work
from bot.use_cases import ask, intake, reading
from bot.use_cases.desk import Desk
from bot.use_cases.upkeep_tellings import duties_of


async def on_ask(call: Call, desk: Desk, text: str) -> None:
    """`/preflight ask` and a question. A slash command has no thread, so the answer is a direct message."""
    if not text.strip():
        await call.whisper(
            say(
                "Ask me about our rules, for example `/preflight ask may agents use their own phones for the second "
                "factor?` or `/preflight ask how long are recordings kept?`"
            )
        )
        return
    await ask.ask(desk, call.came, ask.Question(call.user, text, Home(ChannelId(call.user))))
    await call.whisper(say("I have answered you in a direct message."))


async def on_more(call: Call, desk: Desk) -> None:
    await call.open(cards.more_view(await ask.told(desk, _asked(call))))


async def on_review(call: Call, desk: Desk) -> None:
    """Begin a review with the words of the question, as the person who pressed."""
    asked = await ask.kept(desk, _asked(call))
    words_of = asked.by if asked.by != call.user else None
    request = intake.Asked(call.user, asked.question, call.home(), words_of=words_of)
    await after_begin(call, desk, await reading.begin(desk, call.came, request))


async def on_decision(call: Call, desk: Desk) -> None:
    """Show what is on record for the tool that a question names, to nobody else."""
    name, found = await desk.read(_on_record, ToolId(str(call.action.get("value") or "")), desk.now().date())
    await call.whisper_card(decision.found_message(name, found, desk.knowledge))


def _on_record(work: Work, tool_id: ToolId, today: date) -> tuple[str, decision.OnRecord]:
    tool = work.tools.get(tool_id)
    decisions = [(each, standing(each, today=today)) for each in work.decisions.of_tool(tool_id)]
    duties = {each.id: duties_of(work, each.id) for each, _ in decisions}
    return tool.name, decision.OnRecord(decisions, work.reviews.under_way(tool_id), (), duties, today)


async def on_feedback(call: Call, desk: Desk) -> None:
    """Helpful, or wrong: then the leads may be told, and what is wrong with it."""
    said, _, asked = str(call.action.get("value") or "").partition("|")
    if said not in (each.value for each in Feedback):
        raise OutdatedCard
    judged = await ask.judge(desk, call.came, AskedId(asked), Feedback(said))
    if judged.feedback is Feedback.WRONG:
        await call.open(cards.wrong_view(judged))
    else:
        await call.whisper(say("Thank you, noted."))


async def on_wrong_sent(call: Call, desk: Desk) -> None:
    remark = clean_text(call.words(cards.REMARK), most=cards.REMARK_MOST)
    await ask.dispute(desk, call.came, AskedId(call.metadata), by=call.user, remark=remark)
    call.reply = {"response_action": "update", "view": cards.sent_view()}


def _asked(call: Call) -> AskedId:
    return AskedId(str(call.action.get("value") or ""))


ACTIONS: Final = {
    ids.ASK_MORE: on_more,
    ids.ASK_REVIEW: on_review,
    ids.ASK_DECISION: on_decision,
    ids.ASK_FEEDBACK: on_feedback,
}
VIEWS: Final = {ids.ASK_WRONG_PAGE: on_wrong_sent}
