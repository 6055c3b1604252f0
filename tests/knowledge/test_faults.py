"""What is wrong in the knowledge folder is said with file, entry and fix, and everything at once."""

from pathlib import Path

import pytest

from bot.knowledge import KnowledgeFaults, load_knowledge

G1 = "questions/g1_permissions.toml"
MFA = "G1-ACCESS-MFA"

QUESTION_FAULTS = [
    # question, old, new, entry in the fault, what it says is wrong, and what it says to do
    (MFA, "weight = 3", "", MFA, "weight is missing", "add weight"),
    (MFA, "weight = 3", 'weight = "3"', MFA, "weight is text", "whole number"),
    (MFA, "weight = 3", "weight = true", MFA, "weight is true or false", "whole number"),
    (MFA, "weight = 3", "weight = 9", MFA, "weight is 9", "from 1 to 3"),
    (MFA, "weight = 3", "weight = 3\nwieght = 2", MFA, "'wieght' is not known", "did you mean 'weight'"),
    (MFA, 'source = "team"', 'source = "teams"', MFA, "source is 'teams'", "team, vendor"),
    (MFA, 'kind = "one"', 'kind = "many"', MFA, "kind is 'many'", "one, ticks, layers"),
    (MFA, "How do people", "H" * 160, MFA, "text has", "shorten it to 150"),
    (MFA, '"How do people sign in to it?"', '" "', MFA, "text is empty", "one line"),
    (MFA, "User name and", "U" * 80, f"{MFA}, options 4 (password)", "label has", "shorten it to 75"),
    (MFA, 'code = "password"', 'code = "unknown"', f"{MFA}, options 4 (unknown)", "reserved", "is_yes"),
    (MFA, 'code = "password"', 'code = "off"', f"{MFA}, options 4 (off)", "reserved", "is_yes"),
    (MFA, 'code = "password"', 'code = "Pass-Word"', f"{MFA}, options 4 (Pass-Word)", "code is", "small letters"),
    (MFA, 'code = "password"', 'code = "shared"', MFA, "'shared' is used twice", "its own code"),
    (MFA, "gap = 2 }", "gap = 7 }", f"{MFA}, options 3 (local_mfa)", "gap is 7", "from 0 to 4"),
    (MFA, "gap = 2 }", 'gap = 2, blocks = "remote" }', MFA, "local_mfa blocks", "gap 4"),
    (MFA, "gap = 0", "gap = 1", MFA, "no answer leaves no gap", "gap 0"),
    ("G1-ACCESS-LEAST", "gap = 4 }", "gap = 4, alone = true }", "G1-ACCESS-LEAST, options 4 (most)", "alone", "remove"),
    (MFA, "gap = 2 }", "gap = 2, aim = 0 }", f"{MFA}, options 3 (local_mfa)", "aim is", "true or false"),
    (MFA, "gap = 0 }", "gap = 0, aim = false }", f"{MFA}, options 1 (sso_strong)", "aim = false", "best answer"),
    ("G6-CONTRACT-TERMS", 'duties" }', 'duties", aim = false }', "options 1 (security)", "aim = false", "ticked"),
    (MFA, 'when = "always"', 'when = "not remote"', MFA, 'when says "not"', "switch it on"),
    (MFA, 'when = "always"', 'when = "remote and unless saas"', MFA, 'when says "not"', "switch it on"),
    (MFA, 'when = "always"', 'when = "remote and (saas or phi)"', MFA, "brackets", "write it out"),
    (
        MFA,
        "credentials or identity",
        "credentails or identity",
        "options 4",
        "'credentails'",
        "did you mean credentials",
    ),
    (MFA, '"PR.AA-03"', '"PRAA03"', f"{MFA}.maps", "'PRAA03' does not look like", "check it"),
    (MFA, '"CIS Controls 8"', '"CIS Controls 7"', f"{MFA}.maps", "no framework", "CIS Controls 8"),
    ("G3-OWNER-NAME", '"named", "one"', '"named", "two"', "G3-OWNER-NAME", "extra names two", "named, one, team, none"),
    ("G3-OWNER-NAME", 'kind = "person"', 'kind = "people"', "G3-OWNER-NAME.extra", "kind is 'people'", "person, date"),
    ("G6-CONTRACT-TERMS", "[0, 1, 2, 3, 4]", "[0, 1, 3, 2, 4]", "G6-CONTRACT-TERMS", "falls", "let the numbers rise"),
    ("G6-CONTRACT-TERMS", "[0, 1, 2, 3, 4]", "[]", "G6-CONTRACT-TERMS", "gaps_by_missing", "whole numbers"),
    ("G3-LAYER-CHECK", 'code = "people"', 'code = "folk"', "G3-LAYER-CHECK", "not the layers", "people"),
    ("G3-STAGE-NOW", 'code = "pilot"', 'code = "trial"', "G3-STAGE-NOW", "rely on its answers pilot", "put them back"),
    ("G4-KEEP-TIME", 'when = "always"', 'when = "remote"', "G4", "no question that is always asked", "always"),
    ("G2-COPY-OUT", 'id = "G2-COPY-OUT"', 'id = "G2-ROOM-JOIN"', "G2-ROOM-JOIN", "already used in", "new id"),
    ("G2-COPY-OUT", 'id = "G2-COPY-OUT"', 'id = "G3-COPY-OUT"', "G3-COPY-OUT", "belongs to G3", "move it"),
    ("G2-COPY-OUT", 'id = "G2-COPY-OUT"', 'id = "g2 copy"', "g2 copy", "id is 'g2 copy'", "capitals"),
]


