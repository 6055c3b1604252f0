"""“Insert, or else …” as each engine spells it. The two constructs are twins that SQLAlchemy keeps in two modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.dialects import postgresql, sqlite

AnyRow = Row[*tuple[Any, ...]]


def by_engine(build: Callable[[Any], Executable]) -> Mapping[str, Any]:
    """Build a statement once for each engine, by the name of its dialect."""
    return {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}
