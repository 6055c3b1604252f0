"""A verdict on a terminal: by which rule it came about, and a sum anybody can check. It prints, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.cases import Assessed
from bot.domain.bank import Question
from bot.domain.ids import QuestionId
from bot.domain.improve import Improvement
from bot.domain.policy import Approver, Deadline, Outcome
from bot.domain.profile import UNKNOWN
from bot.domain.verdict import Duty, Row
from bot.knowledge import Knowledge

VERDICTS: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.APPROVE: ("Safe to roll out", "green"),
    Outcome.CONDITIONS: ("Safe with conditions", "green"),
    Outcome.NEEDS_LEAD: ("Needs the security leads", "yellow"),
    Outcome.REJECT: ("Not as it stands", "red"),
}
APPROVERS: Final[Mapping[Approver, str]] = {
    Approver.SELF_SERVE: "nobody else (self-serve, on record)",
    Approver.ONE_LEAD: "one security lead",
    Approver.TWO_LEADS: "two security leads (four eyes)",
    Approver.CISO: "two security leads, then the CISO",
}
INHERENT: Final = ("data", "reach", "position")


def print_report(each: Assessed, known: Knowledge, console: Console | None = None) -> None:
    """Print one case: verdict, reasons, conditions, improvements, the sum."""
    # What people wrote is never read as markup.
    out = console or Console(markup=False, emoji=False, highlight=False)
    verdict = each.verdict
    words, colour = VERDICTS[verdict.outcome]
    out.rule(Text(each.file), align="left", characters="─")
    out.print(Text(words, style=f"bold {colour}"), Text(f"({verdict.outcome.value})", style="dim"))
    out.print(_facts(each))
    _print_list(out, "Why", _reasons(each, known))
    for when, duties in groupby(verdict.duties, key=due):
        _print_list(out, f"Condition, {when}", [duty.text for duty in duties])
    for better in each.improvements:
        _print_list(out, *improvement(better))
    _print_list(out, "Added to the profile", [known.reason(one) for one in verdict.inferred])
    _print_list(out, "Answered too long ago, so not believed", [_asked(known, one) for one in sorted(each.stale)])
    _print_list(out, "Not asked for this profile, so left out", [str(one) for one in each.case.ignored])
    out.print()
    out.print(_sum(each, known))
    out.print()
    out.print(Text(f"Questions and policy: version {verdict.bank_version[:12]}", style="dim"))
    out.print()


def due(duty: Duty) -> str:
    """When a condition is due, in words."""
    return deadline_words(duty.deadline) if duty.deadline else "for as long as it is used"


def deadline_words(deadline: Deadline) -> str:
    """A deadline in words."""
    days = f"within {deadline.days} {'working ' if deadline.working else ''}day{'s' * (deadline.days != 1)}"
    if not deadline.before_go_live:
        return days
    return f"{days} and before go-live" if deadline.working else f"before go-live ({days} where it is already in use)"


def improvement(better: Improvement) -> tuple[str, list[str]]:
    """What an improvement would lead to, and the changes it takes, each as a sentence."""
    changes = [
        f"{change.question.text} {answer_words(change.question, change.then)}, "
        + ("answered again" if change.now == change.then else f"not {answer_words(change.question, change.now)}")
        for change in better.changes
    ]
    words = VERDICTS[better.outcome][0]
    return f"{words}, signed by {_signer(better.outcome, better.approver)}, if", changes


def answer_words(question: Question, codes: Iterable[str]) -> str:
    """An answer by its labels."""
    labels = ["I don't know" if code == UNKNOWN else question.by_code[code].label for code in codes]
    return "“" + ("; ".join(labels) or "None of them") + "”"


def _facts(each: Assessed) -> Table:
    verdict = each.verdict
    table = Table.grid(padding=(0, 2))
    rows = {
        "Tier": f"{verdict.tier} of 4 (inherent risk {verdict.inherent} of 100)",
        "Residual risk": f"{verdict.band.name.capitalize()} (control gap {verdict.control_gap} of 100)",
        "Signed by": _signer(verdict.outcome, verdict.approver),
        "Stands for": f"{verdict.months} months",
        "Questions": f"{len(verdict.asked)} asked, {len(verdict.unknowns)} not known",
    }
    if each.as_of:
        rows["As of"] = each.as_of.isoformat()
    for name, words in rows.items():
        table.add_row(Text(name, style="dim"), Text(words))
    return table


def _signer(outcome: Outcome, approver: Approver) -> str:
    return "nobody: only an exception by the CISO could allow it" if outcome is Outcome.REJECT else APPROVERS[approver]


def _reasons(each: Assessed, known: Knowledge) -> list[str]:
    verdict = each.verdict
    reasons = [
        f"Ruled out: {known.bank.by_id[one].text} {answer_words(known.bank.by_id[one], each.case.answers[one])} ({one})"
        for one in verdict.blockers
    ]
    reasons += [f"{known.policy.verdicts.floors[code].because} ({code})" for code in verdict.floors]
    if verdict.unknown_facts:
        reasons.append(f"Not known about its use: {', '.join(verdict.unknown_facts)}.")
    band = verdict.band.name.lower()
    reasons.append(f"Tier {verdict.tier} with a control gap of {verdict.control_gap} leaves {band} risk.")
    return reasons


def _asked(known: Knowledge, question: QuestionId) -> str:
    return f"{known.bank.by_id[question].text} ({question})"


def _print_list(out: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    out.print()
    out.print(Text(title, style="bold"))
    for line in lines:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(" -", Text(line))
        out.print(grid)


def _sum(each: Assessed, known: Knowledge) -> Table:
    """Every point as a row; the rows of a part add up to its total."""
    verdict = each.verdict
    table = Table(box=None, expand=True, show_header=False, padding=(0, 0, 0, 1))
    table.add_column(ratio=1)
    table.add_column(justify="right")
    for part in INHERENT:
        rows = [row for row in verdict.rows if row.part == part]
        _add_part(table, part.capitalize(), rows, str(sum(row.points for row in rows)))
    _add_total(table, f"Inherent risk: {', '.join(INHERENT)} together (tier {verdict.tier})", str(verdict.inherent))
    for code, guideline in known.guidelines.items():
        rows = [row for row in verdict.rows if row.part == code]
        _add_part(table, f"{code} {guideline.title} ({verdict.flags[code]})", rows, str(verdict.sub_scores[code]))
    rows = [row for row in verdict.rows if row.part == "control_gap"]
    _add_part(table, "Control gap", rows, str(verdict.control_gap))
    return table


def _add_part(table: Table, title: str, rows: Sequence[Row], total: str) -> None:
    table.add_row(Text(title, style="bold"), "")
    for row in rows:
        table.add_row(Text(f"  {row.what}"), str(row.points))
    _add_total(table, "  together", total)


def _add_total(table: Table, what: str, total: str) -> None:
    table.add_row(Text(what, style="bold"), Text(f"= {total}", style="bold"))
    table.add_row("", "")
