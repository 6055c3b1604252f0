"""A notice becomes a card and is posted or brought up to date: at Slack's pace, never outside the company, never twice.

It never raises: every way of failing is a case that the use case writes down. After an unknown outcome it looks first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import ChannelId, UserId
from bot.domain.notice import Notice, NoticeKind, Owed, Recipient
from bot.knowledge import Knowledge
from bot.slack.addresses import Addresses, NotTaken
from bot.slack.cards.ask import answer_card, disputed_card
from bot.slack.cards.blocks import Safe, message, section
from bot.slack.cards.client_review import client_review_message
from bot.slack.cards.decision import outcome_message, self_serve_card, standing_card
from bot.slack.cards.digest import chart_of, details_card, digest_card
from bot.slack.cards.notes import line_message
from bot.slack.cards.occurrence import away_message, held_message, missed_message, occurrence_message
from bot.slack.cards.review import review_card
from bot.slack.cards.sign_off import sign_off_card
from bot.slack.cards.upkeep import upkeep_message
from bot.slack.charts import chart_words, digest_chart
from bot.slack.files import File, upload
from bot.slack.limits import Surface, check
from bot.slack.pace import Pace
from bot.slack.troubles import BROKEN, UNREADABLE, code_of, pause_of, status_of
from bot.store.points import point
from bot.use_cases.ask_tellings import AnswerTold, DisputedTold
from bot.use_cases.client_review_tellings import (
    CarriedTold,
    MeetingTold,
    MinutesTold,
    ObjectedTold,
    PackTold,
    SkipAgreedTold,
)
from bot.use_cases.digest import DigestTold
from bot.use_cases.occurrence_tellings import AwayTold, MissedTold, OccurrenceTold, PackHeldTold
from bot.use_cases.ports import (
    Delivered,
    Directory,
    DirectoryUnavailable,
    Elsewhere,
    GaveUp,
    Sent,
    TryAgain,
    Via,
)
from bot.use_cases.tellings import LineTold, OutcomeTold, ReviewTold, SignOffTold, StandingTold, Telling
from bot.use_cases.upkeep_tellings import ActionsTold, ConditionsTold, DecisionTold, WaitingTold

log = logging.getLogger(__name__)

EVENT_TYPE: Final = "preflight_notice"  # the mark by which we find our own message again
LONGEST_TRY: Final = 20.0  # seconds; less than a claim lasts, so that nobody else starts while this try still runs
LOOK_BACK: Final = timedelta(minutes=2)  # clocks of two companies differ a little
PASSING: Final = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "ratelimited",
        "team_access_not_granted",
        UNREADABLE,
    }
)
STREAMING: Final = "streaming_state_conflict"
LOCKED_OUT: Final = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
NO_PLACE: Final = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_thread_only_channel"}
)
GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
REFUSED_CARD: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "invalid_attachments"})


@dataclass
class SlackMessenger:
    """Sends notices into one workspace."""

    client: AsyncWebClient  # without retries of its own: only this class sends anything a second time
    addresses: Addresses
    directory: Directory
    knowledge: Knowledge
    now: Callable[[], datetime]
    link_hosts: frozenset[str] = frozenset()  # where a link in a model's words may lead
    pace: Pace = field(default_factory=Pace)
    # The last digest's picture, by its notice: a card that has to wait its turn does not upload it anew each time.
    _pictures: Mapping[str, str] = field(default_factory=dict)

    async def send(self, owed: Owed, telling: object, *, via: Via | None = None) -> Delivered:
        """Post or update one message."""
        try:
            async with asyncio.timeout(LONGEST_TRY):
                elsewhere = await self._gate(owed, telling)
                if elsewhere is not None:
                    return elsewhere
                card = self._fit(owed, await self._drawn(owed.notice, telling))
                return await self._try(owed, card, telling, via)
        except DirectoryUnavailable:
            return self._later(owed, "could not check who reads there")  # not knowing is held back, never sent
        except TimeoutError:
            return self._later(owed, "TimeoutError", doubtful=True)

    async def _drawn(self, notice: Notice, telling: object) -> dict[str, Any]:
        """The card; a digest's with its picture, which has to be in Slack before the card can show it."""
        if not isinstance(telling, DigestTold) or telling.details or telling.digest.calm:
            return render(telling, notice.kind, self.knowledge, self.link_hosts)
        if notice.key not in self._pictures:
            drawn = chart_of(telling.digest, self.knowledge)
            content = await asyncio.to_thread(digest_chart, *drawn)
            picture = File("digest.png", content, "The week in numbers", chart_words(*drawn))
            try:
                self._pictures = {notice.key: await upload(self.client, self.addresses, picture)}
            except (SlackApiError, NotTaken, *BROKEN) as error:
                log.warning("no picture", extra={"error": type(error).__name__})  # the numbers are in the table too
        file = self._pictures.get(notice.key)
        return digest_card(telling.digest, telling.plan, self.knowledge, file=file, drafted=telling.drafted)

    async def _try(
        self, owed: Owed, card: Mapping[str, Any], telling: object, via: Via | None = None, *, gone: str = ""
    ) -> Delivered:
        try:
            if owed.posted_ts and owed.posted_channel:
                return await self._update(owed, card, via)
            return await self._post(owed, card, gone)
        except SlackApiError as error:
            return await self._refused(owed, card, telling, error)
        except aiohttp.ClientConnectorError:
            return self._later(owed, "no connection")  # it cannot have arrived
        except BROKEN as error:
            return self._later(owed, type(error).__name__, doubtful=True)

    # --- may it be said there? ----------------------------------------------------------------------------------------

    async def _gate(self, owed: Owed, telling: object) -> Delivered | None:
        to, kind = owed.notice.to, owed.notice.kind
        if to.channel[:1] in ("U", "W"):
            if (await self.directory.person(UserId(to.channel))).full_member:
                return None
            return GaveUp("not a full member of this workspace")
        if kind is NoticeKind.MOVED or await self.directory.is_internal(to.channel):
            return None
        person = _whose(telling)
        return Elsewhere(Recipient.person(person), "external") if person else GaveUp("the channel is shared outside")

    # --- sending ------------------------------------------------------------------------------------------------------

    async def _update(self, owed: Owed, card: Mapping[str, Any], via: Via | None) -> Delivered:
        point("slack.before_update")
        there = (owed.posted_channel or ChannelId(""), owed.posted_ts or "")
        if via is not None and via.ts == owed.posted_ts and await self._through(via, card):
            return Sent(*there)
        if (wait := await self.pace.turn("chat.update", None)) is not None:
            return self._wait(wait)
        shown = {"channel": there[0], "ts": there[1], "text": str(card["text"]), "blocks": card["blocks"]}
        try:
            await self.client.chat_update(**shown)
        except SlackApiError as error:
            if code_of(error) != STREAMING:
                raise
            # A message that was growing in view when its process ended: it has to be ended before it can be changed.
            await self.client.chat_stopStream(channel=there[0], ts=there[1])
            await self.client.chat_update(**shown)
        point("slack.after_update")
        return Sent(*there)

    async def _through(self, via: Via, card: Mapping[str, Any]) -> bool:
        """Replace the clicked message through its own fresh address; an update may safely happen twice."""
        try:
            await self.addresses.post(
                via.url, {"replace_original": True, "text": str(card["text"]), "blocks": card["blocks"]}
            )
        except (NotTaken, aiohttp.ClientError, TimeoutError, OSError):
            return False
        point("slack.after_update")
        return True

    async def _post(self, owed: Owed, card: Mapping[str, Any], gone: str) -> Delivered:
        if owed.doubtful and (found := await self._look(owed, gone)) is not None:
            if not owed.notice.live:
                return found
            # What stands there may be older than what is true: somebody may have pressed it while we were away.
            return await self._update(replace(owed, posted_channel=found.channel, posted_ts=found.ts), card, None)
        to = owed.notice.to
        if (wait := await self.pace.turn("chat.postMessage", to.channel)) is not None:
            return self._wait(wait)
        point("slack.before_post")
        answer = await self.client.chat_postMessage(
            channel=to.channel,
            thread_ts=to.thread,
            text=str(card["text"]),
            blocks=card["blocks"],
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": owed.notice.key}},
        )
        point("slack.after_post")
        return Sent(ChannelId(str(answer["channel"])), str(answer["ts"]))

    async def _look(self, owed: Owed, gone: str) -> Sent | None:
        """Look whether an earlier try arrived after all. Where Slack never lets us look, it is said once more."""
        try:
            return await self._find(owed, gone)
        except SlackApiError as error:
            if code_of(error) in PASSING or status_of(error) != 200:
                raise
            log.warning("could not look", extra={"notice": owed.notice.key, "error": code_of(error)})
            return None

    async def _find(self, owed: Owed, gone: str) -> Sent | None:
        """The message of ours that carries this key, and is not the one that cannot be changed any more."""
        to = owed.notice.to
        since = (owed.first_tried_at or self.now()) - LOOK_BACK
        channel = to.channel
        if channel[:1] in ("U", "W"):
            channel = ChannelId(str((await self.client.conversations_open(users=channel))["channel"]["id"]))
        cursor = ""
        while True:
            what: dict[str, Any] = {"channel": channel, "limit": 200, "include_all_metadata": True}
            what |= {"cursor": cursor} if cursor else {}
            if to.thread:
                page = await self.client.conversations_replies(ts=to.thread, **what)
            else:
                page = await self.client.conversations_history(oldest=f"{since.timestamp():.6f}", **what)
            for each in page.get("messages") or ():
                said, ts = each.get("metadata") or {}, str(each["ts"])
                ours = said.get("event_type") == EVENT_TYPE and said["event_payload"].get("key") == owed.notice.key
                if ours and ts != gone:
                    return Sent(channel, ts)
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None

    # --- when it does not go through ----------------------------------------------------------------------------------

    async def _refused(self, owed: Owed, card: Mapping[str, Any], telling: object, error: SlackApiError) -> Delivered:
        code, status = code_of(error), status_of(error)
        if code == "ratelimited" or status == 429:
            wait = pause_of(error)
            self.pace.hold(str(getattr(error.response, "api_url", "")).rpartition("/")[2], wait)
            return self._wait(wait)
        if status >= 500 or code in PASSING:
            return self._later(owed, code, doubtful=not owed.posted_ts)
        if code in LOCKED_OUT:
            return self._later(owed, code)
        if code in GONE:
            if not owed.posted_ts:
                return self._later(owed, code)
            # What we would bring up to date was deleted, or is closed to changes: it is put there again.
            anew = replace(owed, posted_channel=None, posted_ts=None)
            return await self._try(anew, card, telling, gone=owed.posted_ts)
        if code in REFUSED_CARD and len(card["blocks"]) > 1:
            log.error("card refused", extra={"notice": owed.notice.key, "error": code})
            return await self._try(owed, _simpler(card), telling)
        person = _whose(telling)
        if code in NO_PLACE and person is not None and owed.notice.to.channel != str(person):
            return Elsewhere(Recipient.person(person), code)
        return GaveUp(code)

    def _fit(self, owed: Owed, card: dict[str, Any]) -> Mapping[str, Any]:
        """A card that Slack would refuse is said plainly instead: a decision is never lost to a limit."""
        faults = check(card, Surface.MESSAGE)
        if not faults:
            return card
        log.error("card over a limit", extra={"notice": owed.notice.key, "faults": faults[:3]})
        return _plainly(card)

    def _wait(self, seconds: float) -> TryAgain:
        return TryAgain(self.now() + timedelta(seconds=seconds), "not its turn yet", blame=False)

    def _later(self, owed: Owed, why: str, *, doubtful: bool = False) -> TryAgain:
        """Twice as long after each try, from two seconds to half an hour."""
        wait = min(2 * 2**owed.tries, 1_800)
        return TryAgain(self.now() + timedelta(seconds=wait), why, doubtful)


