"""Statements of the hot path: written in SQLAlchemy Core, spelled once for each engine, then run by the driver itself.

Core works a statement out again at every execution: 30 to 45 µs each, against 4 of the driver. An answer click runs
eleven of them, which made a third of its time. No statement is written by hand here, and none is kept for one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
_Turn = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A statement as one engine takes it: its text, its own values, and where and how the given ones go in."""

    text: str
    fixed: Values
    places: tuple[tuple[int, str, _Turn | None], ...]  # for a driver that takes values by place …
    filled: list[Any]  # … what stands there already
    into: tuple[tuple[str, _Turn], ...]  # for one that takes them by name
    out: tuple[tuple[int, _Turn], ...]


class Prepared:
    """One statement, ready to be run many times. `columns` names what an insert or update is given each time."""

    __slots__ = ("_columns", "_spelled", "_statement")

    def __init__(self, statement: Executable | Mapping[str, Executable], *columns: str) -> None:
        self._statement = statement
        self._columns = columns or None
        self._spelled: dict[str, _Spelled] = {}

    def rows(self, connection: Connection, values: Values) -> Sequence[tuple[Any, ...]]:
        """Run it; every row it gives, as plain tuples in the order of its columns."""
        spelled = self._for(connection.dialect)
        return _turned(spelled, _run(connection, (spelled, values))[0].fetchall())

    def row(self, connection: Connection, values: Values) -> tuple[Any, ...] | None:
        """Run it; its first row, if there is one."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def count(self, connection: Connection, values: Values) -> int:
        """Run it for what it changes; how many rows that were."""
        changed: int = _run(connection, (self._for(connection.dialect), values))[0].rowcount
        return changed

    def run(self, connection: Connection, values: Values) -> None:
        """Run it, or have it run before the next one whose answer somebody waits for, and before the commit."""
        spelled = self._for(connection.dialect)
        if (unsent := _unsent(connection)) is not None:
            unsent.append((spelled, values))
        else:
            _run(connection, (spelled, values))

    @staticmethod
    def together(connection: Connection, *asked: tuple[Prepared, Values]) -> list[Sequence[tuple[Any, ...]]]:
        """Run several in this order, each seeing what is committed when its turn comes; the rows of each."""
        each = [(prepared._for(connection.dialect), values) for prepared, values in asked]
        cursors = _run(connection, *each)
        return [_turned(spelled, cursor.fetchall()) for (spelled, _), cursor in zip(each, cursors, strict=True)]

    def _for(self, dialect: Dialect) -> _Spelled:
        spelled = self._spelled.get(dialect.name)
        if spelled is None:  # two threads may both come here; they spell it alike
            spelled = self._spelled[dialect.name] = self._spell(dialect)
        return spelled

    def _spell(self, dialect: Dialect) -> _Spelled:
        statement: Any = self._statement
        if isinstance(statement, Mapping):
            statement = statement[dialect.name]
        compiled = statement.compile(dialect=dialect, column_keys=self._columns)
        fixed: dict[str, Any] = {}
        into: list[tuple[str, _Turn]] = []
        for bind, name in compiled.bind_names.items():
            turn = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if not bind.required:
                fixed[name] = turn(bind.effective_value) if turn else bind.effective_value
            elif turn is not None:
                into.append((name, turn))
        out = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in statement.exported_columns]
        turns, order = dict(into), compiled.positiontup or ()
        return _Spelled(
            text=str(compiled),
            fixed=fixed,
            places=tuple((place, name, turns.get(name)) for place, name in enumerate(order) if name not in fixed),
            filled=[fixed.get(name) for name in order],
            into=tuple(into),
            out=tuple((place, turn) for place, turn in enumerate(out) if turn is not None),
        )


@contextmanager
def in_few_round_trips(connection: Connection) -> Iterator[None]:
    """On PostgreSQL, let the statements of a transaction that nobody waits for travel with the next one.

    An answer click took sixteen round trips, and takes eight. What fails then fails later, still before the commit.
    """
    info = connection.info  # looked up once: a connection that was lost meanwhile can no longer be asked
    info[_UNSENT] = []
    try:
        yield
        send(connection)
    finally:
        info.pop(_UNSENT, None)


def send(connection: Connection) -> None:
    """Run what was held back."""
    if _unsent(connection):
        _run(connection)


_UNSENT = "statements held back"
_Call = tuple[_Spelled, Values]


def _unsent(connection: Connection) -> list[_Call] | None:
    return None if connection.dialect.name == "sqlite" else connection.info.get(_UNSENT)


def _run(connection: Connection, *calls: _Call) -> list[Any]:
    """Run statements on the driver's own connection; a cursor for each of them."""
    raw: Any = connection.connection.dbapi_connection
    on_sqlite = connection.dialect.name == "sqlite"
    try:
        if on_sqlite:
            return [raw.execute(spelled.text, _by_place(spelled, values)) for spelled, values in calls]
        return _in_one_round_trip(connection, raw, calls)
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, raw, None)
        if lost and not on_sqlite:
            # As Core does it: whoever asks next gets a new connection, and none of those that died with this one.
            connection.invalidate()
            connection.engine.dispose(close=False)
        raise DBAPIError.instance(
            None,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error


def _in_one_round_trip(connection: Connection, raw: Any, calls: tuple[_Call, ...]) -> list[Any]:
    unsent = _unsent(connection) or []
    before, every = len(unsent), [*unsent, *calls]
    unsent.clear()
    if len(every) == 1 and raw.info.transaction_status:
        return [raw.execute(every[0][0].text, _by_name(*every[0]))]
    with raw.pipeline():  # the first one brings its BEGIN along
        cursors = [raw.execute(spelled.text, _by_name(spelled, values)) for spelled, values in every]
    return cursors[before:]


def _by_place(spelled: _Spelled, values: Values) -> list[Any]:
    given = spelled.filled.copy()
    for place, name, turn in spelled.places:
        value = values[name]
        given[place] = value if turn is None or value is None else turn(value)
    return given


def _by_name(spelled: _Spelled, values: Values) -> dict[str, Any]:
    held = {**spelled.fixed, **values}
    for name, turn in spelled.into:
        held[name] = turn(held[name])
    return held


def _turned(spelled: _Spelled, found: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """The rows with their columns as the types of the table say."""
    if not spelled.out:
        return found
    turned = []
    for row in found:
        held = list(row)
        for place, turn in spelled.out:
            held[place] = turn(held[place])
        turned.append(tuple(held))
    return turned
