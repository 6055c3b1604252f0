"""From `preflight run` to an open port, against importing slack_bolt.async_app alone, each in a fresh interpreter."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bot.store.migrations import migrate
from tests.bench import processes
from tests.bench.answering import settings
from tests.bench.figures import Figure


def start_times(*, times: int) -> tuple[list[Figure], dict[str, Any]]:
    """Measure (f): in turn, so that a busy neighbour meets both."""
    place = Path(tempfile.mkdtemp(prefix="preflight-bench-"))
    database = f"sqlite:///{place / 'bench.sqlite3'}"
    imports, starts = [], []
    try:
        migrate(database)
        for _ in range(times + 1):
            start = time.perf_counter()
            processes.start("-c", "import slack_bolt.async_app").wait(60)
            imports.append(time.perf_counter() - start)
            port, nobody = processes.free_port(), processes.free_port()
            env = settings(database, f"http://127.0.0.1:{nobody}/api/", port, place) | {"LOG_LEVEL": "CRITICAL"}
            start = time.perf_counter()
            process = processes.start("-m", "bot", "run", env=env, cwd=place)
            try:
                processes.wait_for_port(port, process)
                starts.append(time.perf_counter() - start)
            finally:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    imports, starts = imports[1:], starts[1:]  # the first ones read the files from the disk
    found = sum(starts) / sum(imports)
    return [
        Figure("f", "import of slack_bolt.async_app", _spread(imports), None),
        Figure("f", "`preflight run` to open port", _spread(starts), None),
        Figure("f", "start / import", f"{found:.2f}", found <= 3.5, "<= 3.5"),
    ], {"starting": {"imports": imports, "starts": starts}}


def _spread(times: list[float]) -> str:
    return f"{min(times) * 1e3:.0f} / {median(times) * 1e3:.0f} / {max(times) * 1e3:.0f} ms (min/med/max)"
