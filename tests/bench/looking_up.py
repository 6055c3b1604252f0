"""Looking a tool up among 100,000, misspelled or not, while a heartbeat watches the event loop.

`python -m tests.bench.looking_up --json FILE ADDRESS` measures in a process of its own and prints what it found.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from bot.domain.tool import Found, name_key
from bot.store.migrations import migrate
from bot.store.tools import grams
from bot.store.work import Work
from tests.bench import processes
from tests.bench.figures import Figure, percentile

TOOLS: Final = 100_000
LOOK_UPS: Final = 400
SCANS: Final = 60
MOST_SECONDS: Final = 25.0
BEAT: Final = 0.001
_FIRST: Final = (  # noqa: SIM905 - hundreds of quotation marks would hide the words
    "Air Alpha Blue Bright Cloud Clear Core Data Deep Easy Fast Fire First Flow Fly Gold Green Happy Hub Idea Jet Key "
    "Light Link Live Loop Lumen Mega Mind Moon New Next Night North Nova Omni Open Orbit Path Pixel Plain Prime Pulse "
    "Quick Rapid Red River Rock Safe Sky Smart Snow Solid Spark Star Sun Swift Team True Vivid Wave Wide Work Zen Zero"
).split()
_SOUNDS: Final = (  # noqa: SIM905 - as above
    "ba be bi bo ca ce co da de di do fa fe fi ga go ha he ja jo ka ki la le li lo ma me mi mo na ne ni no pa pe pi "
    "po ra re ri ro sa se si so ta te ti to va ve vi vo wa we za ze zi zo"
).split()
_LAST: Final = (  # noqa: SIM905 - as above
    "Assist Board Chat CRM Desk Dialer Flow Forms Hub Insights Meet Notes Planner Recorder Share Sync Voice"
).split()


def look_ups(*, quick: bool) -> tuple[list[Figure], dict[str, Any]]:
    """Measure (e)."""
    place = Path(tempfile.mkdtemp(prefix="preflight-bench-"))
    try:
        file = place / "tools.sqlite3"
        migrate(f"sqlite:///{file}")
        _fill(file, made_up(TOOLS))
        process = processes.start("-m", "tests.bench.looking_up", "--json", str(file), str(100 if quick else LOOK_UPS))
        said, _ = process.communicate(timeout=120)
        found = json.loads(said)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    fuzzy, exact, scan = found["fuzzy"], found["exact"], found["scan"]
    whole = median(scan)
    by_time = percentile(fuzzy + exact, 99) / whole
    by_cpu = percentile(found["cpu"], 99) / median(found["scan_cpu"])
    return [
        Figure("e", "exact name: p50 / p99", f"{_ms(exact, 50)} / {_ms(exact, 99)} ms", None),
        Figure("e", "misspelled name: p50 / p99", f"{_ms(fuzzy, 50)} / {_ms(fuzzy, 99)} ms", None),
        Figure(
            "e",
            "misspelled and still found among the first five",
            f"{found['hit']:.3f}",
            found["hit"] >= 0.98,
            ">= 0.98",
        ),
        Figure("e", "one rapidfuzz scan (ratio): p50", f"{whole * 1e3:.2f} ms", None),
        # Above the goal by both, or it was a neighbour who took the time of one look-up in a hundred.
        Figure("e", "look-up p99 / one scan, by time", f"{by_time:.2f}", min(by_time, by_cpu) <= 0.5, "<= 0.5"),
        Figure("e", "look-up p99 / one scan, by CPU of the thread", f"{by_cpu:.2f}", None),
        Figure(
            "e", "longest pause of the event loop", f"{found['pause'] * 1e3:.1f} ms", found["pause"] <= 0.05, "<= 50 ms"
        ),
        Figure("e", "longest pause with nothing to do", f"{found['idle_pause'] * 1e3:.1f} ms", None),
    ], {"looking_up": found}


def _ms(times: list[float], part: float) -> str:
    return f"{percentile(times, part) * 1e3:.2f}"


def made_up(number: int) -> list[str]:
    """Distinct names of tools, as such names are: common words, a made-up one, a common ending."""
    chance = random.Random(7)
    names: dict[str, str] = {}
    while len(names) < number:
        coined = "".join(chance.choice(_SOUNDS) for _ in range(chance.randint(2, 4))).capitalize()
        parts = [chance.choice(_FIRST), coined, chance.choice(_LAST)]
        name = " ".join(parts[chance.randint(0, 1) :])
        names.setdefault(name_key(name), name)
    return list(names.values())


def misspelled(name: str, chance: random.Random) -> str:
    """The name with one or two typing mistakes."""
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(name))
        letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
        name = chance.choice(
            (
                name[:place] + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + letter + name[place + 1 :],
                name[: place - 1] + name[place : place + 1] + name[place - 1 : place] + name[place + 1 :]
                if place
                else name[1:2] + name[:1] + name[2:],
            )
        )
    return name


def _fill(file: Path, names: list[str]) -> None:
    """Enter the tools by hand: one act for each would take minutes, and is not what is measured."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    held: Counter[str] = Counter()
    pairs = []
    for number, name in enumerate(names, 1):
        found = grams(name_key(name))
        held.update(found)
        pairs += [(gram, number) for gram in found]
    pairs.sort()
    database = sqlite3.connect(file)
    database.execute("PRAGMA synchronous=OFF")
    with database:
        add = database.executemany
        add(
            "INSERT INTO tools (id, name, created_at) VALUES (?, ?, ?)",
            ((f"t{n}", name, at) for n, name in enumerate(names, 1)),
        )
        add(
            "INSERT INTO tool_names (id, key, tool_id, name, is_alias, at) VALUES (?, ?, ?, ?, 0, ?)",
            ((n, name_key(name), f"t{n}", name, at) for n, name in enumerate(names, 1)),
        )
        add("INSERT INTO name_grams (gram, name_id) VALUES (?, ?)", pairs)
        add("INSERT INTO gram_counts (gram, names) VALUES (?, ?)", held.items())
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


