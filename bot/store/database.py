"""The one door to the database: `await store.act(decide, …)` runs a plain function in one transaction on a thread.

What it returned is known to the caller only after the commit. Nothing here knows what an act does.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine

from bot.store.engine import (
    POOL,
    StoreUnavailable,
    database_url,
    is_trouble,
    make_engine,
    may_succeed_again,
    tried_to_write,
)
from bot.store.points import point
from bot.store.work import Work

P = ParamSpec("P")
T = TypeVar("T")
MakeWork = Callable[[Connection, bytes], Work]

_log = logging.getLogger(__name__)
_TOGETHER: Final = 64  # acts that share a commit at most
_READERS: Final = 2
_TRIES: Final = 4  # an act that lost against others is run again from its start, three times


class Store(Protocol):
    """One door, two engines."""

    async def act(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(work, …)` in one transaction. Returned means committed; raised means nothing of it was saved."""
        ...

    async def read(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(work, …)` on one steady view of the data. It cannot change anything."""
        ...

    async def close(self) -> None:
        """Finish what was handed in, then let go. Whatever comes later is refused as StoreUnavailable."""
        ...


def open_store(url: str, *, audit_key: bytes, work: MakeWork = Work) -> Store:
    """Open the store at a database address. The schema must be there already: `bot.store.migrations.migrate`."""
    if not audit_key:
        raise ValueError("the audit trail needs a key")
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        return _SqliteStore(address, audit_key, work)
    return _PostgresStore(address, audit_key, work)


@dataclass(slots=True)
class _Job:
    run: Callable[[Work], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class _SqliteStore:
    """One thread owns the one connection that writes; acts that wait together share its commits. Readers are apart."""

    def __init__(self, url: URL, audit_key: bytes, make_work: MakeWork) -> None:
        self._engine = make_engine(url)
        self._audit_key = audit_key
        self._make_work = make_work
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._own = threading.local()
        self._opened: list[Connection] = []
        self._connection: Connection | None = _opened(self._engine)
        self._writer = threading.Thread(target=self._write, name="store-writer", daemon=True)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")
        self._writer.start()

    async def act(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        job = _Job(lambda work: fn(work, *args, **kwargs), loop, loop.create_future())
        with self._gate:  # so that no act can slip in behind the writer's last one
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._jobs.put(job)
        result: T = await job.future
        return result

    async def read(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._look, lambda work: fn(work, *args, **kwargs)
        )

    async def close(self) -> None:
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._let_go)

    def _let_go(self) -> None:
        self._writer.join()
        self._readers.shutdown(wait=True)
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    # ── the writer's thread ──

    def _write(self) -> None:
        ending = False
        while not ending:
            batch: list[_Job] = []
            job = self._jobs.get()
            while job is not None:
                if not job.future.cancelled():
                    batch.append(job)
                if len(batch) >= _TOGETHER:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            ending = job is None
            if batch:
                self._commit_together(batch)
                _answer(batch)
        if self._connection is not None:
            self._connection.close()

    def _commit_together(self, batch: list[_Job]) -> None:
        """Run every job in one transaction. Whatever goes wrong ends up in the jobs, never in this thread."""
        try:
            if self._connection is None:
                self._connection = _opened(self._engine)
            self._transaction(batch, self._connection, self._connection.connection.dbapi_connection)
        except BaseException as error:
            # The begin, a savepoint or the commit failed: of none of them is anything saved.
            failure = _as_unavailable(error)
            for job in batch:
                job.error = job.error or failure
            self._start_over()

    def _transaction(self, batch: list[_Job], connection: Connection, raw: Any) -> None:
        raw.execute("BEGIN IMMEDIATE")
        point("store.tx_begun")
        alone = len(batch) == 1
        for job in batch:
            if not alone:
                raw.execute("SAVEPOINT act")
            try:
                work = self._make_work(connection, self._audit_key)
                job.result = job.run(work)
                work.finish()
            except BaseException as error:
                job.error = _as_unavailable(error) if is_trouble(error) else error
                if not raw.in_transaction:
                    raise  # SQLite itself gave the whole transaction up
                raw.execute("ROLLBACK" if alone else "ROLLBACK TO act")
                if alone:
                    return
            if not alone:
                raw.execute("RELEASE act")
        point("store.before_commit")
        raw.execute("COMMIT")
        point("store.after_commit")

    def _start_over(self) -> None:
        # After trouble the connection may be in any state; a new one costs a millisecond and is in none.
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.invalidate()
                connection.close()
            except Exception:
                _log.warning("a broken connection could not be closed", exc_info=True)

    # ── a reader's thread ──

    def _look(self, run: Callable[[Work], T]) -> T:
        try:
            connection = self._reader()
            raw: Any = connection.connection.dbapi_connection
            raw.execute("BEGIN")
            try:
                return run(self._make_work(connection, self._audit_key))
            finally:
                raw.rollback()
        except Exception as error:
            if is_trouble(error) and not tried_to_write(error):
                self._own.connection = None  # it may be in any state now
                raise _as_unavailable(error) from error
            raise

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = _opened(self._engine)
            connection.exec_driver_sql("PRAGMA query_only=ON")
            self._own.connection = connection
            self._opened.append(connection)
        return connection


def _opened(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except Exception as error:
        if is_trouble(error):
            raise _as_unavailable(error) from error
        raise


class _PostgresStore:
    """A small pool of threads with a connection each. Acts that lose a race are run again from their start."""

    def __init__(self, url: URL, audit_key: bytes, make_work: MakeWork) -> None:
        self._engine = make_engine(url)
        # A look of several statements must not see half of somebody's act: one snapshot for all of them.
        self._looking = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._audit_key = audit_key
        self._make_work = make_work
        self._threads = ThreadPoolExecutor(POOL, thread_name_prefix="store")
        self._closed = False

    async def act(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on_a_thread(self._act, lambda work: fn(work, *args, **kwargs))

    async def read(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on_a_thread(self._look, lambda work: fn(work, *args, **kwargs))

    async def close(self) -> None:
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._let_go)

    def _let_go(self) -> None:
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    async def _on_a_thread(self, door: Callable[[Callable[[Work], T]], T], run: Callable[[Work], T]) -> T:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, door, run)

    def _act(self, run: Callable[[Work], T]) -> T:
        tries = 0
        while True:
            tries += 1
            committing = False
            try:
                with self._engine.connect() as connection, connection.begin() as transaction:
                    point("store.tx_begun")
                    work = self._make_work(connection, self._audit_key)
                    result = run(work)
                    work.finish()
                    point("store.before_commit")
                    committing = True
                    transaction.commit()
                point("store.after_commit")
                return result
            except Exception as error:
                # A commit that failed may have happened all the same; only what came before it can be done again.
                if not committing and tries < _TRIES and may_succeed_again(error):
                    _log.info("act run again", extra={"tries": tries, "why": type(error).__name__})
                    continue
                if is_trouble(error):
                    raise _as_unavailable(error) from error
                raise

    def _look(self, run: Callable[[Work], T]) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                with self._looking.connect() as connection:
                    return run(self._make_work(connection, self._audit_key))
            except Exception as error:
                if tries < _TRIES and may_succeed_again(error):
                    continue
                if is_trouble(error):
                    raise _as_unavailable(error) from error
                raise


def _as_unavailable(error: BaseException) -> BaseException:
    if isinstance(error, StoreUnavailable) or not is_trouble(error):
        return error
    unavailable = StoreUnavailable("the database is not available right now")
    unavailable.__cause__ = error
    return unavailable


def _answer(batch: list[_Job]) -> None:
    """Tell everybody how it went: one call into each event loop, however many acts it waits for."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in batch:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, jobs)
        except RuntimeError:  # the loop has ended, and with it everybody who waited
            _log.info("nobody waits any more", extra={"acts": len(jobs)})


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        elif isinstance(job.error, StopIteration):
            job.future.set_exception(RuntimeError("an act raised StopIteration"))  # a future cannot carry it
        else:
            job.future.set_exception(job.error)
