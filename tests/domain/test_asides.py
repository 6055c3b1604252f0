"""What people tell of the past, of an "if", of others and of their day is not proposed; what they ask for is."""

import pytest

from tests.domain.test_sentence import proposed


def facts_of(text: str) -> set[tuple[str, str]]:
    return {each for each in proposed(text) if each[0] not in ("tool", "purpose")}


@pytest.mark.parametrize(
    ("aside", "meant", "facts"),
    [
        (
            "We had 30 people in the meeting. Can we use Miro?",
            "Can we use Miro for 30 people?",
            {("seats", "30")},
        ),
        (
            "Last year 200 agents used it. Can we use Pidgin?",
            "Can we use Pidgin? 200 agents will use it.",
            {("seats", "200")},
        ),
        (
            "If we ever buy an app it should be cloud based.",
            "We want to buy an app, it should be cloud based.",
            {("kinds", "saas")},
        ),
        (
            "People sign in to Lattice with a password. Can we use it?",
            "Can we use Lattice? It stores passwords.",
            {("data", "credentials")},
        ),
        (
            "LastPass was hacked, passwords leaked. Can we use Keeper?",
            "Can we use Keeper? It holds passwords.",
            {("data", "credentials")},
        ),
        (
            "Can we use Drata? They encrypt their own customer data.",
            "Can we use Drata? It sees customer data.",
            {("data", "customer_pii")},
        ),
        (
            "Can we use Box? Keep in mind that health data stays out of it.",
            "Can we use Box? It would hold health data.",
            {("data", "phi")},
        ),
        (
            "The guest wifi password is on the board. Which app is it?",
            "Which app is it? It keeps the guest wifi password.",
            {("data", "credentials")},
        ),
        (
            "The auditor wants a list of browser extensions. Which tool is it?",
            "The tool is a browser extension.",
            {("kinds", "browser_extension")},
        ),
        (
            "Can you please send me the call recordings?",
            "Can we use Otter? It keeps the call recordings.",
            {("data", "recordings")},
        ),
        (
            "Contractors need to sign the NDA.",
            "Contractors need an app to sign the NDA.",
            {("users", "contractors")},
        ),
        ("450 agents could not log in to it.", "450 agents would use it.", {("seats", "450")}),
        ("Can we use Balto? 20 of our 350 agents would.", "Can we use Balto? 350 agents would.", {("seats", "350")}),
        ("any1 against postman 4 devs?", "any1 against postman for 4 devs?", {("seats", "4")}),
    ],
)
def test_a_fact_that_is_only_talked_of_is_not_proposed(aside: str, meant: str, facts: set[tuple[str, str]]) -> None:
    assert not facts & facts_of(aside)
    assert facts <= facts_of(meant)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Is this safe? https://tool.invalid", "https://tool.invalid"),
        ("Is this safe? https://tool.invalid/for-agents", "https://tool.invalid/for-agents"),
        ("Did you see this? https://news.invalid/2026/breach", None),
        ("Is it safe, what they say? https://forum.invalid/r/all/comments/1", None),
        ("Is it safe? https://wiki.invalid", None),
        ("Could you review https://github.com/acme/app/pull/77 please?", None),
        ("Could you review https://github.com/acme/app please?", "https://github.com/acme/app"),
        ("Can we use Asana? https://wiki.invalid/asana has more", None),
        ("Can we use Asana? https://asana.invalid has more", "https://asana.invalid"),
    ],
)
def test_an_address_is_the_tool_s_only_where_it_is_a_site_of_its_own(text: str, url: str | None) -> None:
    assert dict(proposed(text)).get("url") == url


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("We don't need Zoom. We need Jitsi.", "Jitsi"),
        ("I called Microsoft yesterday, they had no clue.", None),
        ("It has to sit on top of SharePoint.", None),
        ("ScreenConnect is out. We'd like Guacamole.", "Guacamole"),
        ("Raycast, see raycast.com. Can we use Raycast?", "Raycast"),
        ("We need Anna in the call.", None),
        ("Review with Dana tomorrow.", None),
        ("Has Contoso approved it?", None),
        ("Has Zoom been approved?", "Zoom"),
        ("lunch?", None),
    ],
)
def test_a_name_is_the_tool_only_where_somebody_asks_for_it(text: str, tool: str | None) -> None:
    assert dict(proposed(text)).get("tool") == tool
