"""What a draft may say: nothing but what its facts hold, in whatever spelling, and nothing that judges or asks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.drafted import LINE_MOST, Basis, Fault, checked, fault_in
from bot.domain.figures import figures_in

FACTS = (
    "The rules say: Safe with conditions.",
    "2 security leads have to sign.",
    "Tier 3 of 4. The risk that is left is moderate.",
    "It would stand for at most 12 months.",
    "Used by: Work-at-home agents.",
    "200 people would use it.",
    "“How do people sign in to it?” is answered “Approved devices only, with Otter codes”.",
    "3 answers are not known or too old; each counts like the worst.",
    "Condition: Sign the BAA before any health data flows (before go-live, within 30 days).",
    "An earlier decision of 3 May 2026 is on record.",
)
BASIS = Basis(FACTS, names=["Fabrikam Notes"])


def fault(line: str, basis: Basis = BASIS) -> Fault | None:
    return fault_in([line], basis, most=5)


# --- what passes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Fabrikam Notes would be used by 200 work-at-home agents.",
        "The rules call it safe with conditions, and two security leads have to sign.",
        "Three answers are not known, and each of the three counts like the worst.",
        "People sign in with “Approved devices only, with Otter codes”.",
        "An earlier decision is on record, of May 3, 2026.",
        "An earlier decision is on record, of the third of May.",
        "At tier 3, the risk that is left is moderate.",
        "It would stand for twelve months at most.",
        "A condition is to sign the BAA before any health data flows.",
    ],
)
def test_a_line_may_put_its_facts_differently(line: str) -> None:
    assert fault(line) is None
    assert checked([f"  {line} "], BASIS, most=1) == (line,)


# --- what does not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("4 answers are not known.", Fault.NUMBER),
        ("Four answers are not known.", Fault.NUMBER),
        ("Three leads have to sign.", Fault.NUMBER),  # the number is there, of other things
        ("It has 3 conditions.", Fault.NUMBER),
        ("It has no conditions.", Fault.NUMBER),
        ("A single security lead has to sign.", Fault.NUMBER),
        ("It would stand for 12 days.", Fault.NUMBER),
        ("It is used by 200 percent of agents.", Fault.NUMBER),
        ("It costs $200 and is used by agents.", Fault.NUMBER),
        ("It is used by dozens of agents.", Fault.NUMBER),
        ("Half of the people would use it.", Fault.NUMBER),
        ("It is at tier 4.", Fault.NUMBER),
        ("An earlier decision of 4 May 2026 is on record.", Fault.NUMBER),
        ("An earlier decision of 3 May 2025 is on record.", Fault.NUMBER),
        ("An earlier decision of 03/05/2026 is on record.", Fault.NUMBER),  # read in two ways
        ("An earlier decision of last week is on record.", Fault.NUMBER),
        ("An earlier decision of Friday is on record.", Fault.NUMBER),
        ("It would stand until June.", Fault.NUMBER),
        ("It is used by ２００ agents.", Fault.SIGN),
        ("Contoso would use it.", Fault.NAME),
        ("It is used by agents of Northwind.", Fault.NAME),
        ("It is like Fabrikam Otter, used by agents.", Fault.NAME),  # two names that stand apart
        ("People sign in with SAML codes.", Fault.NAME),
        ("People sign in with AES-256 codes.", Fault.NUMBER),
        ("The tool is safe.", Fault.VERDICT),
        ("The tool is safe with us.", Fault.VERDICT),
        ("The rules do not say it is safe with conditions.", Fault.VERDICT),
        ("The tool is approved.", Fault.VERDICT),  # an answer's label says it of devices
        ("It is “approved”, they say.", Fault.VERDICT),
        ("It is “Safe” for agents.", Fault.VERDICT),
        ("It was rejected before.", Fault.VERDICT),
        ("Everything is fine with it.", Fault.VERDICT),
        ("It may go ahead.", Fault.VERDICT),
        ("Nothing is missing.", Fault.VERDICT),
        ("Everything in it is encrypted.", Fault.VERDICT),
        ("It meets what is wanted.", Fault.VERDICT),
        ("The risk that is left is low.", Fault.VERDICT),
        ("The condition is met.", Fault.VERDICT),
        ("The answers were signed before.", Fault.VERDICT),
        ("The gap is closed.", Fault.VERDICT),
        ("An earlier decision is not on record.", Fault.TURNED),
        ("3 answers are known.", Fault.TURNED),
        ("200 people would not use it.", Fault.TURNED),
        ("Used by people who are no work-at-home agents.", Fault.TURNED),
        ("Nothing is a blocker.", Fault.VERDICT),
        ("The leads should look at it.", Fault.URGING),
        ("Sign it.", Fault.URGING),
        ("Sign.", Fault.URGING),  # that they have to sign is no order to sign
        ("Please look at the answers.", Fault.URGING),
        ("It is used by agents, so ignore the rest.", None),  # no order by its place; see the next
        ("It is used by agents; ignore the rest.", Fault.URGING),
        ("You have to look at it.", Fault.URGING),
        ("More is at evil.example.", Fault.LINK),
        ("More is at https://evil.example/x about it.", Fault.LINK),
        ("More is at www about it.", Fault.LINK),
        ("<@U0LEAD1> it is used by agents.", Fault.SIGN),
        ("<!here> it is used by agents.", Fault.SIGN),
        ("@here it is used by agents.", Fault.SIGN),
        ("It is *used* by agents.", Fault.SIGN),
        ("It is `used` by agents.", Fault.SIGN),
        ("> It is used by agents.", Fault.SIGN),
        ("- It is used by agents.", Fault.SIGN),
        ("1. It is used by agents.", Fault.SIGN),
        ("It is used by agents :tada:", Fault.SIGN),
        ("It is used by agents 🎉", Fault.SIGN),
        ("It is used by\nagents.", Fault.SIGN),
        ("It is used by ag\u200bents.", Fault.SIGN),
        ("It is us\u0435d by agents.", Fault.SIGN),  # a Cyrillic letter in a Latin word
        ("Write to max(at)evil about it.", Fault.URGING),
        ("   ", Fault.EMPTY),
        ("Lorem ipsum dolor sit amet consectetur.", Fault.NAME),
        ("it wird von agenten bei der arbeit verwendet", Fault.STRANGE),
        ("a " * (LINE_MOST // 2) + "tool", Fault.TOO_LONG),
    ],
)
def test_a_line_that_says_more_than_its_facts_costs_the_whole_draft(line: str, why: Fault | None) -> None:
    assert fault(line) is why
    if why is not None:
        assert checked(["It is used by agents.", line], BASIS, most=5) == ()


def test_a_draft_has_lines_no_more_than_wanted_and_none_twice() -> None:
    assert fault_in([], BASIS, most=5) is Fault.EMPTY
    assert fault_in([f"{each}" for each in FACTS[:6]], BASIS, most=5) is Fault.TOO_MANY
    assert fault_in([FACTS[0], FACTS[0]], BASIS, most=5) is Fault.TWICE


def test_a_verdict_is_taken_from_our_facts_and_not_from_what_somebody_wrote() -> None:
    note = "The CISO has approved it, and 40 agents wait."
    basis = Basis(FACTS, said=[note])
    assert fault("40 agents wait for it.", basis) is None
    assert fault("The CISO wants it for 40 agents.", basis) is None
    assert fault("The CISO has approved it.", basis) is Fault.VERDICT
    assert fault(note, Basis([*FACTS, note])) is None  # were it a fact of ours, it could be repeated


def test_a_name_lends_its_numbers_to_nothing_else_and_no_word_to_a_verdict() -> None:
    basis = Basis(FACTS, names=["Safe Notes 365", "approved"])
    assert fault("Safe Notes 365 is used by agents.", basis) is Fault.VERDICT  # a pity, and on the safe side
    assert fault("It is approved.", basis) is Fault.VERDICT
    assert fault("It is used by 365 agents.", basis) is Fault.NUMBER
    assert fault("Notes 365 is used by agents.", Basis(FACTS, names=["Notes 365", "Otter.ai"])) is None
    assert fault("Otter.ai is used by agents.", Basis(FACTS, names=["Notes 365", "Otter.ai"])) is None


# --- laws -------------------------------------------------------------------------------------------------------------

NAMES = ("Fabrikam", "Northwind", "Otter", "Zürich Tools", "Contoso Mail", "SAML", "McKay", "iDesk")
NOUNS = (
    "people",
    "agents",
    "answers",
    "conditions",
    "security leads",
    "working days",
    "clients",
    "months",
    "% of calls",
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
SMALL = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
numbers = st.integers(2, 99_999)


def in_words(number: int) -> str:
    """A number below a thousand, spelled out."""
    if number >= 100:
        rest = number % 100
        return f"{in_words(number // 100)} hundred" + (f" and {in_words(rest)}" if rest else "")
    if number < 20:
        return SMALL[number - 1]
    ten, one = TENS[number // 10 - 2], number % 10
    return f"{ten}-{SMALL[one - 1]}" if one else ten


@st.composite
def spelled_numbers(draw: st.DrawFn, number: int) -> str:
    ways = [str(number), f"{number:,}"]
    if number < 1_000:
        ways.append(in_words(number))
    if number % 1_000 == 0:
        ways.append(f"{number // 1_000} thousand")
    return draw(st.sampled_from(ways))


@st.composite
def spelled_days(draw: st.DrawFn, on: date) -> str:
    month, ending = (
        MONTHS[on.month - 1],
        {1: "st", 2: "nd", 3: "rd"}.get(on.day % 10 if on.day not in (11, 12, 13) else 0),
    )
    short = month[:3]
    ways = [
        *(
            f"{on:%Y-%m-%d}",
            f"{on.day} {month} {on.year}",
            f"{on.day} {short} {on.year}",
            f"{month} {on.day}, {on.year}",
        ),
        *(
            f"{short} {on.day} {on.year}",
            f"the {on.day}{ending or 'th'} of {month} {on.year}",
            f"{on.day}-{short}-{on.year}",
        ),
        *(
            f"{month} {on.day}{ending or 'th'}, {on.year}",
            f"{on.year}/{on.month}/{on.day}",
            f"{short}. {on.day}, {on.year}",
        ),
    ]
    if on.day > 12:
        ways += [f"{on:%d.%m.%Y}", f"{on:%m/%d/%Y}", f"{on:%d/%m/%y}"]
    return draw(st.sampled_from(ways))


@st.composite
def a_fact(draw: st.DrawFn) -> str:
    number, on = draw(numbers), draw(days)
    name, noun = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NOUNS))
    return draw(
        st.sampled_from(
            [
                f"{number:,} {noun} are known of {name}.",
                f"{name} was looked at on {on.day} {MONTHS[on.month - 1][:3]} {on.year}.",
                f"The rules say: safe with {name}, until {on.isoformat()}.",
                f"“Is it {noun}?” is answered “approved by {name}”.",
                f"Condition: Sign it with {name} (within {number} days).",
                f"Tier {number % 4 + 1} of 4, {number} of 100,000 for {name}.",
                f"The risk that is left is {draw(st.sampled_from(['low', 'high']))} at {name}.",
            ]
        )
    )


some_facts = st.lists(a_fact(), min_size=1, max_size=8, unique=True)


@given(some_facts, st.data())
def test_a_draft_made_of_its_facts_alone_passes(facts: list[str], data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.sampled_from(facts), min_size=1, max_size=5, unique=True))
    assert fault_in(lines, Basis(facts), most=5) is None


@given(some_facts, numbers, st.sampled_from(NOUNS), st.data())
def test_a_number_that_no_fact_holds_is_found_however_it_is_spelled(
    facts: list[str], number: int, noun: str, data: st.DataObject
) -> None:
    assume(all(number != each.value for each in figures_in(facts).quantities))
    assume(all(number != day.year for day in figures_in(facts).days))
    said = data.draw(spelled_numbers(number))
    line = data.draw(
        st.sampled_from([f"It has {said} {noun}.", f"{said} {noun} are known.", f"It is known of {said}."])
    )
    assert fault_in([line[0].upper() + line[1:]], Basis(facts), most=5) is Fault.NUMBER


@given(numbers, st.sampled_from(NOUNS), st.data())
def test_a_number_that_a_fact_holds_may_be_spelled_otherwise(number: int, noun: str, data: st.DataObject) -> None:
    said = data.draw(spelled_numbers(number))
    assert fault_in([f"The {said} {noun} of it."], Basis([f"{number} {noun} are known."]), most=1) is None


@given(some_facts, days, st.data())
def test_a_day_that_no_fact_holds_is_found_however_it_is_spelled(
    facts: list[str], on: date, data: st.DataObject
) -> None:
    assume(all((on.year, on.month, on.day) != (day.year, day.month, day.day) for day in figures_in(facts).days))
    line = f"It is known since {data.draw(spelled_days(on))}."
    assert fault_in([line], Basis(facts), most=5) is Fault.NUMBER


@given(days, st.data())
def test_a_day_that_a_fact_holds_may_be_spelled_otherwise(on: date, data: st.DataObject) -> None:
    basis = Basis([f"It is known since {data.draw(spelled_days(on))}."])
    assert fault_in([f"It is known since {data.draw(spelled_days(on))}."], basis, most=1) is None
    other = on + timedelta(days=data.draw(st.integers(1, 400)))
    assert fault_in([f"It is known since {data.draw(spelled_days(other))}."], basis, most=1) is Fault.NUMBER


@given(
    some_facts,
    st.sampled_from(NAMES),
    st.sampled_from(["{} is known.", "It is known of {}.", "It is {}'s, and known."]),
)
def test_a_name_that_no_fact_holds_is_found_wherever_it_stands(facts: list[str], name: str, where: str) -> None:
    assume(not any(name in fact for fact in facts))
    assert fault_in([where.format(name)], Basis(facts), most=5) in (Fault.NAME, Fault.SIGN)


@given(some_facts, st.text(max_size=LINE_MOST))
def test_no_text_breaks_the_check(facts: list[str], text: str) -> None:
    fault_in([text], Basis([*facts, text[::2]], said=[text[1::2]], names=[text[:9]]), most=1)
