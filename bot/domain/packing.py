"""How the pack of a client's review is made: its facts, and nobody else's, under the agenda's items. It words nothing.

It may be handed the whole register: what does not touch the client is left out here, and names of other clients are
taken out of what people wrote. What nobody knows the clients of belongs to no client's pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.domain import agenda as codes
from bot.domain.agenda import Agenda, AgendaItem
from bot.domain.bank import GUIDELINES, QuestionBank
from bot.domain.client import Client, SideOf
from bot.domain.client_review import ActionItem, ActionState, Light, Note
from bot.domain.decision import Decision, Standing, standing
from bot.domain.ids import OccurrenceId, QuestionId
from bot.domain.pack import (
    ActionLine,
    AnswerLine,
    AskedLine,
    ConditionLine,
    DecisionLine,
    EndingLine,
    GuidelineLine,
    Line,
    MissedLine,
    Pack,
    PackItem,
    RequestLine,
    SettledLine,
)
from bot.domain.policy import Policy
from bot.domain.profile import Clients, Profile
from bot.domain.review import Review
from bot.domain.tool import name_key
from bot.domain.verdict import IN_USE, STAGE_NOW, Verdict, mark_all, open_case
from bot.domain.withheld import Withheld

WIDEST: Final = 4  # an overdue condition of this gap turns the light red


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision, with the answers and the verdict it rests on, and the places of its conditions that are closed."""

    decision: Decision
    answers: Mapping[QuestionId, tuple[str, ...]]
    verdict: Verdict
    closed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Register:
    """All that a pack is made from. It may hold more than this client's: what is not theirs is left out."""

    clients: Sequence[Client]
    recorded: Sequence[Recorded] = ()
    requests: Sequence[Review] = ()
    actions: Sequence[ActionItem] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What came before this review: when one was last held, how many were, and whether the last one was missed."""

    held_at: datetime | None = None
    held_on: date | None = None
    held: int = 0
    missed: bool = False


def touches(client: Client, clients: Clients) -> bool:
    """Does a use touch this client? By name or alias, or because it touches all of them; never because nobody knew."""
    keys = _keys(client)
    return clients.everyone or any(name_key(name) in keys for name in clients.names)


def pack_of(
    client: Client,
    occurrence: OccurrenceId,
    register: Register,
    before: Before,
    *,
    asked_for: Iterable[Note] = (),
    agenda: Agenda,
    bank: QuestionBank,
    policy: Policy,
    as_of: datetime,
    today: date,
) -> Pack:
    """The pack of one client as of a moment; `today` is the day there, on the client's clock."""
    recorded = [
        each
        for each in register.recorded
        if touches(client, each.decision.profile.clients) and each.decision.superseded_by is None
    ]
    requests = [
        each
        for each in register.requests
        if each.profile is not None and not each.ended and touches(client, each.profile.clients)
    ]
    mine = [each for each in register.actions if each.client == client.id]
    actions = [each for each in mine if each.state is ActionState.OPEN]
    withheld = _withheld(client, register, recorded, requests)
    facts = _Facts(client, agenda, bank, policy, as_of, today, withheld, before)
    lines: dict[str, Sequence[Line]] = {
        codes.ACTIONS: [*facts.of_actions(actions), *facts.of_settled(mine)],
        codes.CHANGES: facts.of_changes(recorded),
        codes.COMING: facts.of_requests(requests),
        codes.CONDITIONS: facts.of_conditions(recorded),
        codes.ENDING: facts.of_endings(recorded),
        codes.GUIDELINE: facts.of_guideline(recorded),
        codes.OWN: [AskedLine(Light.GREEN, withheld.out_of(note.text), note.by) for note in asked_for],
    }
    for item in agenda.items:
        if item.questions or item.code == codes.SIGNALS:
            lines[item.code] = facts.of_answers(recorded, item)
    light = _worst(line.light for each in lines.values() for line in each)
    items = tuple(
        PackItem(item.code, item.title, item.minutes[light], item.ask, tuple(lines.get(item.code, ())))
        for item in agenda.items
    )
    return Pack(client.id, client.name, occurrence, as_of, before.held_on, light, items)


