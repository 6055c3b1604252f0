"""The labelled data is sound, an evaluation goes the ways that requests and questions go, and rules stay as good."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.domain.evaluation import Half
from bot.knowledge import default_folder, load_knowledge
from bot.settings import Settings, load_settings, variables
from bot.wiring import evaluation
from bot.wiring.evaluation import Evaluation, Part, evaluate
from bot.wiring.evaluation_data import DataFaults, Labelled, load_labelled
from bot.wiring.ready import NotReady
from tests.llm.endpoint import KEY, MODEL, Endpoint, Fault, proposals, sentences

HERE = Path(__file__).parents[1] / "evaluation"
KNOWLEDGE = load_knowledge(default_folder())


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return load_labelled(HERE, KNOWLEDGE.bank)


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)


def settings(**given: Any) -> Settings:
    return load_settings(env_file=None, **given)


def measured(
    data: Path = HERE, *, half: Half = Half.TUNE, parts: tuple[Part, ...] = tuple(Part), **given: Any
) -> Evaluation:
    return evaluate(settings(**given), data=data, halves=[half], parts=parts, told=lambda what, done, total: None)


# --- the data ---------------------------------------------------------------------------------------------------------


def test_there_is_as_much_labelled_data_as_was_promised(labelled: Labelled):
    langs = Counter(case.lang for case in labelled.cases)
    assert len(labelled.cases) >= 160
    assert langs["de"] >= 20
    assert langs["es"] >= 20
    assert sum(len(case.said) > 1 for case in labelled.cases) >= 25
    assert all(len(case.said) <= 5 for case in labelled.cases)
    assert sum(bool(each.right) for each in labelled.questions) >= 70
    assert sum(not each.right for each in labelled.questions) >= 24


def test_the_halves_are_balanced_by_kind_but_for_the_traps(labelled: Labelled):
    def kinds(half: Half) -> Counter[str]:
        cases = [case for case in labelled.cases if case.half is half and "trap" not in case.tags]
        return Counter(kind for case in cases for kind in (*case.tags, case.lang, "all"))

    assert kinds(Half.TUNE) == kinds(Half.TEST)
    for known in (True, False):
        by_half = Counter(each.half for each in labelled.questions if bool(each.right) is known)
        # Either half may grow: what is only counted must stay enough to count.
        assert by_half[Half.TUNE] > 0
        assert by_half[Half.TEST] >= (45 if known else 12)


def test_no_words_are_in_both_halves(labelled: Labelled):
    said = [(case.half, one.text.casefold()) for case in labelled.cases for one in case.said if len(one.text) > 20]
    asked = [(each.half, each.ask.casefold()) for each in labelled.questions]
    for words in (said, asked):
        tune, test = ({text for half, text in words if half is which} for which in Half)
        assert not tune & test


def test_every_passage_that_a_question_names_exists(labelled: Labelled):
    known = {each.id for each in KNOWLEDGE.library.passages}
    assert {right for each in labelled.questions for right in each.right} <= known


# --- what must not get worse ------------------------------------------------------------------------------------------
# Only on the half that may be looked at: the other one is counted by `preflight eval`, and by nobody who changes rules.


def test_what_the_rules_propose_is_nearly_always_right():
    found = measured(parts=(Part.RULES,))
    figures = found.halves[Half.TUNE].rules
    assert figures is not None
    assert figures.total.right > 130
    assert figures.total.precision is not None
    assert figures.total.precision >= 0.95, [miss for miss in found.misses if miss.wrong]


def test_the_right_passage_is_nearly_always_among_the_first_five():
    found = measured(parts=(Part.RETRIEVAL,))
    figures = found.halves[Half.TUNE].retrieval
    assert figures is not None
    assert figures.recall_at_5 is not None
    assert figures.recall_at_5 >= 0.9, found.misses


# --- a run on little data ---------------------------------------------------------------------------------------------

CASES = """
[[case]]
id = "a"
half = "tune"
lang = "en"
said = [{ by = "U_ANA", text = "Is Otter.ai safe for 200 home agents? It hears what members say about their illness." }]
tool = ["Otter.ai", "Otter"]
users = ["wah_agents"]
data = ["phi"]
seats = 200

[[case]]
id = "b"
half = "tune"
lang = "en"
said = [{ by = "U_ANA", text = "see you at lunch, we are 20 people today" }]
"""
QUESTIONS = """
[[question]]
id = "c"
half = "tune"
lang = "en"
ask = "May we use a shared login?"
right = ["shared-accounts#why-shared-logins-are-refused", "G1-ACCESS-MFA"]

[[question]]
id = "d"
half = "tune"
lang = "en"
ask = "zzqx wvvk qqrr"
right = []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sentences.toml").write_text(CASES)
    (tmp_path / "retrieval.toml").write_text(QUESTIONS)
    return tmp_path


