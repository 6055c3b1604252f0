"""Reviews ↔ rows: one head row, its answers as a history, its signatures. What may change is the domain's to say."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, exists, insert, select, union, update

from bot.domain.answers import Answer, Came, Origin
from bot.domain.client import Client
from bot.domain.ids import ChannelId, PersonId, QuestionId, ReviewId, ToolId, UserId
from bot.domain.profile import Profile
from bot.domain.refused import NoSuchReview
from bot.domain.review import Home, Review, SignOff, Stage, Stance
from bot.store.columns import UtcTime
from bot.store.prepared import Prepared
from bot.store.spelling import (
    extras_from,
    extras_text,
    names_from,
    names_text,
    package_from,
    package_text,
    profile_from,
    profile_text,
    proposals_from,
    proposals_text,
)
from bot.store.tables import answers, co_requesters, profile_versions, review_clients, reviews, sign_offs
from bot.store.touched import ALL, BY_KEYS, NAMELESS, client_keys, keys_of
from bot.store.upsert import AnyRow

_MOST: Final = 50
_SIGNED: Final = (Stage.SUBMITTED, Stage.DECIDED)  # the only stages in which signatures count

_r: Final = reviews.c
_HEAD: Final = (
    _r.id,
    _r.tool_id,
    _r.tool_name,
    _r.requester,
    _r.home_channel,
    _r.home_thread,
    _r.opened_at,
    _r.stage,
    _r.version,
    _r.purpose,
    _r.vendor,
    _r.url,
    _r.go_live,
    _r.co_requesters,
    _r.proposals,
    _r.profile,
    _r.showing,
    _r.note,
    _r.package,
    _r.claimed_by,
    _r.submitted_at,
)
_STAGE: Final = _HEAD.index(_r.stage)
_heads: Final = select(*_HEAD)
_get: Final = _heads.where(_r.id == bindparam("b_id"))
_GET: Final = Prepared(_get)
_LOCK: Final = Prepared(_get.with_for_update())
_UNDER_WAY: Final = (
    _heads.where(_r.tool_id == bindparam("b_tool"), _r.stage.in_(["describing", "answering", "submitted"]))
    .order_by(_r.opened_at.desc(), _r.id)
    .limit(1)
)
_at_home: Final = select(_r.id).where(_r.home_channel == bindparam("b_channel")).order_by(_r.opened_at.desc(), _r.id)
_AT_THREAD: Final = _at_home.where(_r.home_thread == bindparam("b_thread")).limit(1)
_AT_CHANNEL: Final = _at_home.where(_r.home_thread.is_(None)).limit(1)
_TEAM_OF: Final = (
    _heads.where(
        _r.id.in_(
            union(
                select(_r.id).where(_r.requester == bindparam("b_user")),
                select(co_requesters.c.review_id).where(co_requesters.c.user == bindparam("b_user")),
            )
        )
    )
    .order_by(_r.stage.in_(["decided", "withdrawn"]), _r.opened_at.desc(), _r.id)
    .limit(_MOST)
)
_WAITING_SINCE: Final = (
    select(_r.tool_name, _r.submitted_at)
    .where(_r.stage == "submitted", _r.submitted_at.is_not(None))
    .order_by(_r.submitted_at, _r.id)
)
_WAITING: Final = (
    _heads.where(_r.stage == "submitted")
    .order_by(_r.go_live.is_(None), _r.go_live, _r.submitted_at, _r.id)
    .limit(bindparam("b_limit"))
)

_t: Final = review_clients.c
_TOUCHING: Final = _heads.where(_r.id.in_(select(_t.review_id).where(_t.client_key.in_(BY_KEYS)))).order_by(
    _r.opened_at.desc(), _r.id
)
_DROP_CLIENTS: Final = delete(review_clients).where(_t.review_id == bindparam("b_id"))
_ADD_CLIENTS: Final = insert(review_clients)

_TOUCHED: Final = select(_r.id, _r.updated_at).where(_r.id.in_(bindparam("b_ids", expanding=True)))

_a: Final = answers.c
_given: Final = select(_a.review_id, _a.question, _a.codes, _a.by, _a.at, _a.came, _a.extras, _a.proposed).order_by(
    _a.seq
)
_ANSWERS: Final = Prepared(_given.where(_a.review_id == bindparam("b_id")))
_ANSWERS_OF: Final = _given.where(_a.review_id.in_(bindparam("b_ids", expanding=True)))

_WITHDRAWN: Final = (
    _heads.where(
        _r.tool_id == bindparam("b_tool"),
        _r.stage == "withdrawn",
        exists().where(_a.review_id == _r.id, _a.question.in_(bindparam("b_questions", expanding=True))),
    )
    .order_by(_r.updated_at.desc(), _r.id)
    .limit(bindparam("b_limit"))
)

_s: Final = sign_offs.c
_signed: Final = (
    select(_s.review_id, _s.by, _s.person, _s.stance, _s.version, _s.at, _s.rationale, _s.as_ciso)
    .where(_s.voided_at.is_(None))
    .order_by(_s.seq)
)
_SIGN_OFFS: Final = _signed.where(_s.review_id == bindparam("b_id"))
_SIGN_OFFS_OF: Final = _signed.where(_s.review_id.in_(bindparam("b_ids", expanding=True)))

_ADD: Final = insert(reviews)
_ADD_ANSWER: Final = Prepared(
    insert(answers).inline(), "review_id", "question", "codes", "by", "at", "came", "extras", "proposed"
)
_ADD_PROFILE: Final = insert(profile_versions)
_ADD_CO_REQUESTER: Final = insert(co_requesters)
_ADD_SIGN_OFF: Final = insert(sign_offs)
_VOID: Final = (
    update(sign_offs)
    .where(
        _s.review_id == bindparam("b_id"),
        _s.version == bindparam("b_version"),
        _s.person == bindparam("b_person"),
        _s.voided_at.is_(None),
    )
    .values(voided_at=bindparam("b_at", type_=UtcTime()))
)


class Reviews:
    """Every review there ever was."""

    __slots__ = ("_connection", "_ours", "saved")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.saved: dict[ReviewId, Review] = {}  # as this act leaves them
        self._ours: set[ReviewId] = set()  # those this act holds the lock of

    def locked(self, review_id: ReviewId) -> Review:
        """The review, held until the end of the act: whoever else wants to change it waits. Raises NoSuchReview."""
        review = self._one(_LOCK, review_id)
        self._ours.add(review_id)
        return review

    def get(self, review_id: ReviewId) -> Review:
        """The review as it is, to look at only. Raises NoSuchReview."""
        return self._one(_GET, review_id)

    def add(self, review: Review, at: datetime) -> None:
        """Store a new review."""
        self._connection.execute(_ADD, {"id": review.id, **_head(review), "updated_at": at})
        self._ours.add(review.id)
        if review.profile is not None:
            self._add_profile(review, review.profile, at)
            self._add_clients(review.id, review.profile)
        self._add_answers(review, review.answers.values())
        self._add_co_requesters(review, review.co_requesters, at)
        for signed in review.sign_offs:
            self._add_sign_off(review, signed)

    def save(self, review: Review, before: Review, at: datetime) -> None:
        """Store what differs from `before`, which this act must have got from `locked`."""
        if review.id not in self._ours:
            # A look without the lock may be out of date: saving on top of it would lose somebody's yes.
            raise RuntimeError("a review is saved only by the act that locked it")
        changed = {**_head(review, before), "updated_at": at}
        _saving(tuple(changed)).run(self._connection, {"b_id": review.id, **changed})
        self.saved[review.id] = review
        if review.profile is not None and review.profile != before.profile:
            self._add_profile(review, review.profile, at)
            self._connection.execute(_DROP_CLIENTS, {"b_id": review.id})
            self._add_clients(review.id, review.profile)
        if review.answers is not before.answers:
            known = before.answers
            self._add_answers(
                review, (given for given in review.answers.values() if known.get(given.question) != given)
            )
        if review.co_requesters != before.co_requesters:
            self._add_co_requesters(
                review, (user for user in review.co_requesters if user not in before.co_requesters), at
            )
        if review.sign_offs != before.sign_offs:
            for signed in before.sign_offs:
                if signed not in review.sign_offs:
                    key = {"b_id": review.id, "b_version": signed.version, "b_person": signed.person}
                    self._connection.execute(_VOID, {**key, "b_at": at})
            for signed in review.sign_offs:
                if signed not in before.sign_offs:
                    self._add_sign_off(review, signed)

    def under_way(self, tool: ToolId) -> Review | None:
        """The newest review of this tool that has not ended."""
        found = self._many(_UNDER_WAY, {"b_tool": tool})
        return found[0] if found else None

    def at_home(self, channel: ChannelId, thread: str | None) -> ReviewId | None:
        """The newest review whose card stands in this thread, or, without a thread, in this channel itself."""
        where: dict[str, Any] = {"b_channel": channel}
        if thread is None:
            return self._connection.execute(_AT_CHANNEL, where).scalar()
        return self._connection.execute(_AT_THREAD, where | {"b_thread": thread}).scalar()

    def team_of(self, user: UserId) -> list[Review]:
        """The reviews a person asked for or joined: open ones first, newest first, at most fifty."""
        return self._many(_TEAM_OF, {"b_user": user})

    def waiting(self, limit: int) -> list[Review]:
        """The reviews that wait for the leads: by the day the team would like to start, then those waiting longest."""
        return self._many(_WAITING, {"b_limit": limit})

    def waiting_since(self) -> list[tuple[str, datetime]]:
        """Every request that waits for the leads: its tool, and when it was handed in; the longest first."""
        return [(tool, at) for tool, at in self._connection.execute(_WAITING_SINCE)]

    def withdrawn(self, tool: ToolId, *, having_answered: Iterable[QuestionId], limit: int) -> list[Review]:
        """The reviews of a tool that ended without a decision and had answered one of these questions, newest first."""
        return self._many(_WITHDRAWN, {"b_tool": tool, "b_questions": list(having_answered), "b_limit": limit})

    def touching(self, client: Client) -> list[Review]:
        """The reviews whose use names the client or one of its aliases, or all clients; newest first."""
        return self._many(_TOUCHING, {"b_keys": [*keys_of(client), ALL]})

    def unknown_clients(self) -> list[Review]:
        """The reviews that touch clients nobody named, newest first. They may concern anyone: internal eyes only."""
        return self._many(_TOUCHING, {"b_keys": [NAMELESS]})

    def touched(self, *review_ids: ReviewId) -> dict[ReviewId, datetime]:
        """When somebody last did something about each of these reviews."""
        rows = self._connection.execute(_TOUCHED, {"b_ids": list(review_ids)}) if review_ids else ()
        return {ReviewId(row.id): row.updated_at for row in rows}

    def history(self, review_id: ReviewId) -> list[Answer]:
        """Every answer ever given in this review, in order, those that were changed later included."""
        return [_answer(row) for row in _ANSWERS.rows(self._connection, {"b_id": review_id})]

    def _one(self, statement: Prepared, review_id: ReviewId) -> Review:
        head = statement.row(self._connection, {"b_id": review_id})
        if head is None:
            raise NoSuchReview
        # Read after the head, never before: by then the lock is ours and nothing about the review changes any more.
        given = [_answer(row) for row in _ANSWERS.rows(self._connection, {"b_id": review_id})]
        signed = []
        if head[_STAGE] in _SIGNED:
            signed = [_sign_off(row) for row in self._connection.execute(_SIGN_OFFS, {"b_id": review_id})]
        return _review(head, given, signed)

    def _many(self, statement: Select[Any], params: dict[str, Any]) -> list[Review]:
        heads = self._connection.execute(statement, params).all()
        if not heads:
            return []
        given: dict[str, list[Answer]] = {head.id: [] for head in heads}
        signed: dict[str, list[SignOff]] = {head.id: [] for head in heads}
        for row in self._connection.execute(_ANSWERS_OF, {"b_ids": list(given)}):
            given[row[0]].append(_answer(row))
        if ids := [head.id for head in heads if head.stage in _SIGNED]:
            for sign in self._connection.execute(_SIGN_OFFS_OF, {"b_ids": ids}):
                signed[sign[0]].append(_sign_off(sign))
        return [_review(head, given[head.id], signed[head.id]) for head in heads]

    def _add_profile(self, review: Review, profile: Profile, at: datetime) -> None:
        self._connection.execute(
            _ADD_PROFILE,
            {"review_id": review.id, "version": review.version, "profile": profile_text(profile), "at": at},
        )

    def _add_clients(self, review_id: ReviewId, profile: Profile) -> None:
        rows = [{"review_id": review_id, "client_key": key} for key in client_keys(profile.clients)]
        if rows:
            self._connection.execute(_ADD_CLIENTS, rows)

    def _add_answers(self, review: Review, given: Iterable[Answer]) -> None:
        for answer in given:
            _ADD_ANSWER.run(
                self._connection,
                {
                    "review_id": review.id,
                    "question": answer.question,
                    "codes": names_text(answer.codes),
                    "by": answer.by,
                    "at": answer.at,
                    "came": answer.came.value,
                    "proposed": answer.proposed and answer.proposed.value,
                    "extras": extras_text(answer.extras),
                },
            )

    def _add_co_requesters(self, review: Review, users: Iterable[UserId], at: datetime) -> None:
        for user in users:
            self._connection.execute(_ADD_CO_REQUESTER, {"review_id": review.id, "user": user, "at": at})

    def _add_sign_off(self, review: Review, signed: SignOff) -> None:
        self._connection.execute(
            _ADD_SIGN_OFF,
            {
                "review_id": review.id,
                "version": signed.version,
                "person": signed.person,
                "by": signed.by,
                "stance": signed.stance.value,
                "at": signed.at,
                "rationale": signed.rationale,
                "as_ciso": signed.as_ciso,
            },
        )


def _text_or_none(spelled: Callable[[Any], str]) -> Callable[[Any], str | None]:
    return lambda held: None if held is None else spelled(held)


# Each column of a review: where its value lies, and how it is spelled where it is not stored as it is.
_COLUMNS: Final[tuple[tuple[str, Callable[[Review], Any], Callable[[Any], Any] | None], ...]] = (
    ("tool_id", attrgetter("tool"), None),
    ("tool_name", attrgetter("tool_name"), None),
    ("requester", attrgetter("requester"), None),
    ("home_channel", attrgetter("home.channel"), None),
    ("home_thread", attrgetter("home.thread"), None),
    ("opened_at", attrgetter("opened_at"), None),
    ("stage", attrgetter("stage.value"), None),
    ("version", attrgetter("version"), None),
    ("purpose", attrgetter("purpose"), None),
    ("vendor", attrgetter("vendor"), None),
    ("url", attrgetter("url"), None),
    ("go_live", attrgetter("go_live"), None),
    ("co_requesters", attrgetter("co_requesters"), names_text),
    ("proposals", attrgetter("proposals"), proposals_text),
    ("profile", attrgetter("profile"), _text_or_none(profile_text)),
    ("showing", attrgetter("showing"), None),
    ("note", attrgetter("note"), None),
    ("package", attrgetter("package"), _text_or_none(package_text)),
    ("claimed_by", attrgetter("claimed_by"), None),
    ("submitted_at", attrgetter("submitted_at"), None),
)


def _head(review: Review, before: Review | None = None) -> dict[str, Any]:
    """The columns of a review; with `before`, only those that differ from it."""
    columns = {}
    for column, held_in, spelled in _COLUMNS:
        held = held_in(review)
        if before is None or held != held_in(before):
            columns[column] = spelled(held) if spelled else held
    return columns


@functools.cache
def _saving(columns: tuple[str, ...]) -> Prepared:
    """The update of just these columns. Naming them all would write five indexes anew for one answer."""
    return Prepared(update(reviews).where(_r.id == bindparam("b_id")), *columns)


def _review(head: AnyRow | tuple[Any, ...], given: list[Answer], signed: list[SignOff]) -> Review:
    (
        review_id,
        tool,
        tool_name,
        requester,
        channel,
        thread,
        opened_at,
        stage,
        version,
        purpose,
        vendor,
        url,
        go_live,
        joined,
        proposals,
        profile,
        showing,
        note,
        package,
        claimed_by,
        submitted_at,
    ) = head
    return Review(
        id=review_id,
        tool=tool,
        tool_name=tool_name,
        requester=requester,
        home=Home(channel, thread),
        opened_at=opened_at,
        stage=Stage(stage),
        version=version,
        purpose=purpose,
        vendor=vendor,
        url=url,
        go_live=go_live,
        co_requesters=tuple(UserId(user) for user in names_from(joined)),
        proposals=proposals_from(proposals),
        profile=profile_from(profile) if profile else None,
        answers={answer.question: answer for answer in given},  # a later answer to a question replaces the earlier
        showing=showing,
        note=note,
        package=package_from(package) if package else None,
        sign_offs=tuple(signed),
        claimed_by=claimed_by,
        submitted_at=submitted_at,
    )


def _answer(row: AnyRow | tuple[Any, ...]) -> Answer:
    _, question, codes, by, at, came, extras, proposed = row
    return Answer(
        QuestionId(question),
        names_from(codes),
        UserId(by),
        at,
        Came(came),
        extras_from(extras),
        Origin(proposed) if proposed else None,
    )


def _sign_off(row: AnyRow) -> SignOff:
    _, by, person, stance, version, at, rationale, as_ciso = row
    return SignOff(UserId(by), PersonId(person), Stance(stance), version, at, rationale, as_ciso)