@pytest.mark.parametrize(("question", "old", "new", "entry", "wrong", "fix"), QUESTION_FAULTS)
def test_a_fault_in_a_question_is_named_with_its_fix(folder, question, old, new, entry, wrong, fix):
    folder.change_question(question, old, new)
    found = [fault for fault in folder.faults() if wrong in fault.wrong]
    assert found, [str(fault) for fault in folder.faults()]
    assert entry in found[0].entry
    assert fix in found[0].fix
    assert found[0].file.startswith("questions")


POLICY_FAULTS = [
    ("scoring", "cardholder = 45\n", "", "data.points", "cardholder is missing", "add cardholder"),
    ("scoring", "saas = 7\n", "saas = 7\nsass = 7\n", "position.kind_points", "'sass'", "did you mean 'saas'"),
    ("scoring", "from = [25, 40, 65]", "from = [25, 65, 40]", "tiers", "must rise", "in order"),
    ("scoring", "from = [25, 40, 65]", "from = [25, 40]", "tiers", "2 numbers", "exactly 3"),
    ("scoring", "points = [0, 2, 5, 10, 16]", "points = [0, 2, 5, 16, 10]", "gaps", "must rise", "in order"),
    (
        "scoring",
        "points = [0, 2, 5, 10, 16]",
        "points = [1, 2, 5, 10, 16]",
        "gaps",
        "good answer a cost",
        "start with 0",
    ),
    ("scoring", "[25, 0]", "[25]", "reach.seats", "bands has [25]", "so many seats"),
    ("scoring", "[250, 2]", "[20, 2]", "reach.seats", "must rise", "in order"),
    ("scoring", "red_from = 48", "red_from = 10", "gaps", "must rise", "in order"),
    ("scoring", "divisor = 4", "divisor = 0", "gaps", "divisor is 0", "from 1"),
    ("verdicts", '"high", "critical"]', '"high", "bad"]', "matrix", "tier_3 is", "low, moderate, high, critical"),
    ("verdicts", 'tier_2 = ["low", "moderate"', 'tier_2 = ["low", "high"', "matrix", "left to right", "in order"),
    ("verdicts", 'tier_4 = ["moderate"', 'tier_4 = ["low"', "matrix", "", ""),
    ("verdicts", 'tier_1 = ["low", "low"', 'tier_1 = ["low", "moderate"', "matrix", "", ""),
    ("verdicts", 'tier_1 = ["low", "low", "m', 'tier_1 = ["low", "high", "m', "matrix", "left to right", "in order"),
    ("verdicts", 'critical = "reject"', 'critical = "approve"', "base", "must rise", "in order"),
    ("verdicts", 'critical = "reject"', 'critical = "refuse"', "base", "critical is 'refuse'", "needs_security_lead"),
    ("verdicts", "many_gaps = 5", "", "floors.E5", "many_gaps is missing", "add many_gaps"),
    ("verdicts", "[floors.E4]", "[floors.E6]", "floors", "E4 is missing", "[E4]"),
    ("verdicts", "days = 90", "days = 3", "deadlines", "must rise", "in order"),
    ("verdicts", "working = true", 'working = "yes"', "deadlines.unknown", "working is text", "true or false"),
    ("approval", 'reject = "ciso"', 'reject = "boss"', "tier_1", "reject is 'boss'", "two_security_leads"),
    (
        "approval",
        'needs_security_lead = "ciso"',
        'needs_security_lead = "self_serve"',
        "tier_4",
        "must rise",
        "in order",
    ),
    ("approval", '[tier_3]\napprove = "one_security_lead"', '[tier_3]\napprove = "self_serve"', "", "", ""),
    ("lifetimes", "high = 3", "high = 24", "months", "must rise", "in order"),
    ("lifetimes", "look_up = 7", "look_up = 0", "fresh_days", "look_up is 0", "from 1"),
    ("facts", 'code = "saas"', 'code = "sass"', "kinds", "its values differ in saas, sass", "describe exactly"),
    ("facts", '[[fact]]\ncode = "change"', '[[fact]]\ncode = "changes"', "changes", "not a fact of use", "change"),
    ("facts", 'because = "telephony_acd"', 'because = "saas"', "inferred 4", "never add", "check its codes"),
]


