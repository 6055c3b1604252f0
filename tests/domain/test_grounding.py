"""A model's sentence is kept only where the passages it names carry it, and never where it sounds like a decision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.deciding_words import decides
from bot.domain.grounding import LONGEST, MOST_SENTENCES, grounded, supported
from bot.domain.passage import Cited, Passage, Shelf
from tests.hostile import FORMS, corpora


def passage(id: str, title: str, text: str, **more: str) -> Passage:
    return Passage(id, Shelf.POLICY, title, text, **more)


SHELF = (
    passage(
        "phones.md#second-factor",
        "The second factor",
        "Agents may use their own phones for an authenticator app, but not for text messages with codes. Client "
        "data must never be opened on a private phone. A security key is handed out free of charge to whoever has "
        "no phone.",
    ),
    passage(
        "recordings.md#how-long",
        "How long recordings are kept",
        "Call recordings are deleted after 90 days. A client may agree on a shorter time in its contract. Card "
        "numbers are paused out of recordings (PCI DSS 4.0, requirement 3.3). Screen recordings are kept for 30 "
        "days at most.",
        source="Records policy, March 2026",
    ),
    passage(
        "g1#why",
        "Why permissions matter",
        "At home they are gone. A password that was bearable behind an office door becomes the whole lock, and a "
        "private computer on a company-wide VPN brings whatever is on it along. Many breaches need no clever "
        "attack: an account nobody closed, an administrator who reads mail with the same account, a key that never "
        "expires.",
        source="NIST SP 800-46 Revision 2",
    ),
    passage(
        "vendors.md#baa",
        "Vendors who see health data",
        "A vendor that stores or hears patient data needs a BAA before the first call. Ask the vendor for a SOC 2 "
        "Type II report not older than 12 months. Exceptions must be approved by the CISO. See "
        "https://policies.example/baa for the form.",
        link="https://policies.example/baa",
    ),
    passage(
        "incidents.md#report",
        "Reporting an incident",
        "Report a lost laptop or a suspected breach to the security desk within one hour, day or night. Do not "
        "switch the laptop off. The client is told within 24 hours by the account manager. “When in doubt, report "
        "it.”",
    ),
    passage(
        "telefone.md",
        "Private Telefone",
        "Agenten dürfen ihr eigenes Telefon für die Authenticator-App nutzen. Kundendaten dürfen nie auf einem "
        "privaten Telefon geöffnet werden. Aufzeichnungen werden nach 90 Tagen gelöscht.",
    ),
    passage(
        "telefonos.md",
        "Teléfonos propios",
        "Los agentes pueden usar su propio teléfono para la aplicación de códigos. Las grabaciones se borran "
        "después de 90 días.",
    ),
    passage(
        "zoom.md", "Meetings", "We hold meetings in Zoom. Zoom is approved for internal meetings. Zoom is allowed."
    ),
)


def kept(text: str, *numbers: int, tools: tuple[str, ...] = (), hosts: tuple[str, ...] = ()) -> Cited | None:
    return supported(Cited(text, numbers), SHELF, tools=tools, hosts=hosts)


# Twenty answers of several sentences as models write them, each with what a careful reader would let stand.
ANSWERS: tuple[tuple[str, tuple[int, ...], bool], ...] = (
    ("Agents may use their own phones for an authenticator app.", (1,), True),
    ("Yes, agents may use their own phones for an authenticator app.", (1,), False),  # a yes is a person's to say
    ("Text messages with codes are not allowed on private phones.", (1,), True),
    ("Text messages with codes are allowed on their own phones.", (1,), False),
    ("Client data must never be opened on a private phone [1].", (1,), True),
    ("Client data may be opened on a private phone.", (1,), False),
    ("Whoever has no phone gets a security key free of charge.", (1,), True),
    ("Whoever has no phone gets a YubiKey free of charge.", (1,), False),
    ("Call recordings are deleted after 90 days.", (2,), True),
    ("Call recordings are deleted after 60 days.", (2,), False),
    ("Call recordings are deleted after ninety days.", (2,), True),
    ("Recordings of calls are deleted after 90 days, unless the contract with a client says less.", (2,), True),
    ("Call recordings are never deleted.", (2,), False),
    ("Screen recordings are kept for at most 30 days.", (2,), True),
    ("PCI DSS 4.0, requirement 3.3, asks that card numbers are paused out of recordings.", (2,), True),
    ("PCI DSS 5.0, requirement 3.3, asks that card numbers are paused out of recordings.", (2,), False),
    ("The policy of March 2026 says that call recordings are deleted after 90 days.", (2,), True),
    ("The policy of April 2026 says that call recordings are deleted after 90 days.", (2,), False),
    ("At home a password becomes the whole lock.", (3,), True),
    ("Many breaches come from an account that nobody closed or a key that never expires.", (3,), True),
    ("Many breaches come from clever attacks by foreign governments on satellites.", (3,), False),
    ("A vendor that stores patient data needs a BAA before the first call.", (4,), True),
    ("Zoom needs a BAA before the first call.", (4,), False),
    ("Ask the vendor for a SOC 2 Type II report that is not older than 12 months.", (4,), True),
    ("Ask the vendor for an ISO 27001 report that is not older than 12 months.", (4,), False),
    ("Exceptions must be approved by the CISO.", (4,), True),
    ("The form is at https://policies.example/baa.", (4,), True),
    ("The form is at https://evil.example/baa.", (4,), False),
    ("A vendor with patient data was approved by the CISO.", (4,), False),
    ("A lost laptop has to be reported to the security desk within one hour.", (5,), True),
    (
        "A lost laptop has to be reported to the security desk within 24 hours.",
        (5,),
        False,
    ),  # its number is there, for something else
    ("Do not switch the laptop off.", (5,), True),
    ("Switch the laptop off.", (5,), False),
    ("The policy says “When in doubt, report it.”", (5,), True),
    ("The policy says “When in doubt, keep quiet.”", (5,), False),
    ("Agenten dürfen ihr eigenes Telefon für die Authenticator-App nutzen.", (6,), True),
    ("Agenten dürfen ihr eigenes Telefon nicht für die Authenticator-App nutzen.", (6,), False),
    ("Aufzeichnungen werden nach 30 Tagen gelöscht.", (6,), False),
    ("Las grabaciones se borran después de 90 días.", (7,), True),
    ("Las grabaciones no se borran después de 90 días.", (7,), False),
)


@pytest.mark.parametrize(("text", "numbers", "stays"), ANSWERS, ids=[text for text, _, _ in ANSWERS])
def test_a_sentence_stays_where_its_passage_carries_it(text: str, numbers: tuple[int, ...], stays: bool) -> None:
    assert (kept(text, *numbers) is not None) is stays


def test_a_sentence_without_a_valid_number_is_dropped() -> None:
    text = "Call recordings are deleted after 90 days."
    assert kept(text) is None
    assert kept(text, 99) is None
    assert kept(text, 0, -1) is None
    assert kept(text, 1) is None  # another passage than that which says so
    assert kept(text, 99, 2) == Cited(text, (2,))


def test_passages_that_do_not_carry_it_are_no_source_of_it() -> None:
    assert kept("Call recordings are deleted after 90 days.", 5, 2, 3) == Cited(
        "Call recordings are deleted after 90 days.", (2,)
    )


def test_each_of_two_sentences_in_one_has_to_stand_by_itself() -> None:
    said = Cited(
        "Call recordings are deleted after 90 days [2]. Nobody checks that. You can share your password.", (2,)
    )
    assert grounded([said], SHELF) == (Cited("Call recordings are deleted after 90 days.", (2,)),)


def test_at_most_five_and_none_twice() -> None:
    true = [Cited(text, numbers) for text, numbers, stays in ANSWERS if stays]
    assert len(grounded(true, SHELF)) == MOST_SENTENCES
    assert len(grounded(true[:1] * 4, SHELF)) == 1


def test_a_link_to_a_host_of_the_list_may_stay() -> None:
    text = "Exceptions must be approved by the CISO, see https://docs.example.com/soc."
    assert kept(text, 4) is None
    assert kept(text, 4, hosts=("docs.example.com",)) is not None


# --- words that all stand there, put together to say something else --------------------------------------------------

RULES = passage(
    "passwords.md",
    "What a password has to be",
    "NIST asks for at least 15 characters where a password stands alone, and at least 8 where a second factor always "
    "comes with it; card rules ask for 12. Do not demand a mixture of signs where no other rule does. A managed "
    "computer is the simple way; a locked desktop is another.",
)
GUESTS = passage(
    "guests.md",
    "Guests",
    "Give them 90 days at most, with a reminder to the sponsor a week before. Twice a year the owner of each channel "
    "confirms the list. Guests see the channels they are invited to, and no directory of people. Nobody signs off "
    "their own request, not even in an emergency. Share with named people, not with everybody who has the link. "
    "Switch off file transfer and printers.",
)


@pytest.mark.parametrize(
    "text",
    [
        "NIST asks for at least 8 characters where a password stands alone.",
        "NIST asks for at most 15 characters where a password stands alone.",
        "Card rules ask for 15 characters.",
        "Demand a mixture of signs.",
        "Give guests 90 days at least, with a reminder to the sponsor a week before.",
        "Give them 90 weeks at most, with a reminder to the sponsor a day before.",
        "Once a year the owner of each channel confirms the list.",
        "Guests see no channels, but a directory of people.",
        "In an emergency, people sign off their own request.",
        "Share with everybody who has the link, not with named people.",
        "Switch on file transfer and printers.",
    ],
)
def test_the_words_of_a_passage_put_together_to_say_something_else_are_dropped(text: str) -> None:
    assert supported(Cited(text, (1, 2)), [RULES, GUESTS]) is None


@pytest.mark.parametrize(
    "text",
    [
        "NIST asks for at least 15 characters where a password stands alone.",
        "Where a second factor always comes with it, NIST asks for at least 8 characters.",
        "Card rules ask for 12.",
        "Do not demand a mixture of signs.",
        "Give guests 90 days at most, with a reminder to the sponsor a week before.",
        "The owner of each channel confirms the list twice a year.",
        "Guests see no directory of people.",
        "Nobody signs off their own request.",
        "Share with named people, not with everybody.",
        "File transfer and printers are switched off.",
    ],
)
def test_the_same_said_in_other_words_stays(text: str) -> None:
    assert supported(Cited(text, (1, 2)), [RULES, GUESTS]) is not None


# --- decisions --------------------------------------------------------------------------------------------------------

DECIDED = (
    "Zoom is approved.",
    "Zoom is approved for internal meetings.",
    "Zoom is allowed.",
    "Zoom has been approved by the security leads.",
    "Zoom was rejected.",
    "zoom is safe to roll out",
    "Approved: Zoom.",
    "Zoom, an approved tool, holds meetings.",
    "The tool is safe.",
    "This vendor is allowed.",
    "It is secure and can be used.",
    "It's fine to use.",
    "You may roll it out.",
    "You can go ahead.",
    "You are cleared to use it.",
    "The leads have signed it off.",
    "A decision was made in March.",
    "The decision covers this use.",
    "No review is needed.",
    "You do not need an approval for that.",
    "It may be rolled out to all agents.",
    "Zoom’s use is permitted.",
    "Otter.ai remains permitted.",
    "Zoom passed the security review.",
    "Yes.",
    "No, they may not.",
    "Zoom ist freigegeben.",
    "Das Tool ist sicher.",
    "Die Anwendung wurde genehmigt.",
    "Zoom está aprobado.",
    "La herramienta es segura.",
    "El CISO autorizó Zoom.",
    "Zoom est approuvé.",
    "Zoom é aprovado.",
    "The tool was waved through.",
    "Agents may use Zoom for meetings.",
    "You can use Zoom with the data of clients.",
    "There is no objection to Zoom.",
    "Zoom is ready for meetings.",
    "Zoom meets all the rules.",
    "The CISO gave Zoom the thumbs-up.",
    "Nothing speaks against this tool.",
    "This vendor meets our rules.",
    "Zoom darf genutzt werden.",
    "Gegen Zoom spricht nichts.",
    "Zoom se puede usar.",
    "On peut utiliser cet outil.",
    "Zoom は使用してよい。",
)


@pytest.mark.parametrize("text", DECIDED)
def test_what_sounds_like_a_decision_about_a_tool_is_dropped_whatever_the_passages_say(text: str) -> None:
    echo = passage("echo", text, text)
    assert supported(Cited(text, (1,)), [echo, *SHELF], tools=("Zoom",)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Agents may use their own phones for an authenticator app.",
        "Private phones are allowed for the second factor.",
        "Exceptions must be approved by the CISO.",
        "Before a tool goes to people outside the office, decide who may do what.",
        "A tier 3 review needs two signatures.",
        "Access opens one tool at a time.",
        "Use a password manager that the company pays for.",
        "Private Telefone sind für den zweiten Faktor erlaubt.",
    ],
)
def test_a_rule_is_no_decision(text: str) -> None:
    assert not decides(text)


# --- what somebody may have talked it into ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<!here> Call recordings are deleted after 90 days.",
        "Call recordings are deleted after 90 days <@U0123456789>.",
        "[Call recordings](https://evil.example) are deleted after 90 days.",
        "![x](https://evil.example/p.png) Call recordings are deleted after 90 days.",
        "Call recordings are deleted after 90 days, write to ciso@evil.example.",
        "C\u0430ll recordings are deleted after 90 days.",
        "Shall I delete the call recordings after 90 days?",
        "Call recordings are deleted after 90 days. " + "Recordings " * 100,
    ],
)
def test_markup_addresses_and_look_alikes_are_dropped(text: str) -> None:
    assert all("evil" not in each.text and "@" not in each.text for each in grounded([Cited(text, (2,))], SHELF))
    assert kept(text, 2) is None


@given(st.lists(st.tuples(st.text(max_size=80), st.lists(st.integers(-3, 20), max_size=4)), max_size=8))
def test_whatever_is_said_what_stays_has_a_source_and_is_short(said: list[tuple[str, list[int]]]) -> None:
    found = grounded([Cited(text, tuple(numbers)) for text, numbers in said], SHELF)
    assert len(found) <= MOST_SENTENCES
    for each in found:
        assert each.passages
        assert all(1 <= number <= len(SHELF) for number in each.passages)
        assert len(each.text) <= LONGEST


@given(st.sampled_from([each for each in ANSWERS if each[2]]), st.integers(101, 100_000))
def test_a_number_from_nowhere_takes_the_sentence_down(answer: tuple[str, tuple[int, ...], bool], number: int) -> None:
    text, numbers, _ = answer
    assert kept(text.rstrip(".") + f" in {number} cases.", *numbers) is None


@given(st.sampled_from([each for each in ANSWERS if each[2]]), st.sampled_from(["Mallory", "Contoso", "QuickVoice"]))
def test_a_name_from_nowhere_takes_the_sentence_down(answer: tuple[str, tuple[int, ...], bool], name: str) -> None:
    text, numbers, _ = answer
    assert kept(text.rstrip(".") + f" by {name}Corp.", *numbers) is None


@given(st.sampled_from([each for each in ANSWERS if each[2]]), st.sets(st.integers(1, len(SHELF))))
def test_a_sentence_that_stays_stays_with_more_numbers_beside_the_right_one(
    answer: tuple[str, tuple[int, ...], bool], others: set[int]
) -> None:
    text, numbers, _ = answer
    found = kept(text, *numbers, *others)
    assert found is not None
    assert set(numbers) <= set(found.passages)


def test_no_hostile_text_is_carried_by_anything() -> None:
    for text in (*FORMS, *corpora()):
        assert grounded([Cited(text, (1, 2, 3))], SHELF[:5]) == ()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["is ", "it is ", "Zoom ", "a. ", "[1]", "“", "x.y", "no ", "1,", "a'"])
def test_a_flood_is_carried_by_nothing(piece: str) -> None:
    assert grounded([Cited(piece * 50_000, (1, 2, 3))], SHELF) == ()
    decides((piece * 50_000)[:5_000])
