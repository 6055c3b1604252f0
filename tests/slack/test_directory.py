"""Who somebody is gets asked of Slack: whoever is no lead of ours, or whom Slack does not vouch for, signs nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import delete
from starlette.responses import JSONResponse, PlainTextResponse

from bot.domain.ids import ChannelId, PersonId, UserId
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Review, Stage
from bot.domain.verdict import open_case
from bot.playground import events
from bot.playground.lookups import Lookups
from bot.slack import directory as directories
from bot.slack.directory import SlackDirectory, fold_email
from bot.store.tables import lead_groups, lead_members
from bot.store.work import Work
from bot.use_cases import answering, hand_in, intake
from bot.use_cases.desk import Came
from bot.use_cases.ports import DirectoryUnavailable, Room
from bot.wiring.demo_company import LEADS_GROUP
from tests.slack.knock import FORM, Answer, event_body, form_body, knock, signed
from tests.slack.test_delivery import Silence
from tests.stories.town import (
    KNOWLEDGE,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    SECRET,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    TOKEN,
    Town,
    open_town,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBERS = count(1)
# With this use and these answers one lead has to sign; the rest is answered without a gap.
USE = Profile(
    kinds=frozenset({"saas"}),
    data=frozenset({"internal"}),
    users=frozenset({"hq_staff"}),
    seats=20,
    clients=Clients(),
    layers=frozenset(),
)
WORSE = {"G1-ACCESS-MFA": ("password",), "G1-ACCESS-LEAVER": ("none",)}


# --- a review that waits for a signature ------------------------------------------------------------------------------


async def with_the_leads(town: Town, user: str = TEAM_LEAD) -> Review:
    """A review that was handed in, made by the use cases alone."""
    desk, number = town.bot.desk, next(NUMBERS)

    def came(step: str) -> Came:
        return Came(f"{step}:{number}", "")

    by, name = UserId(user), f"Fabrikam Notes {number * 7919}"
    asked = intake.Asked(by, name, Home(ChannelId(user)), bare_name=True)
    review = (await intake.begin(desk, came("begin"), asked)).review
    assert review is not None
    said = intake.Described(profile=USE, tool_name=name, different=True)
    await intake.describe(desk, came("describe"), review=review.id, by=by, said=said)
    case = open_case(KNOWLEDGE.bank, KNOWLEDGE.policy, USE)
    given = tuple((each.id, WORSE.get(each.id) or each.best(USE.layers)) for each in case.asked)
    review = await answering.answer_form(desk, came("answers"), review=review.id, by=by, given=given)
    review = await hand_in.submit(desk, came("submit"), review=review.id, by=by, saw=review.version)
    assert review.stage is Stage.SUBMITTED
    await town.settle()
    return review


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    database = tmp_path_factory.mktemp("directory") / "town.sqlite3"
    async with open_town(f"sqlite:///{database}") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def town(whole_town: Town) -> AsyncIterator[Town]:
    """The town as it was filled, with a directory that remembers nothing."""
    people = {id: replace(person) for id, person in whole_town.workspace.people.items()}
    groups = {id: list(group.members) for id, group in whole_town.workspace.groups.items()}
    forget_everybody(whole_town)
    whole_town.faults.clear()
    whole_town.calls.clear()
    yield whole_town
    await whole_town.settle()
    whole_town.faults.clear()
    whole_town.workspace.people.clear()
    whole_town.workspace.people.update(people)
    for id, members in groups.items():
        whole_town.workspace.groups[id].members[:] = members
    for messages in whole_town.workspace.messages.values():
        messages.clear()
    # The group is as it was filled; so is what was seen of it, or whom a test took out would have to wait.
    await whole_town.bot.desk.store.act(see_nobody)


def see_nobody(work: Work) -> None:
    work.connection.execute(delete(lead_members))
    work.connection.execute(delete(lead_groups))


def forget_everybody(town: Town) -> None:
    directory = town.bot.desk.directory
    assert isinstance(directory, SlackDirectory)
    directory._people.clear()
    directory.forget()


# --- presses and forms, as Slack would send them ----------------------------------------------------------------------


@dataclass
class Sender:
    """Somebody who presses and sends forms about one review. What they carry can be edited."""

    town: Town
    user: str
    review: Review
    value: str = ""
    team: str = "TDEMO"

    async def press(self, control: str) -> Answer:
        now = datetime.now(UTC)
        workspace = self.town.workspace
        message = workspace.post(SECURITY_CHANNEL, workspace.bot_id, "The leads' card", at=now)
        hook = workspace.issue_hook(SECURITY_CHANNEL, self.user, at=now, message_ts=message.ts)
        action = {"type": "button", "action_id": control, "block_id": "sign_off", "value": self.value or self.card}
        payload = events.message_click(
            workspace,
            workspace.people[self.user],
            message,
            action | {"action_ts": f"{now.timestamp():.6f}"},
            values={},
            trigger_id=workspace.issue_trigger(self.user, at=now),
            response_url=f"{self.town.page}/response/{hook.token}",
        )
        return await self._send(payload)

    async def send_form(self, form: str) -> Answer:
        rationale = {"type": "plain_text_input", "action_id": "words"}
        block = {"type": "input", "block_id": "sign_off|rationale", "element": rationale}
        kept = {"type": "checkboxes", "selected_options": []}
        view = {
            "id": f"V{next(NUMBERS)}",
            "type": "modal",
            "callback_id": form,
            "private_metadata": self.value or self.card,
            "blocks": [block],
            "state": {
                "values": {
                    "sign_off|rationale": {"words": {"type": "plain_text_input", "value": "Looks fine."}},
                    "sign_off|kept": {"kept": kept},
                }
            },
        }
        who = {"id": self.user, "team_id": self.town.workspace.people[self.user].team_id}
        return await self._send({"type": "view_submission", "user": who, "team": {"id": self.team}, "view": view})

    async def try_everything(self) -> list[Answer]:
        """Each way to sign: the three buttons, and the three forms without their buttons."""
        controls = ("sign_off|approve", "sign_off|conditions", "sign_off|reject")
        return [
            *[await self.press(control) for control in controls],
            *[await self.send_form(control) for control in controls],
        ]

    @property
    def card(self) -> str:
        return f"{self.review.id}|{self.review.version}"

    async def _send(self, payload: dict[str, Any]) -> Answer:
        body = form_body(payload)
        return await knock(self.town.bot.door, body, signed(body, secret=SECRET, kind=FORM))


async def refusals(town: Town, review: Review) -> list[tuple[str, str]]:
    """Who was refused, and why, as the audit trail has it."""
    entries = await town.bot.desk.read(lambda work: list(work.audit.all()))
    found = [each.event for each in entries if each.event.tag == "review:sign_off:refuse"]
    return [(each.by, str(each.facts["refusal"])) for each in found if each.about == review.id]


async def now_of(town: Town, review: Review) -> Review:
    return await town.bot.desk.read(lambda work: work.reviews.get(review.id))


def told(town: Town, user: str, answers: list[Answer]) -> list[str]:
    """Everything the person was shown for it."""
    forms = [json.loads(each.body) for each in answers if each.body.startswith(b"{")]
    beside = [text for form in forms for text in form.get("errors", {}).values()]
    views = [json.dumps(form["view"]) for form in forms if "view" in form]
    return [*town.whispers(user), *beside, *views]


# --- impostors --------------------------------------------------------------------------------------------------------

Disguise = Callable[[Town], str]


def marked(**marks: Any) -> Disguise:
    """A lead's own account, of which the workspace knows something more."""

    def disguise(town: Town) -> str:
        for name, value in marks.items():
            setattr(town.workspace.people[LEAD_1], name, value)
        return LEAD_1

    return disguise


