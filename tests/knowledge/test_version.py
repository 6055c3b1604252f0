"""The version follows what can change a verdict, and an old version can be built again."""

import hashlib

import pytest

from bot.domain.profile import Profile
from bot.domain.verdict import assess
from bot.knowledge import Knowledge, default_folder, knowledge_from_content
from bot.knowledge.loader import load_knowledge

PROFILE = Profile(frozenset({"saas", "ai_llm"}), frozenset({"customer_pii"}), frozenset({"wah_agents"}), 300)


def test_the_version_is_the_digest_of_the_content(shipped: Knowledge):
    assert shipped.version == hashlib.sha256(shipped.content.encode()).hexdigest() == shipped.bank.version


def test_loading_twice_gives_the_same_version(shipped: Knowledge):
    assert load_knowledge(default_folder()).content == shipped.content


def test_one_gap_changes_the_version(folder, shipped: Knowledge):
    folder.change_question("G1-ACCESS-MFA", "gap = 2", "gap = 3")
    assert folder.load().version != shipped.version


def test_one_cell_of_the_table_changes_the_version(folder, shipped: Knowledge):
    folder.change("policy/verdicts.toml", '"moderate", "high"]', '"high", "high"]')
    assert folder.load().version != shipped.version


def test_a_comment_does_not_change_the_version(folder, shipped: Knowledge):
    folder.change("questions/g1_permissions.toml", "[[question]]", "# checked by two people\n[[question]]")
    folder.change("policy/scoring.toml", "cap = 50 ", "cap = 50   # agreed in spring ")
    assert folder.load().version == shipped.version


def test_another_order_of_keys_does_not_change_the_version(folder, shipped: Knowledge):
    folder.change_question("G1-ACCESS-MFA", 'weight = 3\nsource = "team"', 'source = "team"\nweight = 3')
    assert folder.load().version == shipped.version


def test_a_guideline_page_does_not_change_the_version(folder, shipped: Knowledge):
    folder.change("guidelines/g1.md", "## Why", "## Why, in short")
    assert folder.load().version == shipped.version


def test_bank_and_policy_are_rebuilt_from_their_content(shipped: Knowledge):
    bank, policy = knowledge_from_content(shipped.content)
    assert (bank.version, bank.questions, policy) == (shipped.version, shipped.bank.questions, shipped.policy)


def test_an_old_verdict_is_computed_again_after_the_rules_have_changed(folder, shipped: Knowledge):
    then = assess(shipped.bank, shipped.policy, PROFILE, {})
    folder.change("policy/scoring.toml", "points = [0, 2, 5, 10, 16]", "points = [0, 1, 2, 3, 4]")
    now = folder.load()
    assert assess(now.bank, now.policy, PROFILE, {}) != then
    assert assess(*knowledge_from_content(shipped.content), PROFILE, {}) == then


@pytest.mark.parametrize("place", ["beside the code", "inside the package"])
def test_the_folder_is_found_in_a_checkout_and_when_installed(monkeypatch, tmp_path, place):
    package = tmp_path / "site" / "bot"
    beside, inside = tmp_path / "site" / "knowledge", package / "_data" / "knowledge"
    wanted = beside if place == "beside the code" else inside
    (wanted / "questions").mkdir(parents=True)
    beside.mkdir(exist_ok=True)  # a stranger's package of that name must not be taken for ours
    monkeypatch.setattr("bot.knowledge.loader.__file__", str(package / "knowledge" / "loader.py"))
    assert default_folder() == wanted
