"""`preflight check`: settings, database, knowledge, Slack, model. A line each, with what to do; it changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.passage import Shelf

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.knowledge import Knowledge
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str


def check_all(settings: Settings) -> list[Check]:
    """Look at everything `run` needs."""
    found = [*_settings(settings), _database(settings), *_knowledge(settings)]
    if settings.slack_bot_token is not None:
        found += asyncio.run(_slack(settings))
    return [*found, *_prompts(settings), _model(settings)]


def _settings(settings: Settings) -> list[Check]:
    from bot.settings import needed_to_run

    faults = needed_to_run(settings)
    if not faults:
        return [Check("settings", True, "all that is needed is there")]
    return [Check("settings", False, str(fault)) for fault in faults]


def _database(settings: Settings) -> Check:
    from bot.store.engine import StoreUnavailable
    from bot.store.migrations import Migrated, migration_state

    try:
        state = migration_state(settings.database)
    except StoreUnavailable as error:
        return Check("database", False, f"{error}.")
    if isinstance(state, Migrated):
        return Check("database", True, f"up to date (schema {state.head})")
    return Check("database", False, "not up to date. Run: preflight migrate")


def _knowledge(settings: Settings) -> list[Check]:
    from bot.knowledge import KnowledgeFaults, load_knowledge

    try:
        knowledge = load_knowledge(settings.knowledge)
    except KnowledgeFaults as faults:
        return [Check("knowledge", False, str(fault)) for fault in faults.faults]
    count = len(knowledge.bank.questions)
    read = Check("knowledge", True, f"{count} questions, version {knowledge.version[:12]}")
    return [read, *_library(knowledge), *_secrets(knowledge)]


def _library(knowledge: Knowledge) -> list[Check]:
    library = knowledge.library
    if faults := library.faults:
        return [Check("library", False, str(fault)) for fault in faults]
    own = sum(passage.shelf is Shelf.POLICY for passage in library.passages)
    return [Check("library", True, f"{len(library.passages)} passages, {own} of them from your own policies")]


def _secrets(knowledge: Knowledge) -> list[Check]:
    from bot.knowledge import KnowledgeFaults

    try:
        secrets = knowledge.secrets.get()
    except KnowledgeFaults as faults:
        return [Check("secrets", False, str(fault)) for fault in faults.faults]
    return [Check("secrets", True, f"{len(secrets.rules.rules)} kinds are taken out of what people write")]


def _prompts(settings: Settings) -> list[Check]:
    from bot.llm.prompts import PromptFaults, load_prompts

    try:
        prompts = load_prompts(settings.prompts)
    except PromptFaults as faults:
        return [Check("prompts", False, str(fault)) for fault in faults.faults]
    return [Check("prompts", True, ", ".join(f"{task} v{prompt.version}" for task, prompt in prompts.items()))]


def _model(settings: Settings) -> Check:
    from bot.wiring.model import place_of

    place = place_of(settings)
    if place is None:
        half = settings.openai_api_key is not None or settings.openai_base_url is not None
        why = "OPENAI_MODEL names none" if half else "none set"
        return Check("model", True, f"{why}; everything works without one")
    from bot.llm.probe import probe

    found = asyncio.run(probe(place))
    return Check("model", found.ok, found.text)


async def _slack(settings: Settings) -> list[Check]:
    import aiohttp
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.manifest import BOT_SCOPES

    token = settings.slack_bot_token
    if token is None:
        return []
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token=token.get_secret_value(),
            base_url=settings.slack_api_url,
            session=session,
            timeout=10,
            retry_handlers=[],
        )
        try:
            answer = await client.auth_test()
        except SlackApiError as error:
            said = str(error.response.get("error"))
            return [Check("slack", False, f"Slack says {said}. Look at SLACK_BOT_TOKEN, and install the app again.")]
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return [Check("slack", False, f"Slack could not be reached ({type(error).__name__}). Look at the network.")]
        checks = [Check("slack", True, f"reached as {answer.get('user')} in {answer.get('team')}")]
        granted = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
        if granted and (missing := sorted(set(BOT_SCOPES) - granted)):
            text = f"missing {', '.join(missing)}. Add them under OAuth & Permissions, and install the app again."
            checks.append(Check("scopes", False, text))
        elif granted:
            checks.append(Check("scopes", True, "all that are needed are granted"))
        if settings.security_channel:
            checks.append(await _channel(client, settings.security_channel))
        return checks


async def _channel(client: AsyncWebClient, channel: str) -> Check:
    from slack_sdk.errors import SlackApiError

    try:
        said = (await client.conversations_info(channel=channel)).get("channel") or {}
    except SlackApiError as error:
        why = str(error.response.get("error"))
        return Check("security channel", False, f"Slack says {why} of SECURITY_CHANNEL. Invite the bot there.")
    if said.get("is_ext_shared") or said.get("is_org_shared"):
        return Check("security channel", False, "it is shared outside the company; choose an internal one.")
    if said.get("is_member") is False:
        return Check("security channel", False, "the bot is not in it. Invite it there with /invite.")
    return Check("security channel", True, f"#{said.get('name', channel)}, internal")
