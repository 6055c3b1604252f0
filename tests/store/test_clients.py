"""The client register and the series in it: what was stored comes back, names mean one client, nobody overwrites."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain.client import Client, DayOff, Holidays, Quiet, SideOf, Slower
from bot.domain.ids import ChannelId, ClientId, SeriesId
from bot.domain.profile import Clients
from bot.domain.refused import NoSuchClient, NoSuchSeries, OutdatedCard
from bot.store.clients import ClientNameTaken
from bot.store.database import Store
from tests.store.samples import (
    ACME,
    AT,
    BEN,
    LEA,
    PROFILE,
    SERIES,
    a_decision,
    a_review,
    change,
    later,
    put_decision,
    put_review,
    put_series,
)

BOLT = Client(ClientId("CL_BOLT"), "Bolt Health", BEN, "Europe/Berlin", frameworks=frozenset({"hipaa", "pci"}))
FULL = replace(
    SERIES,
    our_side=(LEA,),
    client_side=("Kim Öz", "Lee"),
    holidays=Holidays({SideOf.OURS: "US"}, {SideOf.CLIENTS: (DayOff(date(2026, 7, 3), "Founders’ day"),)}),
    quiet=Quiet(time(18), time(8, 30)),
    slower=Slower("A small account.", LEA, date(2026, 12, 31)),
    planned_until=date(2026, 5, 1),
    ended_at=later(days=9),
    rhythm=replace(SERIES.rhythm, ends_on=date(2027, 1, 1)),
)


async def test_a_client_comes_back_as_it_was_stored(store: Store) -> None:
    client = replace(BOLT, channel=ChannelId("C_BOLT"), left_on=date(2026, 5, 1), aliases=("Bölt",), version=3)
    await store.act(lambda work: work.clients.add(client, AT))
    assert await store.read(lambda work: work.clients.get(client.id)) == client
    assert await store.act(lambda work: work.clients.locked(client.id)) == client


async def test_unknown_ids_are_named_refusals(store: Store) -> None:
    for door in ("get", "locked"):
        with pytest.raises(NoSuchClient):
            await store.act(lambda work, door=door: getattr(work.clients, door)(ClientId("CL_NONE")))
        with pytest.raises(NoSuchSeries):
            await store.act(lambda work, door=door: getattr(work.series, door)(SeriesId("S_NONE")))


async def test_a_client_is_found_by_name_and_alias_however_it_is_spelled(store: Store) -> None:
    await store.act(lambda work: work.clients.add(ACME, AT))
    for name in ("acme bank", "ACME-BANK", "Acme", "acme holdings"):
        assert await store.read(lambda work, name=name: work.clients.named(name)) == ACME, name
    assert await store.read(lambda work: work.clients.named("Acme Ban")) is None


async def test_near_names_are_offered_nearest_first(store: Store) -> None:
    for client in (ACME, BOLT, Client(ClientId("CL_X"), "Acre Bank", BEN, "UTC")):
        await store.act(lambda work, client=client: work.clients.add(client, AT))
    near = await store.read(lambda work: work.clients.near("Acme Bnk"))
    assert [client.id for client in near[:2]] == ["CL_ACME", "CL_X"]
    assert BOLT not in near
    assert await store.read(lambda work: work.clients.near("qqqq")) == ()


async def test_a_name_or_alias_never_means_two_clients(store: Store) -> None:
    await store.act(lambda work: work.clients.add(ACME, AT))
    for stranger in (replace(BOLT, name="acme holdings"), replace(BOLT, aliases=("A.C.M.E.",))):
        with pytest.raises(ClientNameTaken):
            await store.act(lambda work, stranger=stranger: work.clients.add(stranger, AT))
    await store.act(lambda work: work.clients.add(BOLT, AT))
    with pytest.raises(ClientNameTaken):
        await store.act(lambda work: work.clients.save(replace(BOLT, name="Acme", version=1), BOLT, AT))


async def test_a_renamed_client_goes_by_its_new_names_only(store: Store) -> None:
    await store.act(lambda work: work.clients.add(ACME, AT))
    renamed = replace(ACME, name="Acme Holdings", aliases=("Acme Bank",), version=1)
    await store.act(lambda work: work.clients.save(renamed, ACME, AT))
    assert await store.read(lambda work: work.clients.named("acme bank")) == renamed
    dropped = replace(renamed, aliases=(), version=2)
    await store.act(lambda work: work.clients.save(dropped, renamed, AT))
    assert await store.read(lambda work: work.clients.named("acme bank")) is None
    assert await store.read(lambda work: work.clients.get(ACME.id)) == dropped


async def test_nobody_saves_on_top_of_what_they_have_not_seen(store: Store) -> None:
    await store.act(put_series)
    await store.act(lambda work: work.clients.save(replace(ACME, zone="UTC", version=1), ACME, AT))
    await store.act(lambda work: work.series.save(replace(SERIES, minutes=45, version=1), SERIES, AT))
    with pytest.raises(OutdatedCard):
        await store.act(lambda work: work.clients.save(replace(ACME, zone="Asia/Tokyo", version=1), ACME, AT))
    with pytest.raises(OutdatedCard):
        await store.act(lambda work: work.series.save(replace(SERIES, minutes=15, version=1), SERIES, AT))
    assert (await store.read(lambda work: work.series.get(SERIES.id))).minutes == 45


async def test_a_change_without_a_new_version_needs_the_lock(store: Store) -> None:
    await store.act(put_series)
    changed = replace(SERIES, planned_until=date(2026, 6, 1))
    with pytest.raises(RuntimeError, match="version"):
        await store.act(lambda work: work.series.save(changed, SERIES, AT))
    await store.act(lambda work: work.series.save(changed, work.series.locked(SERIES.id), AT))
    assert await store.read(lambda work: work.series.get(SERIES.id)) == changed


async def test_clients_come_by_name_with_those_that_left_at_the_end(store: Store) -> None:
    left = Client(ClientId("CL_A"), "Aardvark", BEN, "UTC", ("Ant",), left_on=date(2026, 1, 1))
    for client in (BOLT, left, ACME):
        await store.act(lambda work, client=client: work.clients.add(client, AT))
    assert await store.read(lambda work: work.clients.all()) == [ACME, BOLT, left]


async def test_a_profile_touches_whom_it_names_by_any_name_or_all_that_have_not_left(store: Store) -> None:
    left = Client(ClientId("CL_A"), "Aardvark", BEN, "UTC", left_on=date(2026, 1, 1))
    for client in (BOLT, left, ACME):
        await store.act(lambda work, client=client: work.clients.add(client, AT))
    for given, touched in (
        (Clients.named(["acme holdings", "ACME", "Nobody"]), [ACME]),
        (Clients.named(["Aardvark"]), [left]),
        (Clients.named(["all"]), [ACME, BOLT]),
        (Clients.named(["unknown"]), []),
        (Clients(), []),
    ):
        assert await store.read(lambda work, given=given: work.clients.touched_by(given)) == touched


async def test_a_series_comes_back_as_it_was_stored(store: Store) -> None:
    await store.act(lambda work: work.clients.add(ACME, AT))
    await store.act(lambda work: work.series.add(FULL, AT))
    assert await store.read(lambda work: work.series.get(FULL.id)) == FULL
    assert await store.read(lambda work: work.series.of_client(ACME.id)) == FULL
    assert await store.read(lambda work: work.series.of_client(BOLT.id)) is None


async def test_a_person_finds_what_they_host_and_what_they_stand_in_for(store: Store) -> None:
    other = replace(SERIES, id=SeriesId("S_BOLT"), client=BOLT.id, host=BEN, stand_in=LEA)

    def both(work: object) -> None:
        put_series(work)  # type: ignore[arg-type]
        work.clients.add(BOLT, AT)  # type: ignore[attr-defined]
        work.series.add(other, AT)  # type: ignore[attr-defined]

    await store.act(both)
    assert await store.read(lambda work: work.series.of_host(BEN)) == [SERIES, other]
    assert await store.read(lambda work: work.series.of_host(LEA)) == [other]
    assert await store.read(lambda work: work.series.all()) == [SERIES, other]


async def test_reviews_and_decisions_are_found_by_the_client_they_touch(store: Store) -> None:
    uses = {
        "1": Clients.named(["ACME holdings", "Bolt Health"]),
        "2": Clients.named(["all"]),
        "3": Clients.named(["unknown"]),
        "4": Clients.counted(2),
        "5": Clients.named(["Bolt Health"]),
        "6": Clients.named(["*"]),
        "7": Clients(),
    }
    for name, clients in uses.items():
        profile = replace(PROFILE, clients=clients)
        await store.act(put_decision, a_decision(name, profile=profile), profile=profile)
    for door in ("reviews", "decisions"):

        def ids(work: object, door: str = door) -> tuple[list[str], list[str]]:
            asked = getattr(work, door)
            touching = [each.id[2:] for each in asked.touching(ACME)]
            return sorted(touching), sorted(each.id[2:] for each in asked.unknown_clients())

        assert await store.read(ids) == (["1", "2"], ["3", "4", "6"])


async def test_a_review_that_changes_its_profile_is_found_by_the_new_one_only(store: Store) -> None:
    review = a_review(profile=replace(PROFILE, clients=Clients.named(["Acme"])))
    await store.act(put_review, review)
    assert await store.read(lambda work: work.reviews.touching(ACME)) == [review]
    await store.act(change, review.id, profile=replace(PROFILE, clients=Clients.named(["Bolt Health"])), version=4)
    assert await store.read(lambda work: work.reviews.touching(ACME)) == []
    assert len(await store.read(lambda work: work.reviews.touching(BOLT))) == 1
