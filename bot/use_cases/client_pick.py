"""Clients for a profile to pick from: registered ones by name or alias. Others are named in words, as before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.client import Client
from bot.domain.ids import ClientId
from bot.domain.tool import name_key
from bot.store.work import Work

MOST_OFFERED: Final = 100  # a menu of Slack holds no more; from there on it asks while somebody types


@dataclass(frozen=True, slots=True)
class ClientPick:
    """What the register offers: all of it where a menu holds it, and which of the names given so far it knows."""

    known: int  # how many clients there are to pick from
    offered: tuple[Client, ...] = ()
    picked: tuple[Client, ...] = ()
    typed: tuple[str, ...] = ()  # names it does not know


NO_PICK: Final = ClientPick(0)


def pick_for(work: Work, names: Sequence[str]) -> ClientPick:
    """What the register offers to a profile that names these clients so far."""
    known = work.clients.count_current()
    picked: dict[ClientId, Client] = {}
    typed = []
    for name in names:
        client = work.clients.named(name)
        if client is not None and client.left_on is None and len(picked) < MOST_OFFERED:
            picked[client.id] = client
        else:
            typed.append(name)
    offered: tuple[Client, ...] = ()
    if known <= MOST_OFFERED:
        offered = tuple(client for client in work.clients.all() if client.left_on is None)
    return ClientPick(known, offered, tuple(picked.values()), tuple(typed))


def matching(work: Work, typed: str) -> tuple[Client, ...]:
    """The clients whose name or alias holds what was typed, those that begin with it first."""
    key = name_key(typed) if typed.strip() else ""
    found = []
    for client in work.clients.all():
        keys = [name_key(name) for name in (client.name, *client.aliases)]
        if client.left_on is None and any(key in each for each in keys):
            found.append((not any(each.startswith(key) for each in keys), client))
    found.sort(key=lambda each: each[0])  # stable: by name within
    return tuple(client for _, client in found[:MOST_OFFERED])


def names_of(work: Work, ids: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The names to keep: of those picked, and of those typed; an alias of a registered client is its name."""
    kept: dict[str, None] = {}
    for each in ids:
        kept[work.clients.get(ClientId(each)).name] = None
    for name in names:
        client = work.clients.named(name)
        kept[client.name if client is not None else name] = None
    return tuple(kept)
