"""Settings in, running bot out. The only place where all parts meet; besides the command, only this reads settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.wiring.checks import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.domain.client import DayOff, SideOf
    from bot.domain.evaluation import Half
    from bot.settings import Settings
    from bot.use_cases.client_import import Lines, Progress
    from bot.use_cases.review_papers import Made
    from bot.wiring.client_records import Outcome, Planned
    from bot.wiring.evaluation import Evaluation, Part, Told

__all__ = [
    "Check",
    "check",
    "client_pack",
    "client_rows",
    "demo",
    "evaluate",
    "export_rows",
    "import_clients",
    "migrate",
    "planned_reviews",
    "run",
    "shown_prompt",
    "take_days_off",
    "verify_audit",
]


def run(settings: Settings) -> None:
    """Serve Slack until told to stop. Raises NotReady, in one clear line, when something is missing."""
    from bot.wiring.serving import serve

    serve(settings)


def demo(*, port: int, db: Path | None, open_browser: bool) -> None:
    """Serve the playground, with a small made-up company and the real bot behind it, until told to stop."""
    from bot.wiring.demo import serve_demo

    serve_demo(port=port, db=db, open_browser=open_browser)


def check(settings: Settings) -> list[Check]:
    """Look at settings, database, knowledge, Slack, prompts and model: one line each."""
    from bot.wiring.checks import check_all

    return check_all(settings)


def evaluate(
    settings: Settings, *, data: Path, halves: Sequence[Half], parts: Iterable[Part], told: Told
) -> Evaluation:
    """Measure on labelled data how well words are read, passages found and questions answered."""
    from bot.wiring.evaluation import evaluate as measure

    return measure(settings, data=data, halves=halves, parts=parts, told=told)


def shown_prompt(settings: Settings, task: str, holes: Mapping[str, str]) -> list[str]:
    """What would be sent for a task with these holes, line by line."""
    from bot.wiring.model import shown_prompt as shown

    return shown(settings, task, holes)


def migrate(settings: Settings) -> str:
    """Bring the database up to date, and say so."""
    from bot.store.migrations import migrate as bring_up_to_date

    done = bring_up_to_date(settings.database)
    return f"The database is up to date (schema {done.head})."


def export_rows(settings: Settings, what: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The decisions or the audit trail as columns and rows."""
    from bot.wiring.records import export

    return export(settings, what)


def client_pack(settings: Settings, client: str, *, on: date | None, form: str) -> Made:
    """The copy of a client's pack that the client may see; its digest is put on record."""
    from bot.wiring.client_papers import client_copy

    return client_copy(settings, client, on=on, form=form)


def verify_audit(settings: Settings, head: str | None) -> Check:
    """Whether the audit trail is whole; the first bad row where it is not."""
    from bot.wiring.records import verify

    return verify(settings, head)


def import_clients(settings: Settings, lines: Lines, *, skip_bad: bool, confirmed: bool, progress: Progress) -> Outcome:
    """Bring the rows of a file into the register, all or nothing."""
    from bot.wiring.client_records import import_clients as bring_in

    return bring_in(settings, lines, skip_bad=skip_bad, confirmed=confirmed, progress=progress)


def client_rows(settings: Settings) -> tuple[list[str], list[dict[str, str]]]:
    """The register as columns and rows, as an import takes them."""
    from bot.wiring.client_records import client_rows as rows

    return rows(settings)


def planned_reviews(settings: Settings) -> list[Planned]:
    """The client reviews that are planned from now on."""
    from bot.wiring.client_records import planned_reviews as planned

    return planned(settings)


def take_days_off(settings: Settings, content: bytes, side: SideOf, name: str | None) -> tuple[tuple[DayOff, ...], int]:
    """The days off of a calendar or list, for one client or all; and how many series that changed."""
    from bot.wiring.client_records import take_days_off as take

    return take(settings, content, side, name)
