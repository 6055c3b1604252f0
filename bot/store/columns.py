"""What columns are made of, the same on both engines: times, words, and how constraints get their names."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Dialect, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware time, always UTC. SQLite keeps ISO text of fixed width, which sorts as time and can be read by eye."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value if dialect.name == "postgresql" else utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        known: datetime = value
        return known if known.tzinfo is UTC else known.astimezone(UTC)


@functools.lru_cache(maxsize=64)  # one act stores its own time in a dozen columns
def utc_text(value: datetime) -> str:
    """The fixed-width spelling of a time: 32 characters."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


class Words(TypeDecorator[str]):
    """Text that people wrote. The edge cleans it; what slips through, one engine would take and the other refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


# Every constraint gets its name from its place, so that a later revision can name it on both engines.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is spelled INTEGER.
Number: Final = BigInteger().with_variant(Integer(), "sqlite")


def one_of(column: str, *codes: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in codes)})", name=column)
