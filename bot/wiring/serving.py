"""`preflight run`: checked, put together, served over HTTP or Socket Mode, and ended calmly."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable

from pydantic import SecretStr

from bot.domain.digest import DigestPlan
from bot.domain.model_use import Use
from bot.knowledge import Knowledge, load_knowledge
from bot.llm.prompts import Prompts, load_prompts
from bot.settings import Settings, SettingsFaults, needed_to_run
from bot.store.migrations import NotMigrated, migration_state
from bot.wiring.logs import set_up_logs
from bot.wiring.model import model_of
from bot.wiring.parts import Bot, SlackAccess, build_bot
from bot.wiring.ready import NotReady, audit_key_of


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    set_up_logs(settings.log_level)
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        os.environ.pop(name, None)  # with these in sight Bolt would serve OAuth and ignore what it is told here
    if faults := needed_to_run(settings):
        raise SettingsFaults(faults)
    knowledge, prompts = load_knowledge(settings.knowledge), load_prompts(settings.prompts)
    match migration_state(settings.database):
        case NotMigrated(current=None):
            raise NotReady("The database has no tables yet. Run: preflight migrate")
        case NotMigrated():
            raise NotReady("The database does not fit this version. Run: preflight migrate")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(settings, knowledge, prompts))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quicker loop where it is installed; None for Python's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def access_of(settings: Settings) -> SlackAccess:
    """How the settings say Slack is reached."""
    return SlackAccess(
        token=_open(settings.slack_bot_token),
        signing_secret=_open(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        loopback=settings.slack_on_loopback,
        security_channel=settings.security_channel or "",
        leads=settings.security_leads,
        ciso=settings.ciso,
        digest_channel=settings.digest_channel,
    )


async def _serve(settings: Settings, knowledge: Knowledge, prompts: Prompts) -> None:
    bot = build_bot(
        access_of(settings),
        database=settings.database,
        audit_key=audit_key_of(settings),
        knowledge=knowledge,
        digest=DigestPlan(settings.digest_weekday, settings.digest_hour, settings.time_zone),
        model=model_of(settings, prompts, knowledge),
        model_use=Use(settings.model_use),
        link_hosts=settings.link_hosts,
    )
    bot.start()
    _spare_the_collector()
    try:
        if settings.socket_mode:
            await _serve_socket(bot, _open(settings.slack_app_token))
        else:
            await serve_http(bot, settings.host, settings.port)
    finally:
        await bot.stop()


def _spare_the_collector() -> None:
    """Let garbage collections leave alone what was loaded at the start, and come less often: 5 % of a click's time.

    What they would look through each time are 60 MB of modules that never become garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def serve_http(bot: Bot, host: str, port: int) -> None:
    """Listen for Slack until told to stop."""
    import uvicorn

    config = uvicorn.Config(
        bot.door,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,  # we look at no address of whoever calls: the signature is what counts
        ws="none",
        timeout_graceful_shutdown=15,
    )
    await uvicorn.Server(config).serve()


async def _serve_socket(bot: Bot, app_token: str) -> None:
    from bot.slack.serve import serve_socket

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    await serve_socket(bot.app, app_token, stop=stop)


def _open(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
