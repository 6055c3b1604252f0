"""Whom a review touches, as the keys by which it is looked up. Who nobody named is never guessed at."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BindParameter, bindparam

from bot.domain.client import Client
from bot.domain.profile import Clients
from bot.domain.tool import name_key

# The two keys that are not a client's; `client_keys` sees to it that no name can pass for them.
ALL: Final = "*"
NAMELESS: Final = "?"
BY_KEYS: Final[BindParameter[Any]] = bindparam("b_keys", expanding=True)


def keys_of(client: Client) -> list[str]:
    """The keys under which reviews name a client."""
    return sorted({name_key(name) for name in (client.name, *client.aliases)})


def client_keys(clients: Clients) -> list[str]:
    """The keys of whom a profile touches."""
    keys = {name_key(name) for name in clients.names}
    # A name without a letter or digit is nobody's name, and "*" must not pass for all of them.
    named = {key for key in keys if any(letter.isalnum() for letter in key)}
    if clients.everyone:
        named.add(ALL)
    if clients.nameless or len(named - {ALL}) < len(keys):
        named.add(NAMELESS)
    return sorted(named)