def said_of(**marks: Any) -> Disguise:
    """A lead's own account, of which Slack says something more than the playground knows."""

    def disguise(town: Town) -> str:
        lookups = Lookups(town.workspace, lambda: datetime.now(UTC)).methods()

        def answer(method: str, params: dict[str, Any]) -> Any:
            if method != "users.info" or params.get("user") != LEAD_1:
                return None
            return {"ok": True, "user": lookups[method](params)["user"] | marks}

        town.faults.append(answer)
        return LEAD_1

    return disguise


def unanswered(method: str, answer: Callable[[], Any]) -> Disguise:
    """A real lead, of whom Slack does not say anything."""

    def disguise(town: Town) -> str:
        town.faults.append(lambda called, _: answer() if called == method else None)
        return LEAD_1

    return disguise


def looks_alike(town: Town) -> str:
    lead = town.workspace.people[LEAD_1]
    town.workspace.people[OTHER_LEAD].real_name = lead.real_name.replace("a", "\u0430")
    town.workspace.people[OTHER_LEAD].name = lead.name
    return OTHER_LEAD


def left_the_group(town: Town) -> str:
    town.workspace.groups[LEADS_GROUP].members.remove(LEAD_1)
    return LEAD_1


IMPOSTORS: dict[str, Disguise] = {
    "somebody who is no lead": lambda town: OTHER_LEAD,
    "a look-alike by name": looks_alike,
    "a lead who left the group": left_the_group,
    "a deactivated account": marked(deleted=True),
    "a guest": marked(is_restricted=True),
    "a guest of one channel": marked(is_ultra_restricted=True),
    "a stranger": marked(is_stranger=True),
    "somebody of another team": marked(team_id="TOTHER"),
    "a bot": marked(is_bot=True),
    "an app's user": said_of(is_app_user=True),
    "a workflow": said_of(is_workflow_bot=True),
    "somebody whom Slack does not know": unanswered("users.info", lambda: {"ok": False, "error": "user_not_found"}),
    "somebody nobody could look up: 500": unanswered("users.info", lambda: JSONResponse({}, 500)),
    "somebody nobody could look up: 503": unanswered("users.info", lambda: PlainTextResponse("busy", 503)),
    "somebody nobody could look up: 429": unanswered(
        "users.info", lambda: JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "30"})
    ),
    "somebody nobody could look up: silence": unanswered("users.info", Silence),
    "somebody nobody could look up: nothing said": unanswered("users.info", lambda: {"ok": True}),
    "a lead of a group that Slack does not tell": unanswered(
        "usergroups.users.list", lambda: JSONResponse({"ok": False, "error": "internal_error"}, 500)
    ),
    "a lead of a group that is gone": unanswered(
        "usergroups.users.list", lambda: {"ok": False, "error": "no_such_subteam"}
    ),
}


