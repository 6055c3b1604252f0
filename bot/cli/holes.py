"""The file behind `preflight prompts show`: the holes of a prompt and their texts. It knows no prompt."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path


class HolesUnreadable(Exception):
    """The file cannot be used; the text says why, and what to do."""


def read_holes(file: Path) -> Mapping[str, str]:
    """Each hole with its text; a list stands for lines. Raises HolesUnreadable."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise HolesUnreadable(f"{file} cannot be read: {why}.") from None
    try:
        raw = json.loads(text) if file.suffix.casefold() == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if file.suffix.casefold() == ".json" else "TOML"
        raise HolesUnreadable(f"{file} is not {kind}: {error}. Write each hole as a name and its text.") from None
    if not isinstance(raw, dict):
        raise HolesUnreadable(f"{file} holds no names. Write each hole as a name and its text.")
    return {name: _text(file, name, value) for name, value in raw.items()}


def _text(file: Path, name: str, value: object) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise HolesUnreadable(f"{file}: {name} is no text. Write it in quotation marks, or as a list of lines.")
    return value
