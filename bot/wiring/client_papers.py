"""`preflight client-pack`: a client's own copy, made over the database alone. Slack is not asked for anything."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bot.knowledge import load_knowledge
from bot.store.database import open_store
from bot.store.migrations import Migrated, migration_state
from bot.use_cases.review_papers import Form, Made, client_copy_of
from bot.wiring.ready import NotReady, audit_key_of

if TYPE_CHECKING:
    from bot.settings import Settings


def client_copy(settings: Settings, client: str, *, on: date | None, form: str) -> Made:
    """Make the copy of a client's pack that the client may see, and put its digest on record."""
    if not isinstance(migration_state(settings.database), Migrated):
        raise NotReady("The database is not up to date. Run: preflight migrate")
    return asyncio.run(_copy(settings, client, on, Form(form)))


async def _copy(settings: Settings, client: str, on: date | None, form: Form) -> Made:
    knowledge = load_knowledge(settings.knowledge)
    store = open_store(settings.database, audit_key=audit_key_of(settings))
    try:
        return await client_copy_of(store, knowledge, client=client, on=on, form=form, now=datetime.now(UTC))
    finally:
        await store.close()
