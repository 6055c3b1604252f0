"""The library finds what a question is about, says when it knows nothing, and takes up pages that change meanwhile."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.domain.passage import Shelf
from bot.knowledge import Findings, Knowledge, Library, default_folder
from bot.knowledge.folders import ALL_MOST, PAGE_MOST, PAGES_MOST
from tests.hostile import FORMS, corpora
from tests.knowledge.conftest import Folder

REFERENCES = sorted((default_folder() / "references").glob("*.md"))
LABELLED = Path(__file__).parent.parent / "evaluation" / "retrieval.toml"


@pytest.fixture(scope="session")
def library(shipped: Knowledge) -> Library:
    return shipped.library


@pytest.fixture
def own(folder: Folder) -> Library:
    """A library over a folder that a test may change."""
    return folder.load().library


@pytest.fixture
def write(folder: Folder) -> Callable[[str, str | bytes], Path]:
    def write(file: str, content: str | bytes) -> Path:
        path = folder.path / "policies" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Write = Callable[[str, str | bytes], Path]


def ids(found: Findings) -> list[str]:
    return [hit.passage.id for hit in found.hits]


# --- what is there ----------------------------------------------------------------------------------------------------


def test_what_we_ship_has_no_fault(library: Library):
    assert library.faults == ()


def test_ids_are_unique_and_name_page_and_heading(library: Library):
    known = [each.id for each in library.passages]
    assert len(known) == len(set(known))
    assert all(re.fullmatch(r"G[1-7](-[A-Z0-9]+)+|[a-z0-9-]+#[a-z0-9-]+", each) for each in known)
    assert {"g1#means", "g1#why", "g1#home", "g1#floor", "second-factor#own-phones-as-the-second-factor"} <= set(known)


def test_every_guideline_question_and_page_of_reference_is_there(shipped: Knowledge, library: Library):
    known = {each.id for each in library.passages}
    assert {question.id for question in shipped.bank.questions} <= known
    assert {f"{code.lower()}#why" for code in shipped.guidelines} <= known
    assert {path.stem for path in REFERENCES} <= {each.partition("#")[0] for each in known}


def test_every_passage_says_where_it_comes_from(library: Library):
    assert [each.id for each in library.passages if not each.source] == []


def test_no_passage_holds_markup(library: Library):
    strange = re.compile(r"\]\(|</?[a-z]+>|^#+ |\*\*", re.MULTILINE)
    assert [each.id for each in library.passages if strange.search(each.text)] == []


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: path.stem)
def test_a_page_of_reference_is_short_and_names_a_source_in_each_section(path: Path):
    sections = path.read_text("utf-8").split("\n## ")[1:]
    assert 3 <= len(sections) <= 6
    for section in sections:
        body, _, source = section.partition("\n\n")[2].partition("\n\nSource: ")
        assert source.strip(), section[:40]
        assert 40 <= len(body.split()) <= 120, section[:40]


def test_an_answer_of_a_question_says_what_it_means(library: Library):
    passage = library.passage("G1-ACCESS-MFA")
    assert passage is not None
    assert "User name and password only (missing; may rule the tool out)" in passage.text
    assert "What puts it right: Put it behind company sign-in" in passage.text
    assert "PCI DSS 4.0 8.4.2" in passage.source


def test_passages_that_labelled_questions_name_are_all_there(library: Library):
    labelled = tomllib.loads(LABELLED.read_text("utf-8"))["question"]
    wanted = {each for question in labelled for each in question.get("right", [])}
    assert sorted(wanted - {each.id for each in library.passages}) == []


# --- finding ----------------------------------------------------------------------------------------------------------


def test_every_question_we_ship_finds_itself(shipped: Knowledge, library: Library):
    lost = [each.id for each in shipped.bank.questions if each.id not in ids(library.find(each.text))]
    assert lost == []


def test_every_heading_of_reference_finds_its_passage(library: Library):
    pages = [each for each in library.passages if each.shelf is Shelf.REFERENCE]
    lost = [each.id for each in pages if each.id not in ids(library.find(each.title.partition(" · ")[2]))]
    assert lost == []


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("may agents use their own phones for the second factor?", "second-factor#own-phones-as-the-second-factor"),
        ("2FA with a private mobile", "second-factor#own-phones-as-the-second-factor"),
        ("is wfh ok in a cafe", "home-workplace#the-room-at-home"),
        ("do we need VDI for BYOD", "own-devices#what-a-virtual-desktop-changes"),
        ("can we keep the PAN and CVV", "card-by-phone#what-may-never-be-kept"),
        (
            "Dürfen Agenten ihr eigenes Handy für den zweiten Faktor nehmen?",
            "second-factor#own-phones-as-the-second-factor",
        ),
        ("Wie oft muss man das Passwort ändern?", "passwords#changing-passwords-every-90-days"),
        ("¿Puedo usar mi teléfono personal como segundo factor?", "second-factor#own-phones-as-the-second-factor"),
        ("¿cuántos caracteres debe tener una contraseña?", "passwords#what-a-good-password-rule-says"),
        ("what does 3.4.2 ask for", "own-devices#settings-that-keep-work-inside"),
        ("passwrod manger", "passwords#where-passwords-are-kept"),
    ],
)
def test_words_of_the_field_are_found_in_other_words_and_with_slips(library: Library, question: str, wanted: str):
    found = library.find(question)
    assert wanted in ids(found)
    assert found.known


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of France",
        "what's for lunch",
        "who won the match yesterday",
        "tell me a joke",
        "who sits next to me",
        "my mouse is broken",
        "can you order coffee for the team",
        "which bus goes to the airport",
        "wie wird das Wetter morgen",
        "¿qué hay de comer?",
        "",
        "   ",
        "???",
        "the of and",
        "🙂🙂🙂",
        "qwertzuiop asdfghjkl",
    ],
)
def test_where_nothing_is_known_it_says_so(library: Library, question: str):
    assert not library.find(question).known


def test_labelled_questions_of_the_half_for_tuning_are_found_and_strange_ones_refused(library: Library):
    # The other half is counted by the evaluation, and looked at by nobody who changes words or numbers here.
    tuning = [each for each in tomllib.loads(LABELLED.read_text("utf-8"))["question"] if each["half"] == "tune"]
    answerable = [(library.find(each["ask"]), each["right"]) for each in tuning if each.get("right")]
    strange = [library.find(each["ask"]) for each in tuning if not each.get("right")]
    found = sum(not set(right).isdisjoint(ids(findings)) for findings, right in answerable)
    assert found >= 0.9 * len(answerable)
    assert sum(findings.known for findings, _ in answerable) >= 0.9 * len(answerable)
    assert sum(not findings.known for findings in strange) >= 0.9 * len(strange)


def test_the_matching_words_are_given_as_they_stand(library: Library):
    (hit, *_) = library.find("may agents use their own phones for 2fa").hits
    assert hit.passage.id == "second-factor#own-phones-as-the-second-factor"
    assert "authenticator app" in hit.words
    assert all(word in hit.passage.text for word in hit.words)


@pytest.mark.parametrize("asked", ["kartenpasswort", "eliminaremos"])
def test_a_compound_or_another_form_of_words_we_know_is_understood(library: Library, asked: str):
    wanted = {"kartenpasswort": "password", "eliminaremos": "delet"}[asked]
    assert any(wanted in hit.passage.text for hit in library.find(asked).hits)


def test_at_most_as_many_as_asked_for_the_best_first(library: Library):
    found = library.find("password", 3)
    assert len(found.hits) == 3
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


def test_any_text_can_be_asked(library: Library):
    for text in (*FORMS, *corpora(), "x" * 100_000, "password " * 20_000, "\u202e" * 500):
        found = library.find(text)
        assert all(word in hit.passage.text for hit in found.hits for word in hit.words)


def test_many_threads_may_ask_at_once(library: Library):
    asked = ["own phones second factor", "how long are recordings kept", "who signs exceptions", "usb sticks"] * 50
    alone = [library.find(each) for each in asked[:4]]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(library.find, asked)) == alone * 50


def test_what_is_asked_is_found_among_many_pages_more(folder: Folder, write: Write):
    for page in range(40):
        body = "\n\n".join(
            f"## Part {n}\n\nPhone, password and recording rules of unit {page}, part {n}." for n in range(10)
        )
        write(f"unit{page}.md", f"# Unit {page}\n\n{body}\n")
    library = folder.load().library
    assert len(library.passages) > 600
    asked = [each["ask"] for each in tomllib.loads(LABELLED.read_text("utf-8"))["question"]]
    assert sum(library.find(each).known for each in asked) > len(asked) // 2


# --- the organisation's own pages -------------------------------------------------------------------------------------


def test_a_new_page_is_found_without_a_restart_and_a_deleted_one_is_not(own: Library, write: Write):
    assert "policies/zebra.md#stripes" not in ids(own.find("zebra stripes"))
    path = write("zebra.md", "# Zebras\n\n## Stripes\n\nZebras keep their stripes at home.\n")
    assert own.refresh()
    found = own.find("zebra stripes at home")
    assert ids(found)[0] == "policies/zebra.md#stripes"
    assert found.known
    assert found.hits[0].passage.source == "our own policy, policies/zebra.md"
    path.unlink()
    assert own.refresh()
    assert "policies/zebra.md#stripes" not in ids(own.find("zebra stripes"))


def test_a_change_of_the_same_length_at_the_same_time_is_seen(own: Library, write: Write):
    path = write("a.md", "# A\n\nZebras may enter.\n")
    os.utime(path, ns=(0, 10**18))
    own.refresh()
    path.write_text("# A\n\nOtters may enter.\n")
    os.utime(path, ns=(0, 10**18))  # as a program that copies times along does
    assert own.refresh()
    passage = own.passage("policies/a.md")
    assert passage is not None
    assert passage.text == "Otters may enter."


def test_where_nothing_changed_nothing_is_read_again(own: Library, write: Write):
    path = write("a.md", "# A\n\ntext\n")
    own.refresh()
    passages = own.passages
    assert not own.refresh()
    os.utime(path, ns=(0, 0))  # touched, and the same
    assert not own.refresh()
    assert own.passages is passages


def test_a_page_with_a_fault_is_left_out_as_a_whole_and_comes_back_when_it_is_right(own: Library, write: Write):
    write("a.md", "# A\n\n## One\n\nZebras.\n")
    own.refresh()
    write("a.md", "# A\n\n## One\n\nZebras.\n\n## One\n\nOtters.\n")
    assert own.refresh()
    assert own.passage("policies/a.md#one") is None
    (broken,) = own.broken
    assert broken.file == "policies/a.md"
    assert "twice" in str(broken.faults[0])
    write("a.md", "# A\n\n## One\n\nOtters.\n")
    own.refresh()
    assert own.passage("policies/a.md#one") is not None
    assert own.broken == ()


def test_a_fault_is_untold_from_the_second_look_until_somebody_was_told(own: Library, write: Write):
    write("a.md", "half a pa")
    own.refresh()
    assert own.untold == ()  # somebody may be writing it at this moment
    own.refresh()
    assert [each.file for each in own.untold] == ["policies/a.md"]
    own.told(own.untold)
    own.refresh()
    assert own.untold == ()
    write("a.md", "other half")
    own.refresh()
    own.refresh()
    assert [each.file for each in own.untold] == ["policies/a.md"]


def test_folders_within_policies_are_read_and_a_readme_is_not(own: Library, write: Write):
    write("hr/deep/leavers.MD", "# Leavers\n\ntext\n")
    write("hr/README.md", "no page")
    write(".git/x.md", "no page")
    write("notes.txt", "no page")
    own.refresh()
    assert [each.id for each in own.passages if each.shelf is Shelf.POLICY] == ["policies/hr/deep/leavers.MD"]
    assert own.broken == ()


def only_fault(library: Library) -> tuple[str, str, str]:
    library.refresh()
    (fault,) = library.faults
    return fault.file, fault.wrong, fault.fix


def test_a_link_that_leads_outside_is_not_followed(own: Library, write: Write, tmp_path: Path):
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\nZebras.\n")
    write("a.md", "# A\n\ntext\n").with_name("b.md").symlink_to(secret)
    file, wrong, _ = only_fault(own)
    assert (file, wrong) == ("policies/b.md", "it is a link that leads outside this folder")
    assert all("Zebras" not in each.text for each in own.passages)


def test_a_link_to_a_folder_is_not_followed(own: Library, write: Write, tmp_path: Path):
    write("a.md", "# A\n\ntext\n").with_name("b").symlink_to(tmp_path, target_is_directory=True)
    assert only_fault(own)[:2] == ("policies/b", "it is a link to a folder")


def test_a_link_within_the_folder_is_read_as_mounted_volumes_have_them(own: Library, write: Write):
    path = write(".data/a.md", "# A\n\ntext\n")
    (path.parent.parent / "a.md").symlink_to(Path(".data") / "a.md")
    own.refresh()
    assert own.broken == ()
    assert own.passage("policies/a.md") is not None


def test_a_page_too_large_is_named(own: Library, write: Write):
    write("a.md", "# A\n\n" + "x" * PAGE_MOST)
    file, wrong, fix = only_fault(own)
    assert (file, wrong) == ("policies/a.md", f"it has more than {PAGE_MOST:,} bytes")
    assert "split" in fix


def test_too_many_pages_are_named_and_the_first_by_name_are_read(own: Library, write: Write):
    for n in range(PAGES_MOST + 1):
        write(f"{n:04}.md", "# A\n\ntext\n")
    file, wrong, _ = only_fault(own)
    assert file == "policies"
    assert f"more than {PAGES_MOST} pages" in wrong
    assert own.passage("policies/0000.md") is not None
    assert own.passage(f"policies/{PAGES_MOST:04}.md") is None


def test_too_much_text_is_named(own: Library, write: Write):
    page = "# A\n\n" + "word " * ((PAGE_MOST - 10) // 5)
    for n in range(ALL_MOST // len(page) + 1):
        write(f"{n:04}.md", page)
    own.refresh()
    assert [each.file for each in own.broken] == ["policies"]


def test_what_is_no_file_is_named_and_keeps_nobody_waiting(own: Library, write: Write):
    os.mkfifo(write("a.md", "# A\n\ntext\n").with_name("b.md"))
    assert only_fault(own)[:2] == ("policies/b.md", "it is not a file")


def test_a_name_that_cannot_be_shown_is_named_in_letters_that_can(own: Library, write: Write):
    write("a\u202eb.md", "# A\n\ntext\n")
    file, wrong, _ = only_fault(own)
    assert file == "policies/a\\u202eb.md"
    assert "name" in wrong


def test_a_page_of_reference_with_a_fault_is_left_out_and_keeps_nothing_else_from_being_found(folder: Folder):
    folder.change("references/passwords.md", "# Passwords", "Passwords")
    library = folder.load().library
    assert [each.file for each in library.broken] == ["references/passwords.md"]
    assert library.find("second factor").known


def test_without_these_folders_guidelines_and_questions_are_found(folder: Folder):
    for name in ("references", "policies", "ask"):
        for path in sorted((folder.path / name).rglob("*"), reverse=True):
            path.unlink()
        (folder.path / name).rmdir()
    library = folder.load().library
    assert library.faults == ()
    assert "G1-ACCESS-MFA" in ids(library.find("How do people sign in to it?"))


def test_pages_have_no_part_in_the_version_of_the_rules(folder: Folder, shipped: Knowledge, write: Write):
    write("a.md", "# A\n\ntext\n")
    assert folder.load().version == shipped.version


# --- synonyms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("\n[[same]]", "\n[[same", "it is not valid TOML"),
        ('en = ["second factor"', 'english = ["second factor"', "'english' is not known here"),
        ('en = ["second factor", "2fa"', 'en = ["second factor", "???"', "en holds '???'"),
        ("[[hint]]\nsay", "[[hint]]\nsays", "say is missing"),
    ],
)
def test_a_fault_among_the_synonyms_is_named_and_finding_goes_on(folder: Folder, old: str, new: str, wrong: str):
    folder.change("ask/synonyms.toml", old, new)
    library = folder.load().library
    library.refresh()
    assert any(wrong in fault.wrong and fault.file == "ask/synonyms.toml" for fault in library.faults)
    assert library.find("password").known


def test_words_by_which_people_ask_find_a_passage_and_are_not_shown(folder: Folder):
    folder.change("ask/asked.toml", 'G3-OWNER-NAME = "', 'G3-OWNER-NAME = "okapi ')
    library = folder.load().library
    (hit, *_) = library.find("okapi").hits
    assert hit.passage.id == "G3-OWNER-NAME"
    assert hit.words == ()
    assert "okapi" not in hit.passage.text


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("G3-OWNER-NAME", "G3-OWNER-NAMES", "no passage has this id"),
        ('G3-OWNER-NAME = "', 'G3-OWNER-NAME = "\\n', "has a line break"),
        ("[asked]", "[asked", "it is not valid TOML"),
        ("[asked]", "[ask]", "'ask' is not known here"),
    ],
)
def test_a_fault_among_the_words_of_askers_is_named_and_finding_goes_on(folder: Folder, old: str, new: str, wrong: str):
    folder.change("ask/asked.toml", old, new)
    library = folder.load().library
    library.refresh()
    assert any(wrong in fault.wrong and fault.file == "ask/asked.toml" for fault in library.faults)
    assert library.find("password").known


def test_words_for_a_page_that_is_left_out_are_no_fault_of_their_own(folder: Folder):
    folder.change("references/passwords.md", "# Passwords", "Passwords")
    assert [fault.file for fault in folder.load().library.faults] == ["references/passwords.md"]


def test_a_word_given_a_meaning_is_found_by_it(folder: Folder):
    assert "passwords#where-passwords-are-kept" not in ids(folder.load().library.find("where do I keep my zebra"))
    folder.change("ask/synonyms.toml", '"passphrase"', '"passphrase", "zebra"')
    assert "passwords#where-passwords-are-kept" in ids(folder.load().library.find("where do I keep my zebra"))
