"""A file of clients, with a Slack that says who people are: whoever is no full member is named with the line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from bot.use_cases.client_import import Imported
from bot.wiring.client_records import Outcome, import_clients
from tests.databases import migrated
from tests.stories.town import GUEST, LEAD_1, LEADS_GROUP, OTHER_LEAD, TEAM_LEAD, TOKEN, Town

ROW = {
    "name": "Northwind",
    "account_owner": TEAM_LEAD,
    "zone": "Asia/Manila",
    "cadence": "monthly",
    "weekdays": "tue",
    "time": "09:30",
    "first_date": "2027-01-05",
    "host": OTHER_LEAD,
    "stand_in": LEAD_1,
    "slower_because": "A small account.",
    "slower_by": LEAD_1,
    "slower_until": "2027-03-01",
}


async def imported(town: Town, tmp_path: Path, *rows: dict[str, str]) -> Outcome:
    settings = Settings(
        database_url=SecretStr(migrated(f"sqlite:///{tmp_path / 'register.sqlite3'}")),
        audit_key=SecretStr("0123456789abcdef"),
        slack_bot_token=SecretStr(TOKEN),
        slack_api_url=f"{town.page}/api/",
        security_leads=(LEADS_GROUP,),
    )
    lines = list(enumerate(rows, 2))
    return await asyncio.to_thread(
        import_clients, settings, lines, skip_bad=False, confirmed=False, progress=lambda *_: None
    )


async def test_whoever_is_no_full_member_is_named_with_line_and_column(town: Town, tmp_path: Path) -> None:
    second = {**ROW, "name": "Contoso", "host": GUEST}
    third = {**ROW, "name": "Fabrikam", "account_owner": "UNOBODY99"}
    outcome = await imported(town, tmp_path, ROW, second, third)
    assert outcome.imported is None
    assert [(each.line, each.column) for each in outcome.checked.faults] == [(3, "host"), (4, "account_owner")]
    assert "full member" in outcome.checked.faults[0].wrong


async def test_a_lead_of_the_group_may_have_allowed_less_often_than_weekly(town: Town, tmp_path: Path) -> None:
    other = await imported(town, tmp_path, {**ROW, "slower_by": TEAM_LEAD})
    assert [each.column for each in other.checked.faults] == ["slower_by"]
    outcome = await imported(town, tmp_path, ROW)
    assert outcome.imported is not None
    assert outcome.imported.added == 1
    assert (await imported(town, tmp_path, ROW)).imported == Imported(0, 0, 1)
