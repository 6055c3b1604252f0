"""A citable piece of what we know: where it stands, and its words. Answers rest on passages and on nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shelf(StrEnum):
    """Where a passage comes from."""

    GUIDELINE = "guideline"
    QUESTION = "question"
    REFERENCE = "reference"
    POLICY = "policy"  # the organisation's own


@dataclass(frozen=True, slots=True)
class Passage:
    """One citable piece. `id` is stable, like `g1#why`, `G1-ACCESS-MFA` or `policies/phones.md#second-factor`."""

    id: str
    shelf: Shelf
    title: str
    text: str
    source: str = ""  # who says so, in words
    link: str = ""  # where to read it, if it has an address


@dataclass(frozen=True, slots=True)
class Cited:
    """One sentence of an answer and the passages it says it rests on, by their place among those given, from 1."""

    text: str
    passages: tuple[int, ...]
