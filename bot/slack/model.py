"""`/preflight model`: how it stands with the model, and the switch that only security leads turn. It asks no model."""

from __future__ import annotations

from typing import Final

from bot.domain.model_use import Use
from bot.slack.call import Call
from bot.slack.cards.model import model_message
from bot.use_cases import model_switch
from bot.use_cases.desk import Desk

# What may stand behind the word; anything else is a tool that is called so.
WORDS: Final = frozenset({"", *Use})


async def on_model(call: Call, desk: Desk, wanted: str) -> None:
    """Show how it stands, after switching where that was asked for."""
    changed = None
    if wanted:
        changed = await model_switch.switch(desk, call.came, to=Use(wanted), by=call.user)
    standing = await model_switch.how_it_stands(desk)
    await call.whisper_card(model_message(standing, switched=changed))