@pytest.fixture
def impatient(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Slack leaves unanswered is given up soon."""
    monkeypatch.setattr(town.bot.session, "_timeout", aiohttp.ClientTimeout(total=0.2))


@pytest.mark.parametrize("impostor", IMPOSTORS)
async def test_an_impostor_signs_nothing_is_told_so_and_stays_on_record(
    town: Town, impatient: None, impostor: str
) -> None:
    review = await with_the_leads(town)
    user = IMPOSTORS[impostor](town)
    answers = await Sender(town, user, review).try_everything()
    assert [each.status for each in answers] == [200] * 6
    assert await now_of(town, review) == review
    assert await town.bot.desk.read(lambda work: work.decisions.of_review(review.id)) is None
    assert [by for by, _ in await refusals(town, review)] == [user] * 6
    assert not any(method.startswith("views.") for method, _ in town.calls)
    words = told(town, user, answers)
    assert words
    assert not any("went wrong" in each for each in words)


async def test_there_are_as_many_tries_as_we_claim() -> None:
    assert len(IMPOSTORS) * 6 >= 42


async def test_the_real_lead_signs(town: Town) -> None:
    review = await with_the_leads(town)
    await Sender(town, LEAD_1, review).press("sign_off|approve")
    assert (await now_of(town, review)).stage is Stage.DECIDED
    assert await refusals(town, review) == []


@pytest.mark.parametrize("team", ["TOTHER", "T0"])
async def test_a_press_that_slack_says_came_from_another_team_is_refused(town: Town, team: str) -> None:
    review = await with_the_leads(town)
    town.workspace.people[LEAD_1].team_id = team  # what the payload carries
    answers = await Sender(town, LEAD_1, review).try_everything()
    assert {each.status for each in answers} == {200}
    assert await now_of(town, review) == review


EDITED = {
    "nothing": "|",
    "no version": "{id}",
    "another version": "{id}|{other}",
    "an older version": "{id}|0",
    "a negative version": "{id}|-1",
    "a version in other digits": "{id}|\u0661",
    "a version that never ends": "{id}|" + "9" * 1_900,
    "a review that is not there": "no-such-review|3",
    "a piece of SQL": "x' OR '1'='1|3",
    "markup": "<!channel>|3",
    "a number": "5",
    "JSON": '{{"review": "{id}"}}',
}


@pytest.mark.parametrize("edited", EDITED)
async def test_a_lead_whose_button_or_form_was_edited_signs_nothing(town: Town, edited: str) -> None:
    review = await with_the_leads(town)
    value = EDITED[edited].format(id=review.id, other=review.version + 1)
    answers = await Sender(town, LEAD_1, review, value).try_everything()
    assert {each.status for each in answers} == {200}
    assert await now_of(town, review) == review
    words = told(town, LEAD_1, answers)
    assert words
    assert not any("went wrong" in each for each in words)


# --- the same person by a second account ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email",
    ["tara@demo.invalid", "TARA@demo.invalid", "Tara@DEMO.Invalid", "tara+sec@demo.invalid", " tara+a+b@demo.invalid "],
)
async def test_who_asked_cannot_sign_from_a_second_account_however_its_address_is_spelled(
    town: Town, email: str
) -> None:
    review = await with_the_leads(town)
    town.workspace.people[LEAD_2].email = email
    answers = await Sender(town, LEAD_2, review).try_everything()
    assert await now_of(town, review) == review
    assert {why for _, why in await refusals(town, review)} == {"SelfApproval"}
    assert any("someone else has to sign it off" in each for each in told(town, LEAD_2, answers))


@pytest.mark.parametrize("email", ["tara@other.invalid", "tar@demo.invalid", "sam+tara@demo.invalid"])
async def test_another_address_is_another_person(town: Town, email: str) -> None:
    review = await with_the_leads(town)
    town.workspace.people[LEAD_2].email = email
    await Sender(town, LEAD_2, review).press("sign_off|approve")
    assert (await now_of(town, review)).stage is Stage.DECIDED


async def test_when_nobody_can_say_who_asked_nothing_is_signed(town: Town) -> None:
    review = await with_the_leads(town)
    town.faults.append(
        lambda method, params: JSONResponse({}, 500) if method == "users.info" and params["user"] == TEAM_LEAD else None
    )
    forget_everybody(town)
    await Sender(town, LEAD_1, review).try_everything()
    assert await now_of(town, review) == review


# --- the directory itself ---------------------------------------------------------------------------------------------


@dataclass
class Clock:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest_asyncio.fixture(loop_scope="module")
async def asked(town: Town) -> AsyncIterator[tuple[SlackDirectory, Clock]]:
    """A directory of its own over the same Slack, and its clock."""
    clock = Clock()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        client = AsyncWebClient(TOKEN, f"{town.page}/api/", session=session, retry_handlers=[])
        yield SlackDirectory(client, (LEADS_GROUP, OTHER_LEAD), (LEAD_2,), lambda: "TDEMO", clock), clock


def calls(town: Town, method: str) -> int:
    return sum(1 for called, _ in town.calls if called == method)


async def test_a_person_is_believed_for_minutes_and_asked_anew_at_a_signature(
    town: Town, asked: tuple[SlackDirectory, Clock]
) -> None:
    directory, clock = asked
    assert (await directory.person(UserId(LEAD_1))).full_member
    town.workspace.people[LEAD_1].deleted = True
    assert (await directory.person(UserId(LEAD_1))).full_member
    assert not (await directory.person(UserId(LEAD_1), now=True)).full_member
    town.workspace.people[LEAD_1].deleted = False
    assert not (await directory.person(UserId(LEAD_1))).full_member
    clock.at += directories.PERSON_FOR
    assert (await directory.person(UserId(LEAD_1))).full_member


async def test_leads_are_those_of_the_group_and_those_named(town: Town, asked: tuple[SlackDirectory, Clock]) -> None:
    directory, _ = asked
    assert await directory.security_leads() == {LEAD_1, LEAD_2, OTHER_LEAD}
    assert await directory.cisos() == {LEAD_2}
    town.workspace.groups[LEADS_GROUP].members.remove(LEAD_1)
    assert await directory.security_leads(now=True) == {LEAD_2, OTHER_LEAD}


async def test_an_emptied_group_leaves_nobody_rather_than_whoever_was_there(
    town: Town, asked: tuple[SlackDirectory, Clock]
) -> None:
    directory, _ = asked
    await directory.security_leads()
    town.workspace.groups[LEADS_GROUP].members.clear()
    directory.forget()
    assert await directory.security_leads() == {OTHER_LEAD}


async def test_a_group_of_which_nothing_is_said_is_no_empty_one(
    town: Town, asked: tuple[SlackDirectory, Clock]
) -> None:
    directory, _ = asked
    town.faults.append(lambda method, _: {"ok": True})
    with pytest.raises(DirectoryUnavailable):
        await directory.security_leads()


@pytest.mark.parametrize(
    "answer",
    [
        lambda: JSONResponse({"ok": False, "error": "ratelimited"}, 429),
        lambda: PlainTextResponse("upstream connect error", 503),
        lambda: PlainTextResponse("OK"),
        lambda: {"ok": False, "error": "missing_scope"},
        lambda: JSONResponse([]),
        Silence,
    ],
    ids=["429", "503", "text", "scope", "list", "silence"],
)
async def test_not_knowing_is_never_an_answer(
    town: Town, asked: tuple[SlackDirectory, Clock], answer: Callable[[], Any]
) -> None:
    directory, _ = asked
    town.faults.append(lambda method, _: answer())
    for question in (
        directory.person(UserId(LEAD_1)),
        directory.persons([UserId(LEAD_1)]),
        directory.security_leads(),
        directory.is_internal(ChannelId(TEAM_CHANNEL)),
    ):
        with pytest.raises(DirectoryUnavailable):
            await question


async def test_an_account_that_slack_forgot_stands_for_itself(town: Town, asked: tuple[SlackDirectory, Clock]) -> None:
    directory, _ = asked
    assert await directory.persons([UserId("UGONE"), UserId(LEAD_1)]) == {
        "UGONE": PersonId("UGONE"),
        LEAD_1: PersonId("sam@demo.invalid"),
    }


async def test_accounts_of_one_enterprise_are_one_person_where_no_address_is_told(
    town: Town, asked: tuple[SlackDirectory, Clock]
) -> None:
    directory, _ = asked

    def answer(method: str, params: dict[str, Any]) -> Any:
        user = {"id": params["user"], "team_id": "TDEMO", "profile": {}, "enterprise_user": {"id": "W1"}}
        return {"ok": True, "user": user}

    town.faults.append(answer)
    assert set((await directory.persons([UserId("U1"), UserId("U2")])).values()) == {PersonId("W1")}


@pytest.mark.parametrize(
    "news", ["channel_shared", "channel_unshared", "subteam_members_changed", "member_joined_channel"]
)
async def test_news_of_a_channel_or_a_group_is_heeded_at_once(town: Town, news: str) -> None:
    directory = town.bot.desk.directory
    await directory.is_internal(ChannelId(TEAM_CHANNEL))
    await directory.security_leads()
    town.calls.clear()
    body = event_body({"type": news, "channel": TEAM_CHANNEL}, event_id=f"Ev{news}")
    assert (await knock(town.bot.door, body, signed(body, secret=SECRET))).status == 200
    await directory.is_internal(ChannelId(TEAM_CHANNEL))
    await directory.security_leads()
    assert [method for method, _ in town.calls] == ["conversations.info", "usergroups.users.list"]


@pytest.mark.parametrize(
    ("spelled", "folded"),
    [
        ("Ana@Demo.Invalid", "ana@demo.invalid"),
        ("ana+x@demo.invalid", "ana@demo.invalid"),
        ("ana+x+y@demo.invalid", "ana@demo.invalid"),
        (" ana@demo.invalid\n", "ana@demo.invalid"),
        ("a.na@demo.invalid", "a.na@demo.invalid"),
        ("ana@demo+x.invalid", "ana@demo+x.invalid"),
    ],
)
async def test_an_address_has_one_spelling(spelled: str, folded: str) -> None:
    assert fold_email(spelled) == folded


# --- channels that go into the register -------------------------------------------------------------------------------


async def test_a_channel_is_as_it_is_now_and_one_that_i_cannot_see_counts_as_one_i_am_not_in(
    town: Town, asked: tuple[SlackDirectory, Clock]
) -> None:
    directory, _ = asked
    assert await directory.room(ChannelId(TEAM_CHANNEL)) == Room(member=True, internal=True, name="team-leads")
    shared = await directory.room(ChannelId("CSHARED"))
    assert (shared.member, shared.internal) == (True, False)
    town.workspace.add_channel("CPRIVATE", "elsewhere", members=[TEAM_LEAD], is_private=True)
    if town.workspace.bot_id in town.workspace.channels["CPRIVATE"].members:
        town.workspace.channels["CPRIVATE"].members.remove(town.workspace.bot_id)
    for channel in ("CPRIVATE", "CNOWHERE"):
        assert await directory.room(ChannelId(channel)) == Room(member=False, internal=False)


async def test_a_channel_slack_says_nothing_about_is_no_answer(town: Town, asked: tuple[SlackDirectory, Clock]) -> None:
    directory, _ = asked
    town.faults.append(lambda method, _: {"ok": False, "error": "missing_scope"})
    with pytest.raises(DirectoryUnavailable):
        await directory.room(ChannelId(TEAM_CHANNEL))
