"""What an act is handed: every table's door over one open transaction. It opens and ends no transaction itself."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store.actions import Actions, Findings
from bot.store.asked import AskedQuestions
from bot.store.audit import AuditTrail
from bot.store.clients import ClientRegister
from bot.store.conditions import Conditions
from bot.store.decisions import Decisions
from bot.store.drafts import Drafts
from bot.store.due import DueRows
from bot.store.inbox import Inbox
from bot.store.knowledge import KnowledgeVersions
from bot.store.lead_groups import LeadGroups
from bot.store.model_calls import ModelCalls
from bot.store.notices import Notices
from bot.store.occurrences import Occurrences
from bot.store.reminded import Reminded
from bot.store.reviews import Reviews
from bot.store.series import AllSeries
from bot.store.switches import Switches
from bot.store.tools import Tools
from bot.store.verdicts import Verdicts


class Work:
    """One transaction's doors. Good only until the act that got it returns."""

    __slots__ = (
        "actions",
        "asked",
        "audit",
        "clients",
        "conditions",
        "connection",
        "decisions",
        "drafts",
        "due",
        "findings",
        "inbox",
        "knowledge",
        "lead_groups",
        "model_calls",
        "notices",
        "occurrences",
        "reminded",
        "reviews",
        "series",
        "switches",
        "tools",
        "verdicts",
    )

    def __init__(self, connection: Connection, audit_key: bytes) -> None:
        self.connection = connection
        self.inbox = Inbox(connection)
        self.tools = Tools(connection)
        self.reminded = Reminded(connection)
        self.reviews = Reviews(connection)
        self.verdicts = Verdicts(connection)
        self.decisions = Decisions(connection, self.tools)
        self.conditions = Conditions(connection)
        self.clients = ClientRegister(connection)
        self.series = AllSeries(connection)
        self.occurrences = Occurrences(connection)
        self.actions = Actions(connection)
        self.findings = Findings(connection)
        self.lead_groups = LeadGroups(connection)
        self.asked = AskedQuestions(connection)
        self.switches = Switches(connection)
        self.model_calls = ModelCalls(connection)
        self.drafts = Drafts(connection)
        self.due = DueRows(connection)
        self.notices = Notices(connection)
        self.audit = AuditTrail(connection, audit_key)
        self.knowledge = KnowledgeVersions(connection)

    def finish(self) -> None:
        """Write what was kept for the end. The store calls this after the act, before the commit."""
        self.audit.write()
