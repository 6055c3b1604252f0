"""What an act is handed: every table's door over one open transaction. It opens and ends no transaction itself."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store.audit import AuditTrail
from bot.store.decisions import Decisions
from bot.store.inbox import Inbox
from bot.store.knowledge import KnowledgeVersions
from bot.store.notices import Notices
from bot.store.reviews import Reviews
from bot.store.tools import Tools
from bot.store.verdicts import Verdicts


class Work:
    """One transaction's doors. Good only until the act that got it returns."""

    __slots__ = ("audit", "connection", "decisions", "inbox", "knowledge", "notices", "reviews", "tools", "verdicts")

    def __init__(self, connection: Connection, audit_key: bytes) -> None:
        self.connection = connection
        self.inbox = Inbox(connection)
        self.tools = Tools(connection)
        self.reviews = Reviews(connection)
        self.verdicts = Verdicts(connection)
        self.decisions = Decisions(connection, self.tools)
        self.notices = Notices(connection)
        self.audit = AuditTrail(connection, audit_key)
        self.knowledge = KnowledgeVersions(connection)

    def finish(self) -> None:
        """Write what was kept for the end. The store calls this after the act, before the commit."""
        self.audit.write()
