"""Statements of the hot path: written in SQLAlchemy Core, spelled once for each engine, then run by the driver itself.

Core works a statement out again at every execution: 30 to 45 µs each, against 4 of the driver. An answer click runs
eleven of them, which made a third of its time. No statement is written by hand here, and none is kept for one call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Executable, bindparam
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
_Turn = Callable[[Any], Any]


def one_of(column: ColumnElement[Any], name: str, most: int) -> ColumnElement[bool]:
    """“Is one of these”, for a statement that is spelled once: with a place for each of so many values."""
    return column.in_([bindparam(f"{name}_{place}", type_=column.type) for place in range(most)])


def these(name: str, most: int, values: Sequence[Any]) -> dict[str, Any]:
    """The values for `one_of`, of which there must be one at least: the last is repeated where there are fewer."""
    return {f"{name}_{place}": values[min(place, len(values) - 1)] for place in range(most)}


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
        found = _run(connection, spelled, values).fetchall()
        if not spelled.out or not found:
            return found  # type: ignore[no-any-return]  # what a driver gives is not typed
        turned = []
        for row in found:
            held = list(row)
            for place, turn in spelled.out:
                held[place] = turn(held[place])
            turned.append(tuple(held))
        return turned

    def row(self, connection: Connection, values: Values) -> tuple[Any, ...] | None:
        """Run it; its first row, if there is one."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Values) -> int:
        """Run it for what it changes; how many rows that were."""
        changed: int = _run(connection, self._for(connection.dialect), values).rowcount
        return changed

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


def _run(connection: Connection, spelled: _Spelled, values: Values) -> Any:
    if connection.dialect.name != "sqlite":
        # Over a network Core's way with errors and lost connections is worth the 10 µs that are left of it.
        held = {**spelled.fixed, **values}
        for name, turn in spelled.into:
            held[name] = turn(held[name])
        return connection.exec_driver_sql(spelled.text, held)
    raw: Any = connection.connection.dbapi_connection
    given = spelled.filled.copy()
    for place, name, maybe_turn in spelled.places:
        value = values[name]
        given[place] = value if maybe_turn is None or value is None else maybe_turn(value)
    try:
        return raw.execute(spelled.text, given)
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            spelled.text, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
