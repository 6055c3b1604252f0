"""What a command needs before it can begin: the tables, and the key of the audit trail. No Slack is loaded for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


class NotReady(Exception):
    """A command cannot start; the text says why and what to do."""


def audit_key_of(settings: Settings) -> bytes:
    """The key of the audit trail: the one that was set, else the one kept in the data directory."""
    from bot.settings import data_directory, kept_audit_key

    key = settings.audit_key or kept_audit_key(data_directory())
    return key.get_secret_value().encode()