@pytest.mark.parametrize(("file", "old", "new", "entry", "wrong", "fix"), [row for row in POLICY_FAULTS if row[4]])
def test_a_fault_in_the_policy_is_named_with_its_fix(folder, file, old, new, entry, wrong, fix):
    folder.change(f"policy/{file}.toml", old, new)
    found = [fault for fault in folder.faults() if wrong in fault.wrong]
    assert found, [str(fault) for fault in folder.faults()]
    assert found[0].file == f"policy/{file}.toml"
    assert found[0].entry == entry
    assert fix in found[0].fix


@pytest.mark.parametrize(("file", "old", "new"), [row[:3] for row in POLICY_FAULTS if not row[4]])
def test_an_appetite_that_keeps_the_order_is_accepted(folder, file, old, new):
    folder.change(f"policy/{file}.toml", old, new)
    assert folder.faults() == []


def test_a_tier_milder_than_the_one_below_it_is_refused(folder):
    folder.change("policy/verdicts.toml", 'tier_3 = ["low", "moderate", "high"', 'tier_3 = ["low", "low", "high"')
    assert "tier_3 is milder than tier_2" in folder.fault().wrong


def test_a_tier_that_needs_fewer_signatures_than_the_one_below_it_is_refused(folder):
    folder.change("policy/approval.toml", 'needs_security_lead = "two_security_leads"', 'needs_security_lead = "ciso"')
    folder.change("policy/approval.toml", 'approve = "two_security_leads"', 'approve = "self_serve"')
    assert [fault.wrong for fault in folder.faults()] == ["approve in tiers 1 to 4 must rise, and does not"]


def test_a_fact_nobody_can_explain_is_refused(folder):
    page = folder.path / "policy/facts.toml"
    text = page.read_text("utf-8")
    page.write_text(text[: text.rindex("[[inferred]]")], "utf-8")
    assert folder.fault().wrong == "nothing explains why browser_extension adds endpoint to layers"
    assert 'value = "endpoint", because = "browser_extension"' in folder.fault().fix


