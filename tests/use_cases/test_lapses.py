"""No review, no growth, at work: looked at when a review is handed in, and again at the moment of each signature."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain.client_review import State
from bot.domain.ids import ReviewId, UserId
from bot.domain.policy import Approver
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Review, Stage, case_of
from bot.use_cases import answering, hand_in, intake, sign_off
from bot.use_cases.desk import Came
from bot.use_cases.lapses import lapsed_clients
from bot.use_cases.sign_off import RulesChanged, SignClick
from tests.domain.cases import CRM, SMALL
from tests.use_cases.clockwork import KNOWLEDGE, MONDAY, Clockwork, a_client, clockwork, weekly

ANA, LEA, LOU = UserId("U0ANA"), UserId("U0LEA"), UserId("U0LOU")
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ACME = Clients.named(["acme bank"])


@pytest.fixture
async def clock(tmp_path: Path) -> AsyncIterator[Clockwork]:
    async with clockwork(tmp_path) as opened:
        await opened.add()
        yield opened


class Office:
    """People who ask for a tool and sign it, each act with a payload of its own."""

    def __init__(self, clock: Clockwork) -> None:
        self.clock, self.desk, self._n = clock, clock.desk, 0

    def came(self) -> Came:
        self._n += 1
        return Came(f"event-{self._n}", "")

    async def answered(self, profile: Profile, tool: str = "Fabrikam Notes") -> Review:
        began = await intake.begin(self.desk, self.came(), intake.Asked(ANA, tool, Home(ANA), bare_name=True))
        assert began.review is not None
        said = intake.Described(profile, tool)
        review = await intake.describe(self.desk, self.came(), review=began.review.id, by=ANA, said=said)
        case = case_of(review, KNOWLEDGE.bank, KNOWLEDGE.policy)
        given = tuple((each.id, each.best(case.profile.layers)) for each in case.asked)
        return await answering.answer_form(self.desk, self.came(), review=review.id, by=ANA, given=given)

    async def handed_in(self, profile: Profile) -> Review:
        review = await self.answered(profile)
        return await hand_in.submit(self.desk, self.came(), review=review.id, by=ANA, saw=review.version)

    async def signed(self, review: Review, by: UserId) -> Review:
        click = SignClick(review.id, by, review.version, "Checked.")
        return (await sign_off.approve(self.desk, self.came(), click)).review

    async def get(self, review_id: ReviewId) -> Review:
        return await self.clock.store.read(lambda work: work.reviews.get(review_id))


async def miss(clock: Clockwork, weeks: int = 2) -> None:
    """Time passes, and nobody holds a review."""
    await clock.live_until(MONDAY + 2 * DAY + (weeks - 1) * WEEK + timedelta(hours=2))


async def missed_at_once(clock: Clockwork, client: str, how_many: int) -> None:
    """The client's next reviews turn out to be missed, and no time passes, in which answers would age."""
    await clock.look()
    ahead = [each for each in await clock.reviews(client) if each.state is State.PLANNED]
    for n, each in enumerate(ahead[:how_many]):
        await clock.change(each, start_at=clock.at - timedelta(hours=9 - n), state=State.MISSED)


async def hold(clock: Clockwork) -> None:
    """The last missed one is held late."""
    missed = [each for each in await clock.reviews() if each.state is State.MISSED]
    await clock.change(missed[-1], state=State.HELD)


async def lapsed(clock: Clockwork, profile: Profile) -> tuple[str, ...]:
    return await clock.store.read(lapsed_clients, profile, clock.at)


async def test_two_missed_in_a_row_lapse_a_client_and_one_held_ends_it(clock: Clockwork) -> None:
    touching = replace(SMALL, clients=ACME)
    await miss(clock, 1)
    assert await lapsed(clock, touching) == ()
    await miss(clock, 2)
    assert await lapsed(clock, touching) == ("Acme Bank",)
    await hold(clock)
    assert await lapsed(clock, touching) == ()


