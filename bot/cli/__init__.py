"""The command `preflight`: one short function a command. It reads what was typed and prints; the rest lies below.

Heavy imports wait inside the commands, so that each loads only what it needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.domain.model_use import Task

if TYPE_CHECKING:
    from bot.settings import Settings

FAULT: Final = 1  # something is wrong with what was looked at
UNUSABLE: Final = 2  # what was typed, set or handed in cannot be used

# The errors whose text a person can act on, with their exit code. Named rather than imported: each lives in a part that
# most commands do not load, and `assess` should start at once.
TOLD: Final[Mapping[tuple[str, str], int]] = {
    ("bot.settings", "SettingsFaults"): UNUSABLE,
    ("bot.knowledge.faults", "KnowledgeFaults"): FAULT,
    ("bot.llm.prompts", "PromptFaults"): FAULT,
    ("bot.llm.prompts", "NotFilled"): UNUSABLE,
    ("bot.cli.holes", "HolesUnreadable"): UNUSABLE,
    ("bot.store.engine", "StoreUnavailable"): FAULT,
    ("bot.wiring.ready", "NotReady"): FAULT,
    ("bot.wiring.evaluation_data", "DataFaults"): UNUSABLE,
    ("bot.cli.clients", "UnreadableFile"): UNUSABLE,
    ("bot.use_cases.client_import", "RegisterMoved"): FAULT,
    ("bot.domain.refused", "Refused"): UNUSABLE,
}

app = typer.Typer(
    name="preflight",
    help="Is this tool safe to roll out? A security review bot for Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit, name="audit")
clients = typer.Typer(help="The register of clients and their security reviews.", no_args_is_help=True)
app.add_typer(clients, name="clients")
prompts = typer.Typer(help="What a model is asked.", no_args_is_help=True)
app.add_typer(prompts, name="prompts")


class What(StrEnum):
    """What can be exported."""

    DECISIONS = "decisions"
    AUDIT = "audit"


class PaperFormat(StrEnum):
    """How a paper is written."""

    MD = "md"
    PDF = "pdf"


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"


class Measured(StrEnum):
    """Which half of the labelled data."""

    TEST = "test"
    TUNE = "tune"
    ALL = "all"


class Only(StrEnum):
    """What to measure by itself."""

    RULES = "rules"
    RETRIEVAL = "retrieval"
    MODEL = "model"


class Side(StrEnum):
    """Whose days off."""

    OURS = "ours"
    CLIENTS = "clients"


class ClientFormat(StrEnum):
    """How the register is written."""

    CSV = "csv"
    ICAL = "ical"


def main() -> None:
    """Run the command."""
    app()


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the page; 0 takes any free one.")] = 3010,
    db: Annotated[Path | None, typer.Option(help="Keep everything in this file; left out, it is forgotten.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Try everything on this machine, without Slack."""
    with _faults_told():
        from bot import wiring

        wiring.demo(port=port, db=db, open_browser=not no_browser)


@app.command()
def run() -> None:
    """Run the bot for your Slack workspace."""
    with _faults_told():
        from bot import wiring

        wiring.run(_settings())


@app.command()
def check() -> None:
    """Look at settings, database, knowledge, Slack, prompts and model; one line each."""
    with _faults_told(SettingsFaults=FAULT):  # a fault like any other that is looked for
        from bot import wiring

        checks = wiring.check(_settings())
        for each in checks:
            typer.echo(f"{'ok   ' if each.ok else 'FAULT'}  {each.name}: {each.text}")
        if not all(each.ok for each in checks):
            raise typer.Exit(FAULT)


