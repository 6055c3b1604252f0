"""The numbers of the design, worked by hand: how many questions, which points, which cell, which floor, who signs."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.domain.answers import Answer, missing_extras, stale
from bot.domain.bank import ExtraKind
from bot.domain.ids import QuestionId, UserId
from bot.domain.policy import Approver, Band, Outcome
from bot.domain.profile import UNKNOWN, Clients, Condition, Profile
from bot.domain.verdict import Row, assess
from tests.domain.cases import (
    BANK,
    CALLS,
    CRM,
    EVERYTHING,
    POLICY,
    SMALL,
    WIKI,
    a_profile,
    best_answers,
    opened,
)


@pytest.mark.parametrize(
    ("profile", "asked", "by_source"),
    [
        (SMALL, 9, {"team": 7, "organisation": 1, "vendor": 1}),
        (CALLS, 34, {"team": 23, "vendor": 3, "client": 1, "organisation": 5, "look_up": 2}),
        (WIKI, 14, None),
        (CRM, 30, None),
        (EVERYTHING, 66, None),
    ],
    ids=["internal tool", "call routing", "wiki", "customer records", "every box ticked"],
)
def test_a_profile_is_asked_so_many_questions(profile: Profile, asked: int, by_source: dict[str, int] | None):
    found = opened(profile).asked
    assert len(found) == asked
    if by_source:
        assert Counter(question.source.value for question in found) == by_source


@pytest.mark.parametrize(("profile", "others"), [(WIKI, 3), (CRM, 7), (EVERYTHING, 13)])
def test_of_those_so_many_are_for_the_organisation_or_looked_up(profile: Profile, others: int):
    found = [question.source.value for question in opened(profile).asked]
    assert sum(source in ("organisation", "look_up") for source in found) == others


def test_what_could_rule_it_out_is_asked_first_then_by_weight_then_by_guideline():
    case = opened(CALLS)
    order = [(not question.blockers(case.on), -question.weight, question.guideline) for question in case.asked]
    assert order == sorted(order)
    assert case.asked[0].id == "G1-ACCESS-MFA"


def test_the_internal_tool_for_twenty_people_is_tier_1_with_20_points():
    risk = opened(SMALL).risk
    assert risk.rows == (
        Row("data", "highest class: internal", 10),
        Row("reach", "widest user group: hq_staff", 3),
        Row("reach", "seats: 20", 0),
        Row("reach", "clients: none", 0),
        Row("position", "deepest kind or layer: saas", 7),
    )
    assert (risk.total, risk.tier) == (20, 1)


def test_the_call_routing_for_ten_thousand_is_tier_4_with_96_points():
    risk = opened(CALLS).risk
    assert risk.rows == (
        Row("data", "highest class: cardholder", 45),
        Row("data", "further class: recordings", 3),
        Row("data", "further class: customer_pii", 3),
        Row("data", "at most 50", -1),
        Row("reach", "widest user group: wah_agents", 12),
        Row("reach", "seats: 10000", 8),
        Row("reach", "clients: two or more", 4),
        Row("position", "deepest kind or layer: network", 20),
        Row("position", "further kinds: 1", 2),
    )
    assert (risk.total, risk.tier) == (96, 4)


@pytest.mark.parametrize(
    ("seats", "points"),
    [(0, 0), (25, 0), (26, 2), (250, 2), (251, 5), (2_500, 5), (2_501, 8), (10_000_000, 8), (None, 5)],
)
def test_seats_count_by_band(seats: int | None, points: int):
    assert opened(a_profile(seats=seats)).risk.total == 20 + points


@pytest.mark.parametrize(
    ("clients", "points"),
    [
        (Clients(), 0),
        (Clients.counted(1), 2),
        (Clients.named(["Alder"]), 2),
        (Clients.counted(2), 4),
        (Clients.named(["all"]), 4),
        (Clients.named(["unknown"]), 2),
        (Clients.named(["Alder", "Birch", "unknown"]), 4),
    ],
)
def test_clients_count_as_none_one_or_several(clients: Clients, points: int):
    assert opened(a_profile(clients=clients)).risk.total == 20 + points


def test_what_nobody_described_counts_as_the_riskiest():
    nothing = a_profile(kinds=[], data=[], users=[], seats=None, clients=Clients(unknown=True))
    assert opened(nothing).risk.total == 42 + (12 + 5 + 2) + 25
    assert nothing.unknown_facts == ("kinds", "data", "users", "seats", "clients")


@pytest.mark.parametrize(("total", "tier"), [(24, 1), (25, 2), (39, 2), (40, 3), (64, 3), (65, 4)])
def test_tiers_begin_at_25_40_and_65(total: int, tier: int):
    scoring = POLICY.scoring
    assert 1 + sum(total >= start for start in scoring.tier_from) == tier


@pytest.mark.parametrize(
    ("profile", "added"),
    [
        (a_profile(kinds=["browser_extension"], users=["wah_agents"]), {"data:customer_pii", "layers:endpoint"}),
        (a_profile(kinds=["browser_extension"], users=["hq_staff"]), {"layers:endpoint"}),
        (a_profile(kinds=["endpoint_agent"], users=["vendor_staff"]), {"data:customer_pii", "layers:endpoint"}),
        (
            a_profile(kinds=["remote_access"], users=["client_facing"]),
            {"data:customer_pii", "layers:network", "layers:endpoint"},
        ),
        (a_profile(kinds=["remote_access"]), {"layers:network", "layers:endpoint"}),
        (a_profile(kinds=["telephony_acd"]), {"data:customer_pii"}),
        (a_profile(layers=["identity"]), {"data:credentials"}),
        (a_profile(data=["credentials"]), {"layers:identity"}),
        (SMALL, set()),
    ],
)
def test_facts_that_follow_are_added_and_named(profile: Profile, added: set[str]):
    case = opened(profile)
    assert {f"{each.fact}:{each.value}" for each in case.inferred} == added
    assert case.profile.data >= profile.data
    assert case.profile.layers >= profile.layers


def test_a_condition_reads_and_before_or():
    condition = Condition.parse("ai_llm and sensitive or client_data")
    assert condition.holds(frozenset({"client_data"}))
    assert condition.holds(frozenset({"ai_llm", "sensitive"}))
    assert not condition.holds(frozenset({"sensitive"}))
    assert Condition.parse("always").holds(frozenset())


@pytest.mark.parametrize("text", ["not ai_llm", "ai_llm and", "", "sensible", "ai_llm AND data"])
def test_a_condition_that_names_no_fact_is_refused(text: str):
    with pytest.raises(ValueError, match="not a fact"):
        Condition.parse(text)


# ── Gaps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_absent_protection_of_weight_three_is_48_points_and_red():
    answers = best_answers(SMALL, G1_ACCESS_MFA="password")
    verdict = assess(BANK, POLICY, SMALL, answers)
    assert verdict.sub_scores == {"G1": 48, "G2": 0, "G3": 0, "G4": 0, "G5": 0, "G6": 0, "G7": 0}
    assert verdict.control_gap == (3 * 48 + 48) // 4 == 48
    assert (verdict.flags["G1"], verdict.flags["G2"]) == ("red", "green")
    # On office computers with internal notes only, a password alone rules nothing out.
    assert (verdict.blockers, verdict.band, verdict.outcome) == ((), Band.MODERATE, Outcome.CONDITIONS)


def test_breadth_adds_to_the_worst_guideline():
    answers = best_answers(SMALL, G1_ACCESS_MFA="local_mfa", G2_SHARE_REACH="public", G5_NEED_WHY="both")
    verdict = assess(BANK, POLICY, SMALL, answers)
    assert (verdict.sub_scores["G1"], verdict.sub_scores["G2"], verdict.sub_scores["G5"]) == (15, 32, 10)
    assert verdict.control_gap == (3 * 32 + 15 + 32 + 10) // 4 == 38
    assert (verdict.flags["G1"], verdict.flags["G2"]) == ("green", "amber")


def test_a_good_answer_elsewhere_never_dilutes_a_bad_one():
    bad = {"G1_ACCESS_MFA": "local_mfa", "G4_KEEP_TIME": "forever"}
    few = assess(BANK, POLICY, SMALL, best_answers(SMALL, **bad))
    many = assess(BANK, POLICY, EVERYTHING, best_answers(EVERYTHING, **bad))
    assert len(many.asked) > 7 * len(few.asked)
    assert few.sub_scores == many.sub_scores


def test_a_guideline_never_counts_more_than_100_and_the_rows_say_so():
    verdict = assess(BANK, POLICY, EVERYTHING, {})
    assert verdict.sub_scores["G1"] == 100
    assert verdict.rows[[row.part for row in verdict.rows].index("G2") - 1].what == "at most 100"


@pytest.mark.parametrize(("ticked", "gap"), [(4, 0), (3, 2), (2, 3), (1, 4), (0, 4)])
def test_layers_left_unchecked_widen_the_gap(ticked: int, gap: int):
    layers = opened(CALLS).profile.layers
    question = BANK.by_id[QuestionId("G3-LAYER-CHECK")]
    assert question.gap(sorted(layers)[:ticked], layers) == gap


def test_checking_a_layer_it_does_not_touch_helps_nothing():
    question = BANK.by_id[QuestionId("G3-LAYER-CHECK")]
    assert question.gap(["people", "network"], frozenset({"data", "people"})) == 2
    assert question.gap(["data"], frozenset({UNKNOWN})) == 4


@pytest.mark.parametrize(("ticked", "gap"), [(5, 0), (4, 1), (3, 2), (2, 3), (1, 4), (0, 4)])
def test_contract_terms_that_are_missing_widen_the_gap(ticked: int, gap: int):
    terms = ("security", "breach", "suppliers", "return", "audit")
    assert BANK.by_id[QuestionId("G6-CONTRACT-TERMS")].gap(terms[:ticked]) == gap


# ── Verdict ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clean_answers_to_the_internal_tool_are_safe_for_a_year_without_a_signature():
    verdict = assess(BANK, POLICY, SMALL, best_answers(SMALL))
    assert (verdict.outcome, verdict.approver, verdict.months, verdict.duties) == (
        Outcome.APPROVE,
        Approver.SELF_SERVE,
        12,
        (),
    )
    assert verdict.bank_version == BANK.version


def test_a_tier_4_tool_with_clean_answers_still_owes_its_standing_conditions():
    verdict = assess(BANK, POLICY, CALLS, best_answers(CALLS))
    assert (verdict.outcome, verdict.approver, verdict.months) == (Outcome.CONDITIONS, Approver.TWO_LEADS, 6)
    assert [duty.text for duty in verdict.duties] == list(POLICY.verdicts.standing)
    assert all(duty.deadline is None for duty in verdict.duties)


@pytest.mark.parametrize(
    ("profile", "answers", "floor"),
    [
        (CRM, {"G1_ACCESS_MFA": UNKNOWN}, "E1"),
        (replace(CRM, seats=None), {}, "E2"),
        (CRM, {"G3_STAGE_NOW": "pilot"}, "E3"),
        (CRM, {"G3_STAGE_NOW": "live"}, "E3"),
        (CRM, {"G3_STAGE_NOW": UNKNOWN}, "E3"),
        (CRM, {"G6_VENDOR_INCIDENT": "open"}, "E4"),
        (
            EVERYTHING,
            {
                "G5_NEED_WHY": "both",
                "G3_CHANGE_GATE": "none",
                "G4_OLD_PURGE": "later",
                "G7_LEADER_SIGNS": "none",
                "G7_RULES_KNOWN": "is_no",
            },
            "E5",
        ),
    ],
)
def test_a_floor_lifts_to_the_leads(profile: Profile, answers: dict[str, str], floor: str):
    verdict = assess(BANK, POLICY, profile, best_answers(profile, **answers))
    assert verdict.floors == (floor,)
    assert verdict.outcome is Outcome.NEEDS_LEAD
    assert verdict.months == 3


def test_four_serious_gaps_are_no_floor_yet_and_an_unknown_counts_with_its_gap():
    four = {"G5_NEED_WHY": "both", "G3_CHANGE_GATE": "none", "G4_OLD_PURGE": "later", "G7_LEADER_SIGNS": "none"}
    assert assess(BANK, POLICY, EVERYTHING, best_answers(EVERYTHING, **four)).floors == ()
    fifth_unknown = best_answers(EVERYTHING, **four, G7_RULES_KNOWN=UNKNOWN)
    assert assess(BANK, POLICY, EVERYTHING, fifth_unknown).floors == ("E5",)


def test_being_in_use_already_without_client_data_is_no_floor():
    assert assess(BANK, POLICY, SMALL, best_answers(SMALL, G3_STAGE_NOW="live")).floors == ()


@pytest.mark.parametrize(
    ("code", "days", "working", "before_go_live"),
    [("most", 7, False, True), ("daily", 30, False, False), (UNKNOWN, 10, True, True)],
)
def test_a_condition_is_due_by_its_gap(code: str, days: int, working: bool, before_go_live: bool):
    (duty,) = assess(BANK, POLICY, WIKI, best_answers(WIKI, G1_ACCESS_LEAST=code)).duties
    assert duty.deadline is not None
    assert (duty.deadline.days, duty.deadline.working, duty.deadline.before_go_live) == (days, working, before_go_live)
    assert duty.text.startswith("Find out: ") == (code == UNKNOWN)


def test_a_partial_gap_is_due_in_90_days_and_a_small_one_is_advice_only():
    (duty,) = assess(BANK, POLICY, SMALL, best_answers(SMALL, G1_ACCESS_MFA="local_mfa")).duties
    assert duty.deadline is not None
    assert (duty.deadline.days, duty.deadline.before_go_live) == (90, False)
    small = assess(BANK, POLICY, SMALL, best_answers(SMALL, G1_ACCESS_MFA="sso_mfa"))
    assert (small.duties, small.outcome) == ((), Outcome.APPROVE)


APPROVERS = {
    1: ("self_serve", "self_serve", "one_security_lead", "ciso"),
    2: ("self_serve", "one_security_lead", "one_security_lead", "ciso"),
    3: ("one_security_lead", "one_security_lead", "two_security_leads", "ciso"),
    4: ("two_security_leads", "two_security_leads", "ciso", "ciso"),
}


@pytest.mark.parametrize("tier", APPROVERS)
def test_who_signs_is_the_table_of_the_design(tier: int):
    assert tuple(POLICY.approvers[tier][outcome].value for outcome in Outcome) == APPROVERS[tier]


def test_months_are_by_band_but_few_for_tier_4_and_for_what_the_leads_decide():
    assert {band.name: POLICY.lifetimes.months[band] for band in Band} == {
        "LOW": 12,
        "MODERATE": 6,
        "HIGH": 3,
        "CRITICAL": 3,
    }
    generous = replace(POLICY, lifetimes=replace(POLICY.lifetimes, months=dict.fromkeys(Band, 24)))
    assert assess(BANK, generous, SMALL, best_answers(SMALL)).months == 24
    assert assess(BANK, generous, CALLS, best_answers(CALLS)).months == 6
    assert assess(BANK, generous, CRM, best_answers(CRM, G6_VENDOR_INCIDENT="open")).months == 3


# ── Answers that grow old ────────────────────────────────────────────────────────────────────────────────────────────


def _answer(question: str, codes: tuple[str, ...] = ("auto",), *, on: date = date(2026, 1, 1)) -> Answer:
    return Answer(QuestionId(question), codes, UserId("U_ANA"), datetime(on.year, on.month, on.day, 23, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("G1-ACCESS-MFA", 180),
        ("G4-AI-TRAIN", 365),
        ("G1-ACCESS-LEAVER", 90),
        ("G6-CLIENT-CONSENT", 365),
        ("G6-VENDOR-RATING", 7),
    ],
)
def test_an_answer_is_believed_so_many_days_by_its_source_and_half_as_long_in_tier_4(question: str, days: int):
    answers = [_answer(question)]

    def is_stale(after: int, tier: int) -> bool:
        day = date.fromordinal(date(2026, 1, 1).toordinal() + after)
        return bool(stale(answers, BANK, POLICY.lifetimes, tier=tier, as_of=day))

    assert (is_stale(days, 3), is_stale(days + 1, 3)) == (False, True)
    assert (is_stale(days // 2, 4), is_stale(days // 2 + 1, 4)) == (False, True)


def test_a_stale_good_answer_is_asked_for_again_and_says_so_in_the_sum():
    old = frozenset({QuestionId("G1-ACCESS-LEAVER")})
    verdict = assess(BANK, POLICY, SMALL, best_answers(SMALL), stale=old)
    assert verdict.unknowns == ("G1-ACCESS-LEAVER",)
    assert Row("G1", "G1-ACCESS-LEAVER: auto (too old), gap 4, weight 2", 32) in verdict.rows


def test_not_having_heard_lately_whether_it_is_in_use_counts_as_in_use():
    verdict = assess(BANK, POLICY, CRM, best_answers(CRM), stale=frozenset({QuestionId("G3-STAGE-NOW")}))
    assert verdict.floors == ("E3",)


def test_a_stale_answer_that_rules_it_out_still_does():
    answers = best_answers(CRM, G1_ACCESS_LEAVER="none")
    verdict = assess(BANK, POLICY, CRM, answers, stale=frozenset({QuestionId("G1-ACCESS-LEAVER")}))
    assert verdict.blockers == ("G1-ACCESS-LEAVER",)


def test_an_owner_a_date_or_a_link_that_was_left_out_is_named():
    bare = _answer("G6-PCI-ATTEST", ("is_yes",))
    half = replace(bare, extras={ExtraKind.LINK: "https://proof.example/aoc"})
    whole = replace(bare, extras={ExtraKind.LINK: "https://proof.example/aoc", ExtraKind.DATE: "2027-01-31"})
    asks = [[ask for _, ask in missing_extras({each.question: each}, BANK)] for each in (bare, half, whole)]
    assert [len(each) for each in asks] == [2, 1, 0]
    assert asks[1] == ["On which date does it end?"]
    assert missing_extras({bare.question: replace(bare, codes=("is_no",))}, BANK) == ()