async def test_a_tool_is_raised_only_for_clients_it_touches(clock: Clockwork) -> None:
    await clock.add(weekly("S2"), a_client("Boreal Bank", "CL2"))
    await miss(clock)
    everybody = ("Acme Bank", "Boreal Bank")
    assert await lapsed(clock, replace(SMALL, clients=Clients())) == ()
    assert await lapsed(clock, replace(SMALL, clients=Clients.named(["Cobalt"]))) == ()
    assert await lapsed(clock, replace(SMALL, clients=Clients.named(["Cobalt", "BOREAL BANK"]))) == ("Boreal Bank",)
    assert await lapsed(clock, replace(SMALL, clients=Clients(everyone=True))) == everybody
    # Not knowing whom it touches counts as touching those.
    assert await lapsed(clock, replace(SMALL, clients=Clients(unknown=True))) == everybody
    assert await lapsed(clock, replace(SMALL, clients=Clients.counted(1))) == everybody


async def test_a_client_that_left_has_no_reviews_to_hold_any_more(clock: Clockwork) -> None:
    await miss(clock)

    def leave(act) -> None:
        before = act.work.clients.locked(a_client().id)
        after = replace(before, left_on=date(2026, 12, 1), version=before.version + 1)
        act.work.clients.save(after, before, act.at)

    await clock.act(leave)
    assert await lapsed(clock, replace(SMALL, clients=ACME)) == ()


async def test_what_the_rules_let_a_team_decide_goes_to_a_lead(clock: Clockwork) -> None:
    office, touching = Office(clock), replace(SMALL, clients=ACME)
    await miss(clock)
    review = await office.handed_in(touching)
    assert review.package is not None
    assert (review.stage, review.package.lapsed) == (Stage.SUBMITTED, ("Acme Bank",))
    assert (await office.signed(review, LEA)).stage is Stage.DECIDED
    decision = await clock.store.read(lambda work: work.decisions.of_review(review.id))
    assert decision is not None
    assert decision.approver is Approver.ONE_LEAD


async def test_what_one_lead_could_decide_takes_two(clock: Clockwork) -> None:
    office = Office(clock)
    await miss(clock)
    review = await office.handed_in(replace(CRM, clients=ACME))
    first = await office.signed(review, LEA)
    assert first.stage is Stage.SUBMITTED
    assert (await office.signed(first, LOU)).stage is Stage.DECIDED


async def test_reviews_missed_after_it_was_handed_in_void_what_was_signed(clock: Clockwork) -> None:
    office = Office(clock)
    review = await office.handed_in(replace(CRM, clients=ACME))
    await missed_at_once(clock, "CL1", 2)
    with pytest.raises(RulesChanged):
        await office.signed(review, LEA)
    fresh = await office.get(review.id)
    assert fresh.package is not None
    assert (fresh.package.lapsed, fresh.sign_offs, fresh.version) == (("Acme Bank",), (), review.version + 1)
    first = await office.signed(fresh, LEA)
    assert (await office.signed(first, LOU)).stage is Stage.DECIDED


async def test_a_review_held_meanwhile_asks_for_one_signature_less(clock: Clockwork) -> None:
    office = Office(clock)
    await miss(clock)
    review = await office.handed_in(replace(CRM, clients=ACME))
    await hold(clock)
    with pytest.raises(RulesChanged):
        await office.signed(review, LEA)
    assert (await office.signed(await office.get(review.id), LEA)).stage is Stage.DECIDED


async def test_another_client_that_lapses_meanwhile_voids_nothing(clock: Clockwork) -> None:
    office = Office(clock)
    await clock.add(weekly("S2"), a_client("Boreal Bank", "CL2"))
    await missed_at_once(clock, "CL1", 2)
    review = await office.handed_in(replace(CRM, clients=Clients.named(["Acme Bank", "Boreal Bank"])))
    await missed_at_once(clock, "CL2", 2)
    assert await lapsed(clock, replace(CRM, clients=Clients(everyone=True))) == ("Acme Bank", "Boreal Bank")
    assert (await office.signed(review, LEA)).sign_offs != ()


async def test_the_teams_card_says_why_it_goes_to_the_leads(clock: Clockwork) -> None:
    await miss(clock)
    await Office(clock).answered(replace(SMALL, clients=ACME))
    clock.at += timedelta(minutes=1)
    await clock.deliver()
    words = [each.text for each in (*clock.slack.posts, *clock.slack.updates) if each.to == ANA]
    assert "Send it to the security leads when it is right." in words[-1]
