"""Who is new among the leads: noticed at every click that counts, and by the clock; the others are told.

Noticing somebody is what makes them wait, so clicking first helps nobody. An error never changes who counts: a look-up
that fails is refused before anything is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.audit import Tag
from bot.domain.ids import UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.roster import Member, Roster, compare
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.ports import DirectoryUnavailable

log = logging.getLogger(__name__)

TOLD_TOGETHER: Final = 100  # people in one message, so that it fits

Groups = Mapping[str, frozenset[UserId]]
Known = Mapping[str, tuple[Member, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """The lists as they are, and what is stored of the groups on them."""

    leads: Roster
    cisos: Roster
    known: Known


async def look_at_leads(desk: Desk, *, now: bool = True) -> Seen:
    """Look who is on the lists; whoever is new in a group is written down, and the leads are told once.

    Without `now` the answer may be some seconds old. That is good enough to see that somebody came or left, and never
    to write it down: then the directory is asked again.
    """
    leads, cisos = await desk.directory.rosters(now=now)
    groups = {**leads.groups, **cisos.groups}
    known = await desk.read(_known, groups) if groups else {}
    if any(group not in known or {each.user for each in known[group]} != groups[group] for group in groups):
        if not now:
            return await look_at_leads(desk, now=True)
        known = await desk.act(_notice, groups)
    return Seen(leads, cisos, known)


async def keep_watch(desk: Desk) -> None:
    """Look by the clock, so that the wait of a new lead begins, and is told, before they try to sign."""
    try:
        await look_at_leads(desk)
    except DirectoryUnavailable as error:
        # Nobody came and nobody left as far as we know; the next look makes it good, and so does any click.
        log.warning("leads not looked up", extra={"error": type(error.__cause__ or error).__name__})


def _known(work: Work, groups: Groups) -> Known:
    return work.lead_groups.members(groups)


def _notice(act: Acting, groups: Groups) -> Known:
    """Write down who came and who left. Two looks at once take turns, so nobody is told twice."""
    wait = act.desk.knowledge.lead_wait
    for group in sorted(groups):
        first_look = act.work.lead_groups.locked(group, act.at)
        known = act.work.lead_groups.members([group])[group]
        changes = compare(known, groups[group], first_look=first_look, at=act.at, wait=wait)
        act.work.lead_groups.change(group, came=changes.came, left=changes.left)
        for user in changes.left:
            act.record(Tag.LEAD_LEFT, user, group=group)
        if first_look:
            continue  # nobody is new in a group that is
        for member in changes.came:
            from_when = member.counts_from.isoformat() if member.counts_from else None
            act.record(Tag.LEAD_SEEN, member.user, group=group, counts_from=from_when)
        for at in range(0, len(changes.came), TOLD_TOGETHER):
            _tell(act, group, changes.came[at : at + TOLD_TOGETHER])
    return act.work.lead_groups.members(groups)


def _tell(act: Acting, group: str, came: tuple[Member, ...]) -> None:
    counts_from = (came[0].counts_from or act.at).isoformat()
    facts = {"who": ",".join(member.user for member in came), "counts_from": counts_from}
    key = f"new_leads:{group}:{act.at.isoformat()}:{came[0].user}"
    act.owe(Notice(key, NoticeKind.NEW_LEADS, Recipient(act.desk.security_channel), facts=facts))
