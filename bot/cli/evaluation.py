"""An evaluation on a terminal and as a file: a bar while it runs, then tables. It counts nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.domain.evaluation import CallFigures, Half, ReadingFigures, Score
from bot.wiring.evaluation import Evaluation, HalfFigures, Miss, Told

NO_MODEL: Final = "no model set up"
NONE: Final = "–"
HALVES: Final[Mapping[Half, str]] = {Half.TUNE: "the tuning half", Half.TEST: "the test half"}


@contextmanager
def progress_bar(console: Console) -> Iterator[Told]:
    """A bar for each step; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield told


def print_evaluation(found: Evaluation, *, misses: bool = False, console: Console | None = None) -> None:
    """Print the figures of each half, then what the model's calls took, then the misses if they are asked for."""
    out = console or Console(markup=False, emoji=False, highlight=False)
    out.print(f"Knowledge {found.knowledge[:12]} · model: {found.model or NO_MODEL}")
    for half, figures in found.halves.items():
        out.print()
        out.rule(f"On {HALVES[half]}", align="left", characters="─")
        if figures.rules is not None:
            out.print(_reading_table(figures.rules, figures.with_model))
            for line in _in_words(figures.rules, figures.with_model):
                out.print(line)
            out.print()
        if figures.retrieval is not None:
            out.print(_questions_table(figures))
    if found.calls:
        out.print()
        out.print(_calls_table(found.calls))
    if misses:
        _print_misses(out, found.misses)


def write_json(found: Evaluation, file: Path) -> None:
    """Write all figures to a file, for machines."""
    file.write_text(json.dumps(found.as_object(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _reading_table(rules: ReadingFigures, model: ReadingFigures | None) -> Table:
    table = _table(f"Reading {rules.cases} sentences and threads")
    for column in ("right", "wrong", "missed", "precision", "recall"):
        table.add_column(column, justify="right")
    for column in ("precision", "recall") if model else ():
        table.add_column(f"… with model: {column}", justify="right")
    if model is None:
        table.add_column("with model", justify="right")

    def row(name: str, score: Score, other: Score | None, *, strong: bool = False) -> None:
        counts = (str(score.right), str(score.wrong), str(score.missed))
        shares = (_share(score.precision), _share(score.recall))
        more = (_share(other.precision), _share(other.recall)) if other else (NO_MODEL if strong else NONE,)
        table.add_row(name, *counts, *shares, *more, style="bold" if strong else "")

    for fact, score in rules.by_fact.items():
        row(fact, score, model.by_fact[fact] if model else None)
    table.add_section()
    row("all", rules.total, model.total if model else None, strong=True)
    return table


def _in_words(rules: ReadingFigures, model: ReadingFigures | None) -> Iterator[str]:
    """What it means for people, by rules alone and with a model."""
    for what, read in (("By rules alone", rules), ("With the model", model)):
        if read is not None:
            correct, wrong = _share(read.needing_correction), _share(read.misleading)
            yield f"{what}, {correct} of the cases need correction, {wrong} hold something wrong."


def _questions_table(figures: HalfFigures) -> Table:
    found, replies = figures.retrieval, figures.replies
    table = _table("Questions to the knowledge base")
    table.add_column("", justify="right")
    if found is not None:
        table.add_row("questions that something answers", str(found.answerable))
        table.add_row("  a right passage comes first", _share(found.recall_at_1))
        table.add_row("  a right passage is among the first five", _share(found.recall_at_5))
        table.add_row("  refused all the same", _share(found.refused_wrongly))
        table.add_row("questions that nothing answers", str(found.unanswerable))
        table.add_row("  refused", _share(found.refused_rightly))
    table.add_section()
    if replies is None:
        table.add_row("answers of a model", NO_MODEL)
    else:
        table.add_row("answered by the model, where something answers it", _share(replies.answered))
        table.add_row("not answered, where nothing does", _share(replies.held_back))
        table.add_row("sentences it wrote", str(replies.sentences))
        table.add_row("  of them dropped, because no passage carries them", str(replies.dropped))
    return table


def _calls_table(calls: Mapping[str, CallFigures]) -> Table:
    table = _table("Calls of the model")
    for column in ("calls", "half within", "95 % within", "tokens in", "tokens out"):
        table.add_column(column, justify="right")
    table.add_column("how they ended")
    for task, took in calls.items():
        ended = ", ".join(f"{outcome} {count}" for outcome, count in sorted(took.outcomes.items()))
        tokens = (f"{took.tokens_in:,}", f"{took.tokens_out:,}")
        table.add_row(task, str(took.calls), _ms(took.median_ms), _ms(took.p95_ms), *tokens, ended)
    return table


def _print_misses(out: Console, misses: Sequence[Miss]) -> None:
    out.print()
    out.rule("What was missed, on the tuning half", align="left", characters="─")
    for miss in misses:
        out.print(f"{miss.id}  {miss.words}", soft_wrap=True)
        for name, values in (("wrong", miss.wrong), ("missed", miss.missed)):
            if values:
                out.print(f"    {name}: {', '.join(values)}", soft_wrap=True)


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    return table


def _share(share: float | None) -> str:
    return NONE if share is None else f"{share:.3f}"


def _ms(milliseconds: int | None) -> str:
    return NONE if milliseconds is None else f"{milliseconds:,} ms"
