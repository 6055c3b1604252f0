"""Rows as CSV or JSON. A cell that a spreadsheet would take for a formula becomes plain text; nothing is looked up."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TextIO

# Full-width twins too: spreadsheets in East Asian locales read them like the plain signs.
FORMULA_SIGNS: Final = tuple("=+-@＝＋－＠")
CONTROL_SIGNS: Final = ("\t", "\r", "\n")
UNSEEN: Final = "\ufeff\u200b\u200c\u200d\u2060\x00"


def write_csv(to: TextIO, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a header and the rows as RFC 4180 wants them."""
    writer = csv.writer(to, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)


def write_json(to: TextIO, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows as one JSON list."""
    to.write(json.dumps(rows, ensure_ascii=False, indent=2, default=str) + "\n")


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet: text that looks like a formula gets an apostrophe in front."""
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)
    seen = text.lstrip(UNSEEN)
    begins_hidden = seen.startswith(CONTROL_SIGNS)
    while seen != (seen := seen.lstrip().lstrip(UNSEEN)):
        pass
    return f"'{text}" if begins_hidden or seen.startswith(FORMULA_SIGNS) else text