@app.command()
def assess(
    cases: Annotated[list[str], typer.Argument(metavar="CASE…", help="TOML or JSON files; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    knowledge: Annotated[
        Path | None, typer.Option(help="The folder of questions and policy; else KNOWLEDGE_DIR, else the shipped one.")
    ] = None,
) -> None:
    """Work out verdicts for cases written down in files."""
    with _faults_told():
        from bot.cli import cases as case_files

        known = case_files.load(knowledge)
        assessed, faults = case_files.assess_all(cases, known)
    if as_json and (assessed or len(cases) > 1):
        typer.echo(case_files.as_json(assessed, known, many=len(cases) > 1))
    elif assessed:
        from bot.cli.report import print_report

        for each in assessed:
            print_report(each, known)
    _complain(faults)
    if faults:
        raise typer.Exit(UNUSABLE)


@app.command("eval")
def evaluate(
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The model to measure; left out, the one that is set up.")
    ] = None,
    half: Annotated[Measured, typer.Option(help="The half of the labelled data.")] = Measured.ALL,
    data: Annotated[Path, typer.Option(metavar="FOLDER", help="The labelled data.")] = Path("tests/evaluation"),
    to: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", dir_okay=False, writable=True, help="Write all figures there, too."),
    ] = None,
    only: Annotated[Only | None, typer.Option(help="Measure nothing but this.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="List what was missed on the tuning half.")] = False,
) -> None:
    """Measure on labelled data how well words are read and questions answered, without a model and with one."""
    if to is not None and not to.parent.is_dir():  # said before the work is done, not after
        raise typer.BadParameter(f"there is no folder {to.parent}", param_hint="--json")
    with _faults_told():
        from rich.console import Console

        from bot import wiring
        from bot.cli.evaluation import print_evaluation, progress_bar, write_json
        from bot.domain.evaluation import Half
        from bot.settings import load_settings
        from bot.wiring.evaluation import Part

        settings = load_settings(openai_model=model) if model else load_settings()
        halves = tuple(Half) if half is Measured.ALL else (Half(half.value),)
        parts = tuple(Part) if only is None else (Part(only.value),)
        with progress_bar(Console(stderr=True)) as told:
            found = wiring.evaluate(settings, data=data, halves=halves, parts=parts, told=told)
    print_evaluation(found, misses=misses)
    if to is not None:
        write_json(found, to)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    with _faults_told():
        from bot import wiring

        typer.echo(wiring.migrate(_settings()))


@app.command()
def export(
    what: Annotated[What, typer.Argument(help="What to export.")],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
) -> None:
    """Write decisions or the audit trail to standard output."""
    with _faults_told():
        from bot import wiring
        from bot.cli.export import write_csv, write_json

        columns, rows = wiring.export_rows(_settings(), what.value)
        if form is Format.CSV:
            write_csv(sys.stdout, columns, rows)
        else:
            write_json(sys.stdout, rows)


@app.command("client-pack")
def client_pack(
    client: Annotated[str, typer.Argument(help="The client's name, or one of its aliases.")],
    on: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the review; else the newest, or the next."),
    ] = None,
    form: Annotated[PaperFormat, typer.Option("--format", help="How to write it.")] = PaperFormat.MD,
    to: Annotated[Path | None, typer.Option("--out", help="The file; left out, standard output.")] = None,
) -> None:
    """Write the copy of a client's pack that the client may see; its SHA-256 goes on record and to standard error."""
    with _faults_told():
        from bot import wiring

        made = wiring.client_pack(_settings(), client, on=on.date() if on else None, form=form.value)
    if to is None:
        sys.stdout.buffer.write(made.content)
    else:
        to.write_bytes(made.content)
    typer.echo(f"SHA-256 {made.digest}", err=True)


@audit.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option(metavar="SEQ:MAC", help="The last entry you noted; finds a tail that was cut off.")
    ] = None,
) -> None:
    """Check the chain of the audit trail, and name the first row that does not fit."""
    with _faults_told():
        from bot import wiring

        found = wiring.verify_audit(_settings(), head)
        typer.echo(found.text)
        if not found.ok:
            raise typer.Exit(FAULT)


@prompts.command("show")
def show_prompt(
    task: Annotated[Task, typer.Argument(metavar="TASK", help="extract, choose, answer, summary, digest or minutes.")],
    holes: Annotated[Path, typer.Option("--with", metavar="FILE", help="TOML or JSON: each hole and its text.")],
) -> None:
    """Print exactly what a model would be sent. Nothing is sent."""
    with _faults_told():
        from bot import wiring
        from bot.cli.holes import read_holes

        for line in wiring.shown_prompt(_settings(), task.value, read_holes(holes)):
            typer.echo(line)


