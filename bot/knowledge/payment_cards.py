"""Card numbers among words, found by arithmetic: length, issuer and check digit. It reads nothing else.

A case number, a phone number, an account or a time stamp is no card number, however many digits it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

Span = tuple[int, int]

# Digits, maybe in groups with one blank, dash or point between; not inside a word, an id or a number with a fraction.
_GROUPS: Final = re.compile(
    r"(?<![\w.,+/@#-])\d{2,19}(?:[ \u00a0\u2009\u202f.–‐-]\d{1,19})*(?![\w@]|[.,/-]\d)", re.ASCII
)
_FRACTION: Final = re.compile(r"\.\d", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_SHAPES: Final = (
    (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 1),
    (4, 6, 5),
    (4, 6, 4),
    (6, 10),
    (6, 13),
    (8, 8),
    (4, 12),
    (4, 4, 8),
)
# An account number in groups of four begins with its country and two digits.
_ACCOUNT: Final = re.compile(r"\b[A-Z]{2}\d{2}[ \u00a0]$", re.ASCII)
_COUNTED: Final = re.compile(
    r"\b(?:case|ticket|order|ref(?:erence)?|invoice|tracking|shipment|parcel|serial|imei|build|job|batch|transaction|record"
    r"|fall|vorgang|bestellung|rechnung|auftrag|caso|pedido|factura)s?(?:[ ]?(?:no|nr|number|id|nummer|número|#)\.?)?"
    r"[ ]?(?:is|ist|es)?[:# ]{1,3}$",
    re.IGNORECASE,
)
_PAID: Final = re.compile(
    r"\b(?:card|visa|mastercard|amex|american express|karte|kreditkarte|tarjeta|pan|cvv|cvc)\b", re.I
)
_LOOK_BACK: Final = 60


def card_numbers(text: str) -> Iterator[Span]:
    """Where card numbers stand."""
    for run in _GROUPS.finditer(text):
        if run.end() - run.start() < 13:
            continue
        groups = [(run.start() + each.start(), run.start() + each.end()) for each in _DIGITS.finditer(run.group())]
        at = 0
        while at < len(groups):
            used = _card_at(text, groups, at)
            if used:
                yield groups[at][0], groups[at + used - 1][1]
            at += used or 1


def _card_at(text: str, groups: list[Span], at: int) -> int:
    """How many groups from here on are one card number; none is 0."""
    start, end = groups[at]
    if 13 <= end - start <= 19:
        fraction = _FRACTION.match(text, end) or text[start - 1 : start] == "."
        return int(not fraction and _is_card(text[start:end]) and not _is_counted(text, start))
    for shape in _SHAPES:
        taken = groups[at : at + len(shape)]
        if tuple(b - a for a, b in taken) != shape:
            continue
        between = {text[a[1] : b[0]] for a, b in pairwise(taken)}
        if len(between) == 1 and _is_card("".join(text[a:b] for a, b in taken)) and not _is_account(text, start):
            return len(shape)
    return 0


def _is_card(digits: str) -> bool:
    return _has_issuer(digits) and _checks(digits)


def _has_issuer(digits: str) -> bool:
    """Is there an issuer whose numbers begin like this and have this length?"""
    size, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return size in (13, 16, 19)  # Visa
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return size == 16  # Mastercard
    if two in (34, 37):
        return size == 15  # American Express
    if four == 6011 or two == 65 or 644 <= three <= 649:
        return 16 <= size <= 19  # Discover
    if 300 <= three <= 305 or two in (36, 38, 39):
        return 14 <= size <= 19  # Diners Club
    if 3528 <= four <= 3589 or two == 62:
        return 16 <= size <= 19  # JCB, UnionPay
    return four in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763) and 13 <= size <= 19  # Maestro


def _checks(digits: str) -> bool:
    """Luhn: the last digit of a card number proves the others."""
    if len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_counted(text: str, start: int) -> bool:
    """Does the word before say that this counts cases, orders or the like? One such number in ten passes the check."""
    before = text[max(0, start - _LOOK_BACK) : start]
    return _COUNTED.search(before) is not None and _PAID.search(before) is None


def _is_account(text: str, start: int) -> bool:
    return _ACCOUNT.search(text[max(0, start - 6) : start]) is not None