def test_all_faults_are_told_at_once(folder):
    folder.change_question(MFA, "weight = 3", "weight = 4")
    folder.change_question(
        "G7-SCREENED", 'when = "client_data and outsiders"', 'when = "client_data and not outsiders"'
    )
    folder.change("policy/scoring.toml", "saas = 7", 'saas = "seven"')
    folder.change("policy/lifetimes.toml", "team = 180", "")
    (folder.path / "guidelines/g4.md").unlink()
    (folder.path / "questions/g2_communication.toml").write_text("[[question]\n")
    assert sorted((fault.file, fault.entry) for fault in folder.faults()) == [
        ("guidelines/g4.md", "top of the file"),
        ("policy/lifetimes.toml", "fresh_days"),
        ("policy/scoring.toml", "position.kind_points"),
        ("questions/g1_permissions.toml", MFA),
        ("questions/g2_communication.toml", "line 1"),
        ("questions/g7_everyone.toml", "G7-SCREENED"),
    ]


def test_one_slip_is_one_fault(folder):
    folder.change_question("G4-KEEP-TIME", "weight = 2", "weight = 8")
    assert folder.fault().entry == "G4-KEEP-TIME"


def test_a_fault_reads_as_file_entry_wrong_and_fix(folder):
    folder.change_question(MFA, "weight = 3", "weight = 4")
    assert str(folder.fault()) == f"{G1} · {MFA} · weight is 4 · use a number from 1 to 3"


def test_the_error_prints_one_line_a_fault(folder):
    folder.change_question(MFA, "weight = 3", "weight = 4")
    folder.change_question("G1-TOKEN-LOCK", "weight = 2", "weight = 4")
    with pytest.raises(KnowledgeFaults) as caught:
        folder.load()
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    assert len(caught.value.faults) == 2


def test_broken_toml_is_told_with_its_line(folder):
    folder.change_question(MFA, "weight = 3", "weight = = 3")
    fault = folder.fault()
    assert (fault.file, fault.entry) == (G1, "line 9")
    assert "not valid TOML" in fault.wrong


def test_text_that_is_not_utf_8_is_told_with_its_line(folder):
    page = folder.path / "policy/approval.toml"
    page.write_bytes(page.read_bytes().replace(b"# To trust teams less", b"# To trust caf\xe9s less"))
    fault = folder.fault()
    assert (fault.file, fault.entry, fault.fix) == ("policy/approval.toml", "line 4", "save the file as UTF-8")


def test_a_file_saved_by_a_windows_editor_is_fine(folder):
    page = folder.path / G1
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes().replace(b"\n", b"\r\n"))
    assert folder.faults() == []


@pytest.mark.parametrize("file", ["policy/scoring.toml", "policy/facts.toml", "guidelines/g7.md"])
def test_a_missing_file_is_told(folder, file):
    (folder.path / file).unlink()
    assert (folder.fault().file, folder.fault().wrong) == (file, "the file is missing")


def test_a_guideline_without_its_questions_is_told_once(folder):
    (folder.path / "questions/g5_risk_points.toml").unlink()
    assert folder.fault().wrong == "guideline G5 has no file"


def test_a_folder_where_a_file_should_be_is_told(folder):
    (folder.path / "policy/scoring.toml").unlink()
    (folder.path / "policy/scoring.toml").mkdir()
    assert "cannot be read" in folder.fault().wrong


def test_a_question_file_that_names_no_guideline_is_told(folder):
    (folder.path / "questions/extra.toml").write_text("")
    assert (folder.fault().file, folder.fault().fix) == (
        "questions/extra.toml",
        "name it after its guideline, such as g1_permissions.toml",
    )


def test_an_empty_question_file_is_told(folder):
    (folder.path / G1).write_text("")
    assert (folder.fault().file, folder.fault().wrong) == (G1, "question is missing")


def test_a_missing_folder_is_told(tmp_path: Path):
    with pytest.raises(KnowledgeFaults, match="does not exist · set KNOWLEDGE_DIR"):
        load_knowledge(tmp_path / "nowhere")


@pytest.mark.parametrize("page", ["Tighten permissions\n\ntext\n", "# \n\ntext\n", "# Title\n", ""])
def test_a_guideline_page_needs_a_title_and_text(folder, page):
    (folder.path / "guidelines/g1.md").write_text(page)
    assert {fault.file for fault in folder.faults()} == {"guidelines/g1.md"}
