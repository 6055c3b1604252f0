"""Keep the library up to date: pages that changed are read again, and one that is left out is told once.

No answer waits for this, and nothing anybody wrote on a page is logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Final

from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.knowledge import Broken
from bot.use_cases.desk import Acting, Desk

log = logging.getLogger(__name__)

FAULTS_TOLD: Final = 5  # of one page; the check names them all


async def keep_library(desk: Desk) -> None:
    """Read what changed, and tell the security channel of pages that are left out for what stands in them."""
    library = desk.knowledge.library
    if await asyncio.to_thread(library.refresh):
        log.info("library read", extra={"passages": len(library.passages), "left_out": len(library.broken)})
    if broken := library.untold:
        await desk.act(_tell, broken)
        library.told(broken)  # only now: an act that failed is made good by the next look
        for page in broken:
            log.warning("page left out of the library", extra={"page": page.file, "faults": len(page.faults)})


def _tell(act: Acting, broken: tuple[Broken, ...]) -> None:
    for page in broken:
        # Under a key that is owed once, whichever process sees it first, and never again for the same content.
        key = hashlib.sha256(f"{page.file}\0{page.digest}".encode("utf-8", "backslashreplace")).hexdigest()[:40]
        faults = [f"{fault.entry} · {fault.wrong} · {fault.fix}" for fault in page.faults]
        facts = {"page": page.file, "faults": "\n".join(faults[:FAULTS_TOLD]), "more": str(len(faults[FAULTS_TOLD:]))}
        to = Recipient(act.desk.security_channel)
        act.owe_later(Notice(f"policy_fault:{key}", NoticeKind.POLICY_FAULT, to, facts=facts))
