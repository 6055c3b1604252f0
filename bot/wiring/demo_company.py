"""The made-up company of the playground: its people, its channels, and the first words in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.playground.workspace import Workspace

TEAM_LEAD: Final = "UTEAMLEAD"
OTHER_LEAD: Final = "UOTHERLEAD"
LEAD_1: Final = "ULEADONE"
LEAD_2: Final = "ULEADTWO"
CISO: Final = "UCISO"
GUEST: Final = "UGUEST"
PEOPLE: Final = (TEAM_LEAD, OTHER_LEAD, LEAD_1, LEAD_2, CISO)
LEADS_GROUP: Final = "SSECURITY"
SECURITY_CHANNEL: Final = "CSECURITY"
TEAM_CHANNEL: Final = "CTEAMLEADS"
SHARED_CHANNEL: Final = "CSHARED"
BANK_CHANNEL: Final = "CBANK"
CLINIC_CHANNEL: Final = "CCLINIC"
PARCELS_CHANNEL: Final = "CPARCELS"
ZONES: Final[Mapping[str, str]] = {
    TEAM_LEAD: "Europe/London",
    OTHER_LEAD: "Asia/Manila",
    LEAD_1: "Europe/London",
    LEAD_2: "America/New_York",
    CISO: "Europe/Berlin",
    GUEST: "Europe/Berlin",
}

CLIENT_CHANNELS: Final = (
    (BANK_CHANNEL, "example-bank", "Example Bank"),
    (CLINIC_CHANNEL, "sample-clinic", "Sample Clinic"),
    (PARCELS_CHANNEL, "mock-parcels", "Mock Parcels"),
)

WELCOME: Final = f"""\
*Before your team rolls out a tool, ask <@UPREFLIGHT> here.* It asks what matters, says yes or no and why, and \
keeps the decision for the next team. These are on record already; ask about one by its name:
• Example Wiki: approved
• Sample Surveys: approved with conditions
• Demo Timer: expired
• Mock Clipboard: pulled back
• Placeholder Remote: rejected
• Sample Notetaker: waits for a sign-off. Be <@{LEAD_1}> (top right) and open #security-decisions to sign it.
Or look them up just for yourself: `/preflight find sample`
*Meet a client?* The pack of the next security review with Example Bank, a made-up one, is in #example-bank."""
FIRST_PACK: Final = (
    f"<@{TEAM_LEAD}> the pack of your next review with Example Bank comes in here. When you sit down together, press "
    "*Start Review* under it: it leads you through the agenda, and writes the minutes."
)
NEXT_PACK: Final = "The pack of our next review with Sample Clinic comes in here a day before it."
WAITING: Final = (
    f"<!subteam^{LEADS_GROUP}> one review waits for sign-off: Sample Notetaker. It needs two of you, "
    "since it hears customers at agents' homes. Who takes the first look?"
)

WELCOME_BACK: Final = """\
*Your records are back, the messages are not.* Everything decided or asked earlier stands on record: ask about a tool \
by its name, or type `/preflight find` and the name. What is still open has a fresh card: for teams in their direct \
messages with <@UPREFLIGHT>, for the security leads in #security-decisions, for client reviews in the client's \
channel."""


def fill_workspace(workspace: Workspace, now: datetime, *, again: bool = False) -> None:
    """Put people and channels into an empty playground; with `again` over records that were made before."""
    workspace.clear()

    def person(id: str, name: str, real_name: str, **more: Any) -> None:
        workspace.add_person(id, name, real_name, tz=ZONES[id], **more)

    person(TEAM_LEAD, "tara", "Tara Teamlead", title="Team lead, customer care", email="tara@demo.invalid")
    person(OTHER_LEAD, "omar", "Omar Otherteam", title="Team lead, back office", email="omar@demo.invalid")
    person(LEAD_1, "sam", "Sam Securitylead", title="Security lead", email="sam@demo.invalid")
    person(LEAD_2, "lena", "Lena Securitylead", title="Security lead", email="lena@demo.invalid")
    person(CISO, "chris", "Chris Ciso", title="Chief information security officer", email="chris@demo.invalid")
    person(GUEST, "gina", "Gina Guest", title="At a client, guest", email="gina@client.invalid", is_restricted=True)
    workspace.add_group(LEADS_GROUP, "security-leads", "Security leads", [LEAD_1, LEAD_2])
    inside = list(PEOPLE)
    workspace.add_channel(TEAM_CHANNEL, "team-leads", members=inside, topic="Ask here before you roll something out")
    workspace.add_channel(
        SECURITY_CHANNEL,
        "security-decisions",
        members=[LEAD_1, LEAD_2, CISO],
        is_private=True,
        topic="Requests that wait for a sign-off",
    )
    workspace.add_channel(
        SHARED_CHANNEL,
        "client-project",
        members=[*inside, GUEST],
        is_ext_shared=True,
        topic="Shared with a client: Preflight answers in a direct message instead",
    )
    for channel, name, client in CLIENT_CHANNELS:
        topic = f"Our own channel about {client}, a made-up client: packs and minutes of its security reviews"
        workspace.add_channel(channel, name, members=inside, topic=topic)
    for user in (*inside, GUEST):
        workspace.dm_with(user)
    said = workspace.add_message
    if again:
        said(TEAM_CHANNEL, CISO, WELCOME_BACK, at=now - timedelta(minutes=1))
        return
    said(TEAM_CHANNEL, CISO, WELCOME, at=now - timedelta(minutes=50))
    said(TEAM_CHANNEL, OTHER_LEAD, "Is anybody using a note taker for calls yet?", at=now - timedelta(minutes=42))
    said(
        TEAM_CHANNEL,
        TEAM_LEAD,
        "We would like to. Let me ask Preflight first.",
        at=now - timedelta(minutes=40),
    )
    said(BANK_CHANNEL, LEAD_2, FIRST_PACK, at=now - timedelta(minutes=30))
    said(CLINIC_CHANNEL, LEAD_1, NEXT_PACK, at=now - timedelta(minutes=30))
    # Said just now, not before anyone looked: the leads find it unread and with their names on it.
    workspace.post(SECURITY_CHANNEL, CISO, WAITING, at=now - timedelta(minutes=20))