def render(telling: object, kind: NoticeKind, knowledge: Knowledge, link_hosts: Collection[str] = ()) -> dict[str, Any]:
    """The card for what there is to tell; a link in a model's words may lead to the link hosts only."""
    told: Telling = telling  # type: ignore[assignment]  # the port hands it through unseen
    match told:
        case ReviewTold():
            return review_card(told, knowledge)
        case SignOffTold():
            return sign_off_card(told, knowledge)
        case StandingTold():
            return standing_card(told, knowledge)
        case OutcomeTold():
            return (self_serve_card if kind is NoticeKind.SELF_SERVE else outcome_message)(told, knowledge)
        case AnswerTold():
            return answer_card(told, link_hosts)
        case DisputedTold():
            return disputed_card(told, link_hosts)
        case DigestTold(digest=digest, plan=plan, details=details, drafted=drafted):
            return details_card(digest) if details else digest_card(digest, plan, knowledge, drafted=drafted)
        case LineTold():
            return line_message(told, knowledge)
        case OccurrenceTold():
            return occurrence_message(told)
        case MissedTold():
            return missed_message(told)
        case AwayTold():
            return away_message(told)
        case PackHeldTold():
            return held_message(told)
        case PackTold() | MeetingTold() | MinutesTold() | CarriedTold() | ObjectedTold() | SkipAgreedTold():
            return client_review_message(told, knowledge)
        case ConditionsTold() | ActionsTold() | DecisionTold() | WaitingTold():
            return upkeep_message(told, kind, knowledge)
        case other:
            assert_never(other)