@dataclass(frozen=True, slots=True)
class _Facts:
    """The lines of one client's pack, kind by kind; what it is handed is the client's already."""

    client: Client
    agenda: Agenda
    bank: QuestionBank
    policy: Policy
    as_of: datetime
    today: date
    withheld: Withheld
    before: Before

    def of_actions(self, actions: Iterable[ActionItem]) -> Sequence[Line]:
        """Overdue ones first, the longest overdue on top."""
        found: list[Line] = [MissedLine(Light.RED)] if self.before.missed else []
        for each in sorted(actions, key=lambda action: (action.due_on, action.id)):
            overdue = each.due_on < self.today
            worries = each.due_on <= self.today or each.meetings >= self.agenda.carried_most
            light = Light.AMBER if worries else Light.GREEN
            text, owner = self.withheld.out_of(each.text), each.owner
            if each.side is SideOf.CLIENTS:
                owner = self.withheld.out_of(owner)
            why = self.withheld.out_of(each.moved[-1].because) if each.moved else ""
            line = ActionLine(light, each.id, text, each.side, owner, each.due_on, overdue, each.meetings, why)
            found.append(line)
        return found

    def of_settled(self, actions: Iterable[ActionItem]) -> Sequence[Line]:
        """What was done or given up since the last review: nothing goes without a word."""
        since = self.since
        new = [(each.closed_at, each) for each in actions if each.closed_at and since < each.closed_at <= self.as_of]
        return [
            SettledLine(
                Light.GREEN,
                each.id,
                self.withheld.out_of(each.text),
                each.side,
                self.withheld.out_of(each.owner) if each.side is SideOf.CLIENTS else each.owner,
                each.state,
                self.withheld.out_of(each.closed_because),
            )
            for _, each in sorted(new, key=lambda found: (found[0], found[1].id))
        ]

    @property
    def since(self) -> datetime:
        """When the last review ended; the first one looks back a fixed time."""
        return self.before.held_at or self.as_of - timedelta(days=self.agenda.first_days)

    def of_changes(self, recorded: Iterable[Recorded]) -> Sequence[Line]:
        """Decisions since the last review that was held; the first one looks back a fixed time."""
        new = [each for each in recorded if self.since < each.decision.decided_at <= self.as_of]
        return [
            DecisionLine(
                Light.GREEN if each.decision.allows else Light.AMBER,
                each.decision.id,
                self._tool(each.decision),
                each.decision.outcome,
                each.decision.decided_at.date(),
                each.decision.valid_until,
                len(each.decision.conditions),
                each.decision.risk_acceptance,
            )
            for each in sorted(new, key=lambda each: (each.decision.decided_at, each.decision.id))
        ]

    def of_requests(self, requests: Iterable[Review]) -> Sequence[Line]:
        """What is asked for and not decided, the riskiest first."""
        found = [self._request(each, each.profile) for each in requests if each.profile is not None]
        return sorted(found, key=lambda line: (-line.tier, line.tool, line.review))

    def _request(self, review: Review, profile: Profile) -> RequestLine:
        case = open_case(self.bank, self.policy, profile)
        unknown = tuple(
            question.id
            for question in case.asked
            if (given := review.answers.get(question.id)) and given.is_unknown and question.blockers(case.on)
        )
        left = sum(question.id not in review.answers for question in case.asked)
        soon = review.go_live is not None and review.go_live <= self.today + timedelta(days=self.agenda.soon_days)
        light = Light.AMBER if soon or unknown else Light.GREEN
        tool = self.withheld.out_of(review.tool_name)
        return RequestLine(light, review.id, tool, review.stage, case.risk.tier, left, unknown, review.go_live)

    def of_conditions(self, recorded: Iterable[Recorded]) -> Sequence[Line]:
        """Open conditions that are overdue or due soon; an overdue one of the widest gap is red."""
        until = self.today + timedelta(days=self.agenda.soon_days)
        found: list[ConditionLine] = []
        for each in recorded:
            for place, condition in enumerate(each.decision.conditions):
                if condition.due_on is None or condition.due_on > until or place in each.closed:
                    continue
                overdue, added = condition.due_on < self.today, condition.added_by is not None
                found.append(
                    ConditionLine(
                        Light.RED if overdue and condition.gap >= WIDEST else Light.AMBER,
                        each.decision.id,
                        place,
                        self._tool(each.decision),
                        self.withheld.out_of(condition.text) if added else condition.text,
                        condition.owner,
                        condition.due_on,
                        overdue,
                        condition.gap,
                        added,
                    )
                )
        return sorted(found, key=lambda line: (line.due_on, -line.gap, line.decision, line.place))

    def of_endings(self, recorded: Iterable[Recorded]) -> Sequence[Line]:
        """Decisions that let a tool be used and end soon, have ended, or are suspended."""
        until = self.today + timedelta(days=self.agenda.ending_days)
        found = [
            EndingLine(Light.AMBER, each.decision.id, self._tool(each.decision), each.decision.valid_until, state)
            for each in recorded
            if each.decision.allows
            and (state := standing(each.decision, today=self.today)) is not Standing.SUPERSEDED
            and (state is not Standing.VALID or each.decision.valid_until <= until)
        ]
        return sorted(found, key=lambda line: (line.valid_until, line.tool, line.decision))

    def of_answers(self, recorded: Iterable[Recorded], item: AgendaItem) -> Sequence[Line]:
        """What is on record for the item's questions; under the signals also what rules a tool out that is in use."""
        found: list[AnswerLine] = []
        for each in self._counting(recorded):
            case = open_case(self.bank, self.policy, each.decision.profile)
            stage = each.answers.get(STAGE_NOW)
            in_use = stage is None or not IN_USE.isdisjoint(stage)
            for mark in mark_all(case, each.answers):
                alarm = self._alarm(mark.question.id, mark.codes)
                rules_out = mark.blocked and in_use and item.code == codes.SIGNALS
                if not rules_out and (mark.question.id not in item.questions or not (mark.gap or alarm)):
                    continue
                light = Light.RED if rules_out else alarm or Light.GREEN
                tool = self._tool(each.decision)
                found.append(AnswerLine(light, tool, mark.question.id, mark.codes, mark.gap, rules_out))
        return sorted(found, key=lambda line: (-_rank(line.light), -line.gap, line.tool, line.question))

    def _alarm(self, question: QuestionId, given: Iterable[str]) -> Light | None:
        lights = self.agenda.alarms.get(question, {})
        return max((lights[code] for code in given if code in lights), key=_rank, default=None)

    def of_guideline(self, recorded: Iterable[Recorded]) -> Sequence[Line]:
        """The count of reviews held chooses the guideline, so that no skipped week loses one."""
        code = GUIDELINES[self.before.held % len(GUIDELINES)]
        week = self.agenda.weeks[code]
        counting = self._counting(recorded)
        points = [each.verdict.sub_scores.get(code, 0) for each in counting]
        worst = max(counting, key=lambda each: (each.verdict.sub_scores.get(code, 0), each.decision.id), default=None)
        tool, most = (self._tool(worst.decision), max(points)) if worst is not None and max(points) else ("", 0)
        average = round(sum(points) / len(points)) if points else 0
        return [GuidelineLine(Light.GREEN, code, week.story, week.ask, len(points), average, tool, most)]

    def _counting(self, recorded: Iterable[Recorded]) -> list[Recorded]:
        """The decisions that let a tool be used today."""
        return [
            each
            for each in recorded
            if each.decision.allows and standing(each.decision, today=self.today) is Standing.VALID
        ]

    def _tool(self, decision: Decision) -> str:
        return self.withheld.out_of(decision.tool_name)


def _withheld(client: Client, register: Register, recorded: Iterable[Recorded], requests: Iterable[Review]) -> Withheld:
    """Everybody else's names: those of the register, and those that only a profile knows."""
    others = [name for each in register.clients if each.id != client.id for name in (each.name, *each.aliases)]
    scopes = [each.decision.profile.clients for each in recorded]
    scopes += [each.profile.clients for each in requests if each.profile is not None]
    others += [name for clients in scopes for name in clients.names]
    return Withheld((client.name, *client.aliases), others)


def _keys(client: Client) -> frozenset[str]:
    return frozenset(name_key(name) for name in (client.name, *client.aliases))


def _rank(light: Light) -> int:
    return tuple(Light).index(light)


def _worst(lights: Iterable[Light]) -> Light:
    return max(lights, key=_rank, default=Light.GREEN)