async def measure(file: str, number: int) -> dict[str, Any]:
    """Look up and scan in turn. The scan runs apart from the heartbeat: it is the reference, not ours."""
    from rapidfuzz import fuzz, process

    from bot.store.database import open_store

    store = open_store(f"sqlite:///{file}", audit_key=b"nothing hangs on it")
    names, chance = made_up(TOOLS), random.Random(11)
    keys = [name_key(name) for name in names]
    fuzzy, exact, scan, found = [], [], [], 0
    cpu: list[float] = []
    scan_cpu: list[float] = []
    longest = 0.0
    watching = True

    async def heartbeat() -> None:
        nonlocal longest
        while watching:
            start = time.perf_counter()
            await asyncio.sleep(BEAT)
            longest = max(longest, time.perf_counter() - start - BEAT)

    async def watched(seconds_or_work: Any) -> None:
        nonlocal watching
        watching = True
        beat = asyncio.create_task(heartbeat())
        await seconds_or_work
        watching = False
        await beat

    def find(work: Work, text: str) -> Found:
        start = time.thread_time()
        answer = work.tools.find(text)
        cpu.append(time.thread_time() - start)
        return answer

    async def look(wanted: list[str], asked: list[str], times: list[float]) -> None:
        nonlocal found
        for name, text in zip(wanted, asked, strict=True):
            start = time.perf_counter()
            answer = await store.read(find, text)
            times.append(time.perf_counter() - start)
            hits = [answer.tool] if answer.tool else answer.near
            found += times is fuzzy and name in [each.name for each in hits]

    await watched(asyncio.sleep(0.5))
    idle, longest = longest, 0.0
    await look(names[:30], names[:30], [])  # the first look opens files and reads pages
    cpu.clear()
    until, turns = time.monotonic() + MOST_SECONDS, 10
    for _ in range(turns):
        wanted = [chance.choice(names) for _ in range(number // turns)]
        await watched(look(wanted, [misspelled(name, chance) for name in wanted], fuzzy))
        await watched(look(wanted, wanted, exact))
        for name in wanted[: SCANS // turns]:
            key = name_key(misspelled(name, chance))
            start, computed = time.perf_counter(), time.thread_time()
            process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=70, limit=5)
            scan.append(time.perf_counter() - start)
            scan_cpu.append(time.thread_time() - computed)
        if time.monotonic() > until:
            break
    await store.close()
    return {
        "fuzzy": fuzzy,
        "exact": exact,
        "cpu": cpu,
        "scan": scan,
        "scan_cpu": scan_cpu,
        "hit": found / len(fuzzy),
        "pause": longest,
        "idle_pause": idle,
    }


if __name__ == "__main__":
    import uvloop

    json.dump(uvloop.run(measure(sys.argv[2], int(sys.argv[3]))), sys.stdout)
