"""`python -m tests.bench [--quick] [--rounds N] [--only a,e] [--engines sqlite,postgresql] [--json FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from bot.knowledge import default_folder, load_knowledge
from tests.bench.figures import Figure

MOST_SECONDS = 60.0  # a part that is not through by then ends with the rounds it has


def main() -> None:
    """Measure what was asked for, print it, and end by itself."""
    read = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    read.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not for figures")
    read.add_argument("--rounds", type=int, default=24)
    read.add_argument("--only", default="a,d,e,f,g", help="parts: a (with b and c), d, e, f, g")
    read.add_argument("--engines", default="sqlite,postgresql")
    read.add_argument("--json", type=Path, help="write the raw times there")
    asked = read.parse_args()
    rounds = 4 if asked.quick else asked.rounds
    parts = asked.only.split(",")
    figures: list[Figure] = []
    raw: dict[str, Any] = {}
    if "f" in parts:
        from tests.bench.starting import start_times

        figures += _told(start_times(times=3 if asked.quick else 7), raw)
    if "d" in parts:
        from tests.bench.deciding import decisions_a_second

        figures += _told(decisions_a_second(load_knowledge(default_folder())), raw)
    if "e" in parts:
        from tests.bench.looking_up import look_ups

        figures += _told(look_ups(quick=asked.quick), raw)
    if "g" in parts:
        from tests.bench.clock import look_costs

        known = load_knowledge(default_folder())
        figures += _told(look_costs(known, asked.engines.split(","), quick=asked.quick), raw)
    if "a" in parts:
        from tests.bench.answering import answer_clicks

        run = answer_clicks(
            load_knowledge(default_folder()), asked.engines.split(","), rounds=rounds, most_seconds=MOST_SECONDS
        )
        figures += _told(asyncio.run(run), raw)
    if asked.json:
        asked.json.write_text(json.dumps({"figures": [each.line() for each in figures], "raw": raw}, indent=1))
    if any(each.met is False for each in figures):
        raise SystemExit(1)


def _told(found: tuple[list[Figure], dict[str, Any]], raw: dict[str, Any]) -> list[Figure]:
    figures, times = found
    raw |= times
    for each in figures:
        print(each.line(), flush=True)
    return figures


if __name__ == "__main__":
    main()
