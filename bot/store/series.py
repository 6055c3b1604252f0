"""The series of client reviews ↔ rows; a client has one. Which dates follow from a series is worked out elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, or_, select, text

from bot.domain.client import Series
from bot.domain.ids import ClientId, SeriesId, UserId
from bot.domain.refused import NoSuchSeries
from bot.store.client_spelling import series_from, series_text
from bot.store.client_tables import series as table
from bot.store.upsert import AnyRow
from bot.store.versions import Versions

_s: Final = table.c
_heads: Final = select(_s.id, _s.client_id, _s.host, _s.stand_in, _s.planned_until, _s.ended_at, _s.version, _s.content)
_GET: Final = _heads.where(_s.id == bindparam("b_id"))
_LOCK: Final = _GET.with_for_update()
_THESE: Final = _heads.where(_s.id.in_(bindparam("b_ids", expanding=True)))
_OF_CLIENT: Final = _heads.where(_s.client_id == bindparam("b_client"))
_OF_HOST: Final = _heads.where(or_(_s.host == bindparam("b_user"), _s.stand_in == bindparam("b_user"))).order_by(_s.id)
_ALL: Final = _heads.order_by(_s.id)
_ADD: Final = insert(table)
_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(726561648, hashtext(CAST(:b_host AS text)))")


class AllSeries:
    """Every series, ended ones too."""

    __slots__ = ("_connection", "_versions")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions = Versions(connection, table)

    def add(self, series: Series, at: datetime) -> None:
        """Store a new series."""
        self.add_all([series], at)
        self._versions.hold(series.id)

    def add_all(self, all_series: Sequence[Series], at: datetime) -> None:
        """Store many new ones at once."""
        if all_series:
            columns = [{"id": each.id, "client_id": each.client, **_columns(each, at)} for each in all_series]
            self._connection.execute(_ADD, columns)

    def save(self, series: Series, before: Series, at: datetime) -> None:
        """Store a changed series. Raises OutdatedCard when somebody changed it since `before`."""
        self._versions.save(series.id, _columns(series, at), before=before.version)

    def in_turn(self, host: UserId) -> None:
        """Wait until nobody else gives this host a review: two who look at the same moment both see a free day.

        SQLite has one writer, so there it is so anyway.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_IN_TURN, {"b_host": host})

    def get(self, series_id: SeriesId) -> Series:
        """The series, to look at only. Raises NoSuchSeries."""
        return self._one(_GET, series_id)

    def these(self, ids: Collection[SeriesId]) -> dict[SeriesId, Series]:
        """Several at once, to look at only; those that are not there are left out."""
        found = self._connection.execute(_THESE, {"b_ids": list(ids)}) if ids else ()
        return {each.id: each for each in map(_series, found)}

    def locked(self, series_id: SeriesId) -> Series:
        """The series, held until the end of the act. Raises NoSuchSeries."""
        series = self._one(_LOCK, series_id)
        self._versions.hold(series_id)
        return series

    def of_client(self, client_id: ClientId) -> Series | None:
        """The series of a client, if it has one."""
        row = self._connection.execute(_OF_CLIENT, {"b_client": client_id}).first()
        return _series(row) if row else None

    def of_host(self, user: UserId) -> list[Series]:
        """Every series a person hosts or stands in for."""
        return [_series(row) for row in self._connection.execute(_OF_HOST, {"b_user": user})]

    def all(self) -> list[Series]:
        """Every series, those that ended included."""
        return [_series(row) for row in self._connection.execute(_ALL)]

    def _one(self, statement: Any, series_id: SeriesId) -> Series:
        row = self._connection.execute(statement, {"b_id": series_id}).first()
        if row is None:
            raise NoSuchSeries
        return _series(row)


def _columns(series: Series, at: datetime) -> dict[str, Any]:
    return {
        "host": series.host,
        "stand_in": series.stand_in,
        "planned_until": series.planned_until,
        "ended_at": series.ended_at,
        "version": series.version,
        "content": series_text(series),
        "updated_at": at,
    }


def _series(row: AnyRow) -> Series:
    return Series(
        id=SeriesId(row.id),
        client=ClientId(row.client_id),
        host=UserId(row.host),
        stand_in=UserId(row.stand_in),
        planned_until=row.planned_until,
        ended_at=row.ended_at,
        version=row.version,
        **series_from(row.content),
    )
