"""The register of clients and what they are called. A name or alias means one client only; left ones stay on record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from bot.domain.client import Client
from bot.domain.ids import ChannelId, ClientId, UserId
from bot.domain.profile import Clients
from bot.domain.refused import NoSuchClient, Refused
from bot.domain.tool import name_key
from bot.store.client_tables import client_names, clients
from bot.store.spelling import names_from, names_text
from bot.store.upsert import AnyRow
from bot.store.versions import Versions


class ClientNameTaken(Refused):
    reason = "That name or alias already belongs to another client."


_PORTION: Final = 500
_CUTOFF: Final = 70.0  # below it, names look alike to a machine only

_c: Final = clients.c
_n: Final = client_names.c
_heads: Final = select(_c.id, _c.name, _c.account_owner, _c.zone, _c.channel, _c.frameworks, _c.left_on, _c.version)
_GET: Final = _heads.where(_c.id == bindparam("b_id"))
_LOCK: Final = _GET.with_for_update()
_THESE: Final = _heads.where(_c.id.in_(bindparam("b_ids", expanding=True)))
_aliases: Final = select(_n.client_id, _n.name).where(_n.is_alias).order_by(_n.id)
_ALIASES_OF: Final = _aliases.where(_n.client_id.in_(bindparam("b_ids", expanding=True)))
_BY_KEYS: Final = select(_n.client_id, _n.key).where(_n.key.in_(bindparam("b_keys", expanding=True)))
_NAMES: Final = select(_n.client_id, _n.key, _n.name).order_by(_n.id)
_COUNT: Final = select(func.count()).where(_c.left_on.is_(None))
_ADD: Final = insert(clients)
_ADD_NAMES: Final = insert(client_names)
_DROP_NAMES: Final = delete(client_names).where(_n.client_id == bindparam("b_id"))


class ClientRegister:
    """Every client there is or was."""

    __slots__ = ("_connection", "_versions")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions = Versions(connection, clients)

    def add(self, client: Client, at: datetime) -> None:
        """Enter a client. Raises ClientNameTaken where another goes by its name or one of its aliases."""
        self._free(client)
        self._connection.execute(_ADD, {"id": client.id, "created_at": at, **_columns(client, at)})
        self._name(client)
        self._versions.hold(client.id)

    def add_all(self, clients: Sequence[Client], at: datetime) -> None:
        """Enter many at once, in a twentieth of the time. Raises ClientNameTaken as `add` does."""
        for start in range(0, len(clients), _PORTION):
            part = clients[start : start + _PORTION]
            keys = sorted({name_key(name) for client in part for name in (client.name, *client.aliases)})
            if self._connection.execute(_BY_KEYS, {"b_keys": keys}).first() is not None:
                raise ClientNameTaken
            columns = [{"id": client.id, "created_at": at, **_columns(client, at)} for client in part]
            self._connection.execute(_ADD, columns)
            self._connection.execute(_ADD_NAMES, [row for client in part for row in _names(client)])

    def save(self, client: Client, before: Client, at: datetime) -> None:
        """Store a changed client. Raises OutdatedCard when somebody changed it since `before`, or ClientNameTaken."""
        renamed = (client.name, client.aliases) != (before.name, before.aliases)
        if renamed:
            self._free(client)
        self._versions.save(client.id, _columns(client, at), before=before.version)
        if renamed:
            self._connection.execute(_DROP_NAMES, {"b_id": client.id})
            self._name(client)

    def get(self, client_id: ClientId) -> Client:
        """The client, to look at only. Raises NoSuchClient."""
        return self._one(_GET, client_id)

    def these(self, ids: Collection[ClientId]) -> dict[ClientId, Client]:
        """Several at once, to look at only; those that are not there are left out."""
        return {client.id: client for client in self._these(list(ids))}

    def locked(self, client_id: ClientId) -> Client:
        """The client, held until the end of the act. Raises NoSuchClient."""
        client = self._one(_LOCK, client_id)
        self._versions.hold(client_id)
        return client

    def named(self, name: str) -> Client | None:
        """The client of that name or alias, however it is spelled."""
        found = self._by_keys([name_key(name)])
        return found[0] if found else None

    def near(self, name: str, limit: int = 5) -> tuple[Client, ...]:
        """Clients whose name or alias is nearest to it, nearest first."""
        names = self._connection.execute(_NAMES).all()
        best: dict[str, float] = {}
        for wanted, spelt in (
            (name_key(name), [row.key for row in names]),
            (name.casefold(), [row.name.casefold() for row in names]),
        ):
            found = process.extract(wanted, spelt, scorer=fuzz.WRatio, score_cutoff=_CUTOFF, limit=2 * limit)
            for _, score, place in found:
                client_id = names[place].client_id
                best[client_id] = max(best.get(client_id, 0.0), score)
        nearest = sorted(best, key=lambda client_id: -best[client_id])[:limit]
        held = {client.id: client for client in self._these(nearest)}
        return tuple(held[ClientId(client_id)] for client_id in nearest)

    def all(self) -> list[Client]:
        """Every client by name; those that left come last."""
        aliases: dict[str, list[str]] = {}
        for client_id, name in self._connection.execute(_aliases):
            aliases.setdefault(client_id, []).append(name)
        found = [_client(row, aliases.get(row.id, ())) for row in self._connection.execute(_heads)]
        return sorted(found, key=lambda client: (client.left_on is not None, client.name.casefold(), client.id))

    def count_current(self) -> int:
        """How many have not left."""
        return self._connection.execute(_COUNT).scalar_one()

    def touched_by(self, given: Clients) -> list[Client]:
        """The clients a profile touches: those it names; all that have not left, where it says "all".

        Clients that nobody named are not guessed at: see `Clients.nameless`.
        """
        if given.everyone:
            named = {client.id for client in self._by_keys(sorted({name_key(name) for name in given.names}))}
            return [client for client in self.all() if client.left_on is None or client.id in named]
        return self._by_keys(sorted({name_key(name) for name in given.names}))

    def _by_keys(self, keys: list[str]) -> list[Client]:
        if not keys:
            return []
        ids = {row.client_id for row in self._connection.execute(_BY_KEYS, {"b_keys": keys})}
        return sorted(self._these(sorted(ids)), key=lambda client: (client.name.casefold(), client.id))

    def _these(self, ids: Sequence[str]) -> list[Client]:
        if not ids:
            return []
        aliases: dict[str, list[str]] = {}
        for client_id, name in self._connection.execute(_ALIASES_OF, {"b_ids": list(ids)}):
            aliases.setdefault(client_id, []).append(name)
        rows = self._connection.execute(_THESE, {"b_ids": list(ids)})
        return [_client(row, aliases.get(row.id, ())) for row in rows]

    def _one(self, statement: Any, client_id: ClientId) -> Client:
        row = self._connection.execute(statement, {"b_id": client_id}).first()
        if row is None:
            raise NoSuchClient
        aliases = self._connection.execute(_ALIASES_OF, {"b_ids": [client_id]}).all()
        return _client(row, [alias.name for alias in aliases])

    def _free(self, client: Client) -> None:
        # Should somebody enter the same name between this look and the insert, the unique key stops the act, the store
        # runs it again from its start, and then this look sees their client.
        keys = sorted({name_key(name) for name in (client.name, *client.aliases)})
        holders = {row.client_id for row in self._connection.execute(_BY_KEYS, {"b_keys": keys})}
        if holders - {client.id}:
            raise ClientNameTaken

    def _name(self, client: Client) -> None:
        self._connection.execute(_ADD_NAMES, _names(client))


def _names(client: Client) -> list[dict[str, Any]]:
    return [
        {"key": name_key(name), "client_id": client.id, "name": name, "is_alias": place > 0}
        for place, name in enumerate((client.name, *client.aliases))
    ]


def _columns(client: Client, at: datetime) -> dict[str, Any]:
    return {
        "name": client.name,
        "account_owner": client.account_owner,
        "zone": client.zone,
        "channel": client.channel,
        "frameworks": names_text(tuple(sorted(client.frameworks))),
        "left_on": client.left_on,
        "version": client.version,
        "updated_at": at,
    }


def _client(row: AnyRow, aliases: Sequence[str]) -> Client:
    return Client(
        id=ClientId(row.id),
        name=row.name,
        account_owner=UserId(row.account_owner),
        zone=row.zone,
        aliases=tuple(aliases),
        channel=ChannelId(row.channel) if row.channel else None,
        frameworks=frozenset(names_from(row.frameworks)),
        left_on=row.left_on,
        version=row.version,
    )
