"""Exports: what a spreadsheet would run as a formula stays text, and nothing is lost on the way."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.export import cell, write_csv, write_json


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "  =1+1",
        "\u00a0=1",
        "\u3000＝1",
        "\t=1",
        "\tplain",
        "\rplain",
        "\nplain",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\ufeff=1",
        "\u200b =1",
        "\x00=1",
        " \u200b=1",
    ],
)
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Otter", "a=1", "1-2", "", "'=1", "  plain", "ana@example.com"])
def test_other_text_stays_as_it_is(text: str):
    assert cell(text) == text


@pytest.mark.parametrize(("value", "written"), [(-1, -1), (0, 0), (True, True), (None, ""), (["a"], '["a"]')])
def test_numbers_stay_numbers_and_nothing_stays_empty(value: object, written: object):
    assert cell(value) == written


def test_csv_quotes_and_ends_lines_as_rfc_4180_says():
    out = io.StringIO(newline="")
    write_csv(out, ["tool", "why"], [{"tool": 'The "best", tool', "why": "one\ntwo", "more": 1}, {"tool": "Otter"}])
    assert out.getvalue() == 'tool,why\r\n"The ""best"", tool","one\ntwo"\r\nOtter,\r\n'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))))
def test_every_cell_reads_back_and_none_is_a_formula(texts: list[str]):
    out = io.StringIO(newline="")
    write_csv(out, ["text"], [{"text": text} for text in texts])
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(out.getvalue(), newline=""))][1:]
    assert [back.removeprefix("'") if back != text else back for back, text in zip(read, texts, strict=True)] == texts
    assert not any(back.strip()[:1] in tuple("=+-@＝＋－＠") and back.strip() for back in read)


def test_json_is_one_list_with_every_column():
    out = io.StringIO()
    write_json(out, [{"tool": "Otter – ä", "seats": 3, "why": None}])
    assert json.loads(out.getvalue()) == [{"tool": "Otter – ä", "seats": 3, "why": None}]
    assert "ä" in out.getvalue()
