"""Reviews that wait for answers, and the click that answers each next question: the same for every server measured."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import Any, Final
from urllib.parse import quote_plus

from bot.domain.answers import Answer
from bot.domain.bank import Choice, Question
from bot.domain.ids import ChannelId, PersonId, ReviewId, UserId
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Review, Stage, answer, case_of, next_question
from bot.knowledge import Knowledge
from bot.llm.absent import Absent
from bot.slack import ids
from bot.slack.cards.review import review_card
from bot.store.database import open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases import intake
from bot.use_cases.desk import Came, Desk
from bot.use_cases.ports import Person
from bot.use_cases.tellings import tell_review
from tests.bench.fake_slack import TEAM
from tests.bench.reference import SECRET

AUDIT_KEY: Final = b"a-key-of-the-bench-on-which-nothing-hangs"
_PATH: Final = b"POST /slack/events HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n"


def _use(kinds: str, data: str, users: str, seats: int, clients: Clients, layers: str) -> Profile:
    split = [frozenset(each.split()) for each in (kinds, data, users, layers)]
    return Profile(kinds=split[0], data=split[1], users=split[2], seats=seats, clients=clients, layers=split[3])


PROFILES: Final = (  # few, many and some questions
    _use("saas", "internal", "hq_staff", 20, Clients(), "application"),
    _use(
        "saas ai_llm communication",
        "customer_pii recordings",
        "wah_agents",
        150,
        Clients.counted(1),
        "application data",
    ),
    _use("saas", "customer_pii", "hq_staff", 15, Clients.counted(1), "application data"),
)


class _Everyone:
    async def person(self, user: UserId, *, now: bool = False) -> Person:
        return Person(user, PersonId(user), full_member=True)


@dataclass(frozen=True, slots=True)
class Click:
    """One press of an answer button, as Slack would send it."""

    number: int
    ts: str  # of the card that is clicked
    body: bytes

    def signed(self) -> bytes:
        """The whole request, signed now."""
        stamp = str(int(time.time())).encode()
        seal = hmac.new(SECRET.encode(), b"v0:" + stamp + b":" + self.body, hashlib.sha256).hexdigest().encode()
        return b"%sx-slack-request-timestamp: %s\r\nx-slack-signature: v0=%s\r\ncontent-length: %d\r\n\r\n%s" % (
            _PATH,
            stamp,
            seal,
            len(self.body),
            self.body,
        )


async def seed(database: str, knowledge: Knowledge, reviews: int) -> list[Review]:
    """Make that many reviews that have a profile and a posted card, by the real acts. The same on every database."""
    migrate(database)
    store = open_store(database, audit_key=AUDIT_KEY)
    numbers = count(1)
    desk = Desk(
        store,
        knowledge,
        _Everyone(),  # type: ignore[arg-type]  # nothing else of the directory is asked here
        ChannelId("CSECURITY"),
        lambda: datetime.now(UTC),
        lambda: f"bench{next(numbers):06}",
        Absent(),
    )
    try:
        made = []
        for number, profile in zip(range(reviews), cycle(PROFILES), strict=False):
            by, name = UserId(f"UTEAM{number % 20:02}"), f"Benchtool {number:05}"
            home = Home(ChannelId(f"CTEAM{number % 10:02}"), f"1700000000.{number:06}")
            began = await intake.begin(desk, Came(f"a{number}", "x"), intake.Asked(by, name, home, bare_name=True))
            assert began.review is not None
            said = intake.Described(profile, name, different=True)
            made.append(await intake.describe(desk, Came(f"b{number}", "x"), review=began.review.id, by=by, said=said))
        await store.act(_posted, {review.id: ts_of(review) for review in made})
        return made
    finally:
        await store.close()


def _posted(work: Work, stamps: dict[ReviewId, str]) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)  # by then the claims of the acts that owed them have run out
    while claimed := work.notices.claim(later, timedelta(seconds=1), 500):
        for owed in claimed:
            assert owed.notice.review is not None
            work.notices.sent(owed, owed.notice.to.channel, stamps[owed.notice.review], later)


def a_review(profile: Profile) -> Review:
    """A review in its middle: the profile is there, nothing is answered yet."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    home = Home(ChannelId("CTEAM00"), "1700000000.000001")
    opened = Review(ReviewId("bench"), None, "Benchtool", UserId("UTEAM00"), home, at)
    return replace(opened, profile=profile, stage=Stage.ANSWERING, version=1)


def ts_of(review: Review) -> str:
    """When the review's card was posted."""
    return f"1700000001.{review.home.thread.rpartition('.')[2]}"  # type: ignore[union-attr]


def clicks(reviews: list[Review], knowledge: Knowledge, port: int) -> Iterator[Click]:
    """Answers in turn through all reviews, up to the last question but one of each; then it ends.

    Two clicks on one review are far apart, and reviews with few and with many questions end at the same time.
    """
    spread = []
    for place, review in enumerate(reviews):
        size = len(case_of(review, knowledge.bank, knowledge.policy).asked) - 1
        start = (place * 0.6180339887) % 1
        spread += [((step + start) / size, place) for step in range(size)]
    spread.sort()
    now = dict(enumerate(reviews))
    for number, (_, place) in enumerate(spread):
        review = now[place]
        case = case_of(review, knowledge.bank, knowledge.policy)
        question = next_question(review, case)
        assert question is not None
        code = _some_code(question, number)
        yield Click(number, ts_of(review), _body(review, question, code, number, knowledge, port))
        now[place] = answer(review, case, Answer(question.id, (code,), review.requester, datetime.now(UTC)))


def _some_code(question: Question, number: int) -> str:
    """Mostly the good answer, sometimes another; one that asks for no owner, date or link, which is one more call."""
    codes = ["unknown"]
    codes += [each.code for each in question.options if question.choice is Choice.ONE or each.alone]
    calm = [code for code in codes if not any(code in extra.wanted_for for extra in question.extras)]
    best = [each.code for each in question.options if each.code in calm and not each.gap]
    return best[0] if best and number % 4 else calm[number % len(calm)]


def _body(review: Review, question: Question, code: str, number: int, knowledge: Knowledge, port: int) -> bytes:
    card = review_card(tell_review(review, knowledge), knowledge)
    ts, thread = ts_of(review), review.home.thread
    shown = ids.question_block(question.id, ids.Card(review.id, review.version))
    user = review.requester
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "api_app_id": "ABENCH",
        "token": "verification-token",
        "container": {
            "type": "message",
            "message_ts": ts,
            "channel_id": review.home.channel,
            "is_ephemeral": False,
            "thread_ts": thread,
        },
        "trigger_id": f"{number}.17.bench",
        "team": {"id": TEAM, "domain": "bench"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": review.home.channel, "name": "team"},
        "message": {
            "type": "message",
            "user": "UBOT",
            "bot_id": "BBOT",
            "ts": ts,
            "thread_ts": thread,
            "team": TEAM,
            **card,
        },
        "state": {"values": {}},
        "response_url": f"http://127.0.0.1:{port}/response/{number}",
        "actions": [
            {
                "type": "button",
                "action_id": ids.answer_action(code),
                "block_id": shown,
                "value": f"{review.id}|{review.version}",
                "text": {"type": "plain_text", "text": code},
                "action_ts": f"1700000002.{number:06}",
            }
        ],
    }
    return b"payload=" + quote_plus(json.dumps(payload, separators=(",", ":"))).encode()