def test_without_a_model_rules_and_passages_are_measured(folder: Path):
    found = measured(folder)
    half = found.halves[Half.TUNE]
    assert half.rules is not None
    assert (half.rules.total.right, half.rules.total.wrong, half.rules.total.missed) == (3, 0, 1)
    assert half.retrieval is not None
    assert (half.retrieval.recall_at_5, half.retrieval.refused_rightly) == (1.0, 1.0)
    assert (half.with_model, half.replies, found.model, found.calls) == (None, None, None, {})


def test_a_model_is_held_to_the_words_and_to_its_passages_as_anywhere(folder: Path, endpoint_aside: Endpoint):
    def says(asked: Any) -> str:
        if asked.task == "extract":
            return proposals(
                ("data", "phi", "what members say about their illness"),
                ("data", "cardholder", "words that nobody said"),
            )
        return sentences(("Shared logins are refused.", [1]), ("Ask the moon for its blue permission slip.", [1]))

    endpoint_aside.says = says
    found = measured(folder, openai_base_url=endpoint_aside.base_url, openai_api_key=KEY, openai_model=MODEL)
    half = found.halves[Half.TUNE]
    assert half.with_model is not None
    assert (half.with_model.total.right, half.with_model.total.wrong, half.with_model.total.missed) == (4, 0, 0)
    assert half.replies is not None
    assert half.replies.sentences >= 2
    assert half.replies.dropped >= 1
    assert half.replies.held_back == 1.0
    assert found.model == MODEL
    assert found.calls["extract"].calls == 2
    assert found.calls["extract"].tokens_in > 0
    assert found.calls["extract"].p95_ms is not None
    assert found.prompts["extract"] >= 1


def test_with_a_model_that_fails_the_figures_are_those_of_the_rules(folder: Path, endpoint_aside: Endpoint):
    endpoint_aside.fail(always=Fault.PROSE)
    found = measured(folder, openai_base_url=endpoint_aside.base_url, openai_api_key=KEY, openai_model=MODEL)
    half = found.halves[Half.TUNE]
    assert half.with_model == half.rules
    assert "used" not in found.calls["extract"].outcomes


def test_only_the_tuning_half_is_ever_listed(folder: Path):
    (folder / "sentences.toml").write_text(CASES.replace('"tune"', '"test"'))
    (folder / "retrieval.toml").unlink()
    found = measured(folder, half=Half.TEST)
    assert found.halves[Half.TEST].rules is not None
    assert found.halves[Half.TEST].rules.total.missed == 1
    assert found.misses == ()


def test_the_file_for_machines_holds_figures_and_nobody_s_words(folder: Path):
    found = measured(folder)
    assert found.misses
    written = str(found.as_object())
    assert "'recall'" in written
    assert "illness" not in written


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_model_without_a_way_to_it_is_said_before_anything_is_measured(folder: Path):
    with pytest.raises(NotReady, match="OPENAI_API_KEY"):
        measured(folder, openai_model="some-model")
    with pytest.raises(NotReady, match="OPENAI_MODEL"):
        measured(folder, parts=(Part.MODEL,))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('id = "b"', 'id = "a"', "this id is taken"),
        ('half = "tune"', 'half = "both"', "neither tune nor test"),
        ('["wah_agents"]', '["martians"]', "'martians' is no code"),
        ("seats = 200", "seats = 0", "no number of people"),
        ("seats = 200", 'answers = { "G9-NEVER" = "x" }', "no question 'G9-NEVER'"),
        ("seats = 200", 'answers = { "G3-STAGE-NOW" = "x" }', "no option 'x'"),
        ("seats = 200", "seat = 200", "not a field: seat"),
        ("said = [", "said = [] #", "somebody has to say something"),
        ("[[case]]", "[[case", "cannot be read as TOML"),
    ],
)
def test_labelled_data_that_does_not_fit_is_named(folder: Path, before: str, after: str, says: str):
    (folder / "sentences.toml").write_text(CASES.replace(before, after, 1))
    with pytest.raises(DataFaults) as found:
        measured(folder)
    assert says in str(found.value)
    assert "sentences.toml" in str(found.value)


def test_a_passage_that_does_not_exist_is_named(folder: Path):
    (folder / "retrieval.toml").write_text(QUESTIONS.replace("G1-ACCESS-MFA", "G1-NO-SUCH"))
    with pytest.raises(DataFaults, match="G1-NO-SUCH"):
        measured(folder)


def test_a_folder_without_labelled_data_is_said_to_be_none(tmp_path: Path):
    with pytest.raises(DataFaults, match="holds no labelled data"):
        measured(tmp_path)
    with pytest.raises(DataFaults, match="is no folder"):
        measured(tmp_path / "nowhere")


def test_a_run_tells_how_far_it_is(folder: Path):
    told: list[tuple[str, int, int]] = []
    evaluate(
        settings(),
        data=folder,
        halves=list(Half),
        parts=list(Part),
        told=lambda what, done, total: told.append((what, done, total)),
    )
    assert ("Reading by rules", 2, 2) in told
    assert ("Looking up questions", 2, 2) in told
    assert evaluation.FIRST == 5