def _whose(telling: object) -> UserId | None:
    """The person to tell in private what must not be said in a shared channel."""
    match telling:
        case ReviewTold(review=review) | OutcomeTold(review=review):
            return review.requester
        case StandingTold(asked_by=user):
            return user
        case AnswerTold(asked=asked):
            return asked.by
        case OccurrenceTold(occurrence=occurrence):
            return occurrence.host
        case PackTold(occurrence=review_of_client):
            return review_of_client.host
        case MeetingTold(held=held) | MinutesTold(held=held):
            return held.occurrence.host
        case LineTold(notice=notice, review=review):
            if by := notice.facts.get("by"):
                return UserId(by) if notice.kind is not NoticeKind.LEAD_ASKS or review is None else review.requester
            return review.requester if review else None
        case DecisionTold(notice=notice, review=review) | WaitingTold(notice=notice, review=review):
            return UserId(notice.facts.get("by") or review.requester)
        case _:
            return None


def _simpler(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """What to try after a refusal: the card without its picture, which Slack may not have taken in; else plainly."""
    unpictured = [block for block in card["blocks"] if block["type"] != "image"]
    return {**card, "blocks": unpictured} if len(unpictured) < len(card["blocks"]) else _plainly(card)


def _plainly(card: Mapping[str, Any]) -> dict[str, Any]:
    words: Safe = card["text"]  # a card's text is escaped already
    return message(words, [section(words)])
