"""The law of the store: whatever the domain can hold comes back exactly as it went in, from both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import Connection

from bot.domain.answers import Answer, Came, Proposal
from bot.domain.bank import ExtraKind
from bot.domain.client import FRAMEWORKS, Cadence, Client, DayOff, Holidays, Quiet, Rhythm, Series, SideOf, Slower
from bot.domain.client_review import (
    ActionItem,
    ActionState,
    DateMoved,
    Item,
    Light,
    Note,
    Noted,
    Occurrence,
    Presence,
    Skip,
    State,
)
from bot.domain.client_review import Outcome as MeetingOutcome
from bot.domain.decision import Condition, Decision, Signature
from bot.domain.ids import VerdictId
from bot.domain.policy import Approver, Band, Deadline, Outcome
from bot.domain.profile import CHANGES, DATA, KINDS, LAYERS, UNKNOWN, USERS, Clients, Inferred, Profile
from bot.domain.review import AddedCondition, Home, Package, Review, SignOff, Stage, Stance
from bot.domain.tool import name_key
from bot.domain.verdict import Duty, Row, Verdict
from bot.store.engine import database_url, make_engine
from bot.store.migrations import migrate
from bot.store.spelling import profile_from, profile_text, verdict_from, verdict_text
from bot.store.work import Work
from tests.postgres import Postgres
from tests.store.samples import (
    ACME,
    AT,
    KEY,
    OTTER,
    SERIES,
    VERDICT,
    a_decision,
    a_submitted_review,
    an_occurrence,
    put_decision,
    put_review,
    put_series,
)

T = TypeVar("T")

# Text as the edge lets it through: no NUL, no half surrogates. Everything else a keyboard has.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
ids = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", min_size=1, max_size=20)
numbers = st.integers(0, 2_000_000_000)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-8))])
times = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=zones)
days = st.dates(datetime(1990, 1, 1).date(), datetime(2200, 1, 1).date())


def tuples(of: SearchStrategy[T], most: int = 4) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(of, max_size=most).map(tuple)


def codes(known: tuple[str, ...]) -> SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from((*known, UNKNOWN)))


clients = st.builds(Clients, st.frozensets(words, max_size=3), numbers, st.booleans(), st.booleans())
profiles = st.builds(
    Profile,
    codes(KINDS),
    codes(DATA),
    codes(USERS),
    st.none() | numbers,
    clients,
    codes(LAYERS),
    st.sampled_from(CHANGES),
    st.booleans(),
)
outcomes = st.sampled_from(Outcome)
packages = st.builds(
    Package,
    ids,
    outcomes,
    tuples(ids),
    tuples(st.builds(AddedCondition, words, numbers, ids)),
    st.none() | ids,
    st.booleans(),
)
extras = st.none() | st.dictionaries(st.sampled_from(ExtraKind), words)
answers = st.builds(Answer, ids, tuples(ids), ids, times, st.sampled_from(Came), extras)
sign_offs = st.builds(SignOff, ids, ids, st.sampled_from(Stance), st.integers(0, 9), times, words, st.booleans())
reviews = st.builds(
    Review,
    id=ids.map("R_".__add__),
    tool=st.sampled_from([None, OTTER.id]),
    tool_name=words,
    requester=ids,
    home=st.builds(Home, ids, st.none() | ids),
    opened_at=times,
    stage=st.sampled_from(Stage),
    version=numbers,
    purpose=words,
    vendor=words,
    url=words,
    go_live=st.none() | days,
    co_requesters=st.lists(ids, unique=True, max_size=3).map(tuple),
    proposals=tuples(st.builds(Proposal, words, words, words)),
    profile=st.none() | profiles,
    answers=st.lists(answers, max_size=4).map(lambda given: {answer.question: answer for answer in given}),
    showing=st.none() | ids,
    note=words,
    package=st.none() | packages,
    sign_offs=st.lists(sign_offs, max_size=3, unique_by=lambda sign: (sign.version, sign.person)).map(tuple),
    claimed_by=st.none() | ids,
    submitted_at=st.none() | times,
)
deadlines = st.builds(Deadline, numbers, st.booleans(), st.booleans())
verdicts = st.builds(
    Verdict,
    tier=st.integers(1, 4),
    inherent=numbers,
    asked=tuples(ids),
    sub_scores=st.dictionaries(ids, numbers, max_size=4),
    flags=st.dictionaries(ids, st.sampled_from(["green", "amber", "red"]), max_size=4),
    control_gap=numbers,
    band=st.sampled_from(Band),
    blockers=tuples(ids),
    floors=tuples(ids),
    outcome=outcomes,
    approver=st.sampled_from(Approver),
    months=numbers,
    duties=tuples(st.builds(Duty, st.none() | ids, words, st.integers(0, 4), st.booleans(), st.none() | deadlines)),
    unknowns=tuples(ids),
    unknown_facts=tuples(ids),
    inferred=tuples(st.builds(Inferred, ids, ids, tuples(ids))),
    rows=tuples(st.builds(Row, words, words, st.integers(-100, 100))),
    bank_version=ids,
)
conditions = st.builds(
    Condition, words, st.none() | ids, st.integers(0, 4), ids, st.none() | days, st.booleans(), st.none() | ids
)
decisions = st.builds(
    Decision,
    id=ids.map("D_".__add__),
    review=st.just(a_decision().review),
    tool=st.just(OTTER.id),
    tool_name=words,
    profile=profiles,
    verdict=st.just(a_decision().verdict),
    computed=outcomes,
    outcome=st.sampled_from([Outcome.APPROVE, Outcome.CONDITIONS, Outcome.REJECT]),
    approver=st.sampled_from(Approver),
    signatures=tuples(st.builds(Signature, ids, words, st.booleans())),
    conditions=tuples(conditions),
    decided_at=times,
    valid_until=days,
    tier=st.integers(1, 4),
    risk_acceptance=st.booleans(),
    superseded_by=st.none() | ids,
    suspended_at=st.none() | times,
    suspended_because=words,
)


hours = st.times()
zone_names = st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"])
series = st.builds(
    Series,
    id=ids.map("S_".__add__),
    client=st.just(ACME.id),
    rhythm=st.builds(
        Rhythm,
        st.sampled_from(Cadence),
        tuples(st.integers(0, 6)),
        hours,
        days,
        st.integers(1, 5),
        st.none() | days,
    ),
    zone=zone_names,
    minutes=numbers,
    host=ids,
    stand_in=ids,
    our_side=tuples(ids),
    client_side=tuples(words),
    holidays=st.builds(
        Holidays,
        st.dictionaries(st.sampled_from(SideOf), words),
        st.dictionaries(st.sampled_from(SideOf), tuples(st.builds(DayOff, days, words))),
    ),
    pack_hours=numbers,
    host_minutes=numbers,
    quiet=st.none() | st.builds(Quiet, hours, hours),
    slower=st.none() | st.builds(Slower, words, ids, days),
    planned_until=st.none() | days,
    ended_at=st.none() | times,
    version=numbers,
)
notes = st.builds(Note, words, ids, times)
occurrences = st.builds(
    Occurrence,
    id=ids.map("O_".__add__),
    series=st.just(SERIES.id),
    client=st.just(ACME.id),
    on=days,
    start_at=times,
    zone=zone_names,
    minutes=numbers,
    host=ids,
    stand_in=ids,
    state=st.sampled_from(State),
    version=numbers,
    moved_because=words,
    asked_for=tuples(notes),
    packed_at=st.none() | times,
    started_at=st.none() | times,
    as_of=st.none() | times,
    light=st.none() | st.sampled_from(Light),
    items=tuples(st.builds(Item, ids, st.none() | times, tuples(notes))),
    attendance=st.dictionaries(words, st.sampled_from(Presence), max_size=3),
    noted=tuples(st.builds(Noted, ids, st.booleans(), words, ids, times)),
    outcome=st.none() | st.sampled_from(MeetingOutcome),
    summary=words,
    next_on=st.none() | days,
    closed_at=st.none() | times,
    closed_by=st.none() | ids,
    client_contact=words,
    skip=st.none() | st.builds(Skip, words, ids, times),
    missed_row=numbers,
)
actions = st.builds(
    ActionItem,
    id=ids.map("A_".__add__),
    client=st.just(ACME.id),
    text=words,
    side=st.sampled_from(SideOf),
    owner=words,
    due_on=days,
    opened_in=st.just(an_occurrence().id),
    opened_at=times,
    by=ids,
    meetings=numbers,
    finding=st.none(),
    moved=tuples(st.builds(DateMoved, days, days, words, ids, times)),
    state=st.sampled_from(ActionState),
    closed_at=st.none() | times,
    closed_by=st.none() | ids,
    closed_because=words,
    version=numbers,
)
registered = st.builds(
    Client,
    id=ids.map("C_".__add__),
    name=ids,
    account_owner=ids,
    zone=zone_names,
    aliases=st.lists(ids.map("alias ".__add__), unique_by=name_key, max_size=3).map(tuple),
    channel=st.none() | ids,
    frameworks=st.frozensets(st.sampled_from(FRAMEWORKS)),
    left_on=st.none() | days,
    version=numbers,
).filter(lambda client: len({name_key(name) for name in (client.name, *client.aliases)}) == 1 + len(client.aliases))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def connection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One connection for all examples; each example's transaction is taken back."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('laws') / 'laws.sqlite3'}"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        url = server.new_database()
    migrate(url)
    engine = make_engine(database_url(url))
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def through(connection: Connection, run: Callable[[Work], T]) -> T:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        work = Work(connection, KEY)
        result = run(work)
        work.finish()
        return result
    finally:
        connection.rollback()


@given(review=reviews)
def test_a_review_comes_back_exactly(connection: Connection, review: Review) -> None:
    def there_and_back(work: Work) -> Review:
        work.tools.add(OTTER, AT)
        work.reviews.add(review, AT)
        return work.reviews.get(review.id)

    # Signatures count while a review is with the leads or decided; in any other stage there are none.
    counting = review.sign_offs if review.stage in (Stage.SUBMITTED, Stage.DECIDED) else ()
    held = through(connection, there_and_back)
    assert held == replace(review, sign_offs=counting)
    assert held.opened_at.utcoffset() == timedelta(0)


@given(before=reviews, after=reviews)
def test_a_saved_change_comes_back_exactly(connection: Connection, before: Review, after: Review) -> None:
    # What no step of a review does: forget an answer or a co-requester, or change its profile without a new version.
    joined = (*before.co_requesters, *(user for user in after.co_requesters if user not in before.co_requesters))
    after = replace(
        after,
        id=before.id,
        version=before.version + 1,
        answers={**before.answers, **after.answers},
        co_requesters=joined,
        stage=Stage.SUBMITTED,
        sign_offs=tuple(replace(sign, version=sign.version + 10) for sign in after.sign_offs),
    )
    before = replace(before, stage=Stage.SUBMITTED)

    def there_and_back(work: Work) -> Review:
        work.tools.add(OTTER, AT)
        work.reviews.add(before, AT)
        work.reviews.save(after, work.reviews.locked(before.id), AT)
        return work.reviews.get(after.id)

    assert through(connection, there_and_back) == after


@given(verdict=verdicts)
def test_a_verdict_comes_back_exactly(connection: Connection, verdict: Verdict) -> None:
    def there_and_back(work: Work) -> Verdict:
        put_review(work, a_submitted_review())
        work.verdicts.add(VerdictId("V_X"), a_submitted_review().id, 3, verdict, "digest", AT)
        return work.verdicts.get(VerdictId("V_X"))

    held = through(connection, there_and_back)
    assert held == verdict
    assert list(held.sub_scores) == list(verdict.sub_scores)  # the order of a printed sum is part of it


@given(decision=decisions)
def test_a_decision_comes_back_exactly(connection: Connection, decision: Decision) -> None:
    def there_and_back(work: Work) -> Decision:
        put_decision(work, decision)
        return work.decisions.get(decision.id)

    held = through(connection, there_and_back)
    assert held == decision
    assert held.decided_at.utcoffset() == timedelta(0)


@given(client=registered)
def test_a_client_comes_back_exactly(connection: Connection, client: Client) -> None:
    def there_and_back(work: Work) -> tuple[Client, list[Client]]:
        work.clients.add_all([client], AT)
        return work.clients.get(client.id), work.clients.all()

    assert through(connection, there_and_back) == (client, [client])


@given(held=series)
def test_a_series_comes_back_exactly(connection: Connection, held: Series) -> None:
    def there_and_back(work: Work) -> Series:
        work.clients.add(ACME, AT)
        work.series.add(held, AT)
        return work.series.get(held.id)

    assert through(connection, there_and_back) == held


@given(before=occurrences, after=occurrences)
def test_an_occurrence_comes_back_exactly_before_and_after_a_change(
    connection: Connection, before: Occurrence, after: Occurrence
) -> None:
    after = replace(after, id=before.id, on=before.on)

    def there_and_back(work: Work) -> tuple[Occurrence, Occurrence]:
        work.clients.add(ACME, AT)
        work.series.add(SERIES, AT)
        work.occurrences.add(before, AT)
        first = work.occurrences.locked(before.id)
        work.occurrences.save(after, first, AT)
        return first, work.occurrences.get(before.id)

    assert through(connection, there_and_back) == (before, after)


@given(action=actions)
def test_an_action_comes_back_exactly(connection: Connection, action: ActionItem) -> None:
    def there_and_back(work: Work) -> ActionItem:
        put_series(work)
        work.actions.add(action, AT)
        return work.actions.get(action.id)

    assert through(connection, there_and_back) == action


@given(profile=profiles)
def test_a_profile_is_spelt_in_one_way_only(profile: Profile) -> None:
    spelt = profile_text(profile)
    assert profile_from(spelt) == profile
    assert profile_text(profile_from(spelt)) == spelt
    assert spelt.isascii()


def test_a_stored_verdict_of_today_is_read_for_ever() -> None:
    # A row that an earlier version wrote. Change the reader, never this text.
    stored = (
        '{"tier":2,"inherent":30,"asked":["G1-MFA"],"sub_scores":{"G1":24},"flags":{"G1":"amber"},"control_gap":12,'
        '"band":1,"blockers":[],"floors":["E2"],"outcome":"needs_security_lead","approver":"two_security_leads",'
        '"months":6,"duties":[{"question":"G1-MFA","text":"Switch single sign-on on.","gap":4,"unknown":false,'
        '"deadline":[30,false,false]},{"question":null,"text":"Look again.","gap":0,"unknown":false,"deadline":null}],'
        '"unknowns":[],"unknown_facts":["seats"],"inferred":[],'
        '"rows":[["data","highest class: internal",10]],"bank_version":"bank-1"}'
    )
    assert verdict_from(stored) == VERDICT
    assert verdict_text(VERDICT) == stored