@clients.command("import")
def import_clients(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; its first line names the columns.")],
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows with faults, import the rest.")] = False,
    confirm_clashes: Annotated[
        bool, typer.Option("--confirm-clashes", help="Import although hosts have too much at once.")
    ] = False,
) -> None:
    """Add clients from a file, and change those that are there, by name. All or nothing."""
    with _faults_told():
        from rich.console import Console

        from bot import wiring
        from bot.cli.clients import faults_of, progress_bar, read_lines, summary

        lines = read_lines(file)
        with progress_bar(Console(stderr=True)) as progress:
            outcome = wiring.import_clients(
                _settings(), lines, skip_bad=skip_bad, confirmed=confirm_clashes, progress=progress
            )
    _complain(faults_of(outcome, file))
    done = outcome.imported is not None
    for line in summary(outcome, skip_bad=skip_bad, confirmed=confirm_clashes):
        typer.echo(line, err=not done)
    if not done:
        raise typer.Exit(FAULT)


@clients.command("days-off")
def days_off(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An iCalendar file (.ics), or a list: a day a line.")],
    side: Annotated[Side, typer.Option(help="Whose days off they are.")],
    client: Annotated[str | None, typer.Option(help="The client's name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="For all clients that have reviews.")] = False,
) -> None:
    """Take the days off of one side from a file; reviews move away from them. They replace those listed before."""
    if (client is None) is not every:
        raise typer.BadParameter("give either --client NAME or --all")
    with _faults_told():
        from bot import wiring
        from bot.cli.clients import read_bytes
        from bot.domain.client import SideOf

        days, changed = wiring.take_days_off(_settings(), read_bytes(file), SideOf(side.value), client)
        typer.echo(
            f"Days off: {len(days)}, from {days[0].on} to {days[-1].on}. Clients whose reviews follow: {changed}."
        )


@clients.command("export")
def export_clients(
    form: Annotated[
        ClientFormat, typer.Option("--format", help="csv: the register; ical: the reviews that are planned.")
    ] = ClientFormat.CSV,
) -> None:
    """Write the register, or a calendar of what is planned, to standard output."""
    with _faults_told():
        from bot import wiring
        from bot.cli.clients import write_calendar
        from bot.cli.export import write_csv

        if form is ClientFormat.CSV:
            write_csv(sys.stdout, *wiring.client_rows(_settings()))
        else:
            write_calendar(sys.stdout, wiring.planned_reviews(_settings()))


@app.command()
def manifest(
    socket: Annotated[bool, typer.Option("--socket", help="For Socket Mode, which needs no public address.")] = False,
    url: Annotated[str | None, typer.Option(help="For HTTP: the public https address of this bot.")] = None,
) -> None:
    """Print the manifest to create the Slack app from; for Socket Mode unless --url is given."""
    from bot.slack.manifest import NotAnAddress, as_yaml, manifest_for

    if socket and url:
        raise typer.BadParameter("give either --socket or --url, not both")
    try:
        typer.echo(as_yaml(manifest_for(url)), nl=False)
    except NotAnAddress as error:
        raise typer.BadParameter(str(error), param_hint="--url") from None


def _settings() -> Settings:
    from bot.settings import load_settings

    return load_settings()


@contextmanager
def _faults_told(**others: int) -> Iterator[None]:
    """Print what stands in the way, one fault a line and without a traceback, and end with its exit code."""
    try:
        yield
    except Exception as error:
        found = next((kind for kind in type(error).__mro__ if (kind.__module__, kind.__name__) in TOLD), None)
        if found is None:
            raise
        _complain(str(fault) for fault in getattr(error, "faults", (error,)))
        raise typer.Exit(others.get(found.__name__, TOLD[found.__module__, found.__name__])) from None


def _complain(faults: Iterable[str]) -> None:
    for fault in faults:
        typer.echo(fault, err=True)
