"""Is a text a question about policy, a request to look at a tool, or neither? It answers nothing and looks nothing up.

Where it could be both, it is a request: a request begins a review, which asks; an answer could be taken for a yes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from bot.domain.english import stem
from bot.domain.words import Token, tokens_of

READ_MOST: Final = 1_000  # characters of a question
LONGEST: Final = 400  # of one that nobody said was a question; what is longer tells a story, or asks for a tool
_SHORTEST: Final = 3  # words of a question about anything at all
_SHORTEST_UNOPENED: Final = 5  # of one that begins like none
_ABBREVIATION: Final = 4  # letters: BAA, PHI, SIEM


class Means(StrEnum):
    """What somebody wants from us."""

    QUESTION = "question"  # to the knowledge base
    REQUEST = "request"  # look at this tool
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Signs:
    """What others found in the same words."""

    tool: bool = False  # a tool is named
    facts: bool = False  # something is said about how a tool would be used
    known: bool = False  # our pages know about it


def means(text: str, signs: Signs = Signs(), *, outright: bool = False) -> Means:
    """What these words ask for; `outright`, where they were said to be a question."""
    if len(text) > (READ_MOST if outright else LONGEST) or not (outright or is_question(text)):
        return Means.NEITHER
    seen = _Seen(text)
    asks = outright or seen.opens in (_OPEN, _DO, _MAY)
    if signs.tool or seen.names_something:
        plain = seen.about_policy and asks and not seen.rolls_out and not seen.judges
        return Means.QUESTION if plain else Means.REQUEST
    if not outright and signs.facts and not seen.begins:
        return Means.NEITHER  # it tells of a use, and then asks something
    if not outright and not seen.opens and not (signs.known and seen.words >= _SHORTEST_UNOPENED):
        return Means.NEITHER
    policy = seen.about_policy or (signs.known and (asks or not seen.points_at_something))
    if seen.rolls_out and not (policy and seen.opens in (_OPEN, _DO)):
        return Means.REQUEST
    if seen.opens is _CAN and ((seen.about_a_tool and not policy) or (signs.facts and seen.about_us)):
        return Means.REQUEST
    if not outright and seen.judges and seen.opens is _CAN and (seen.about_a_tool or not seen.about_policy):
        return Means.REQUEST if seen.about_a_tool else Means.NEITHER
    if outright or policy:
        return Means.QUESTION
    wide = asks and seen.words >= _SHORTEST and not seen.points_at_something and not seen.judges
    return Means.QUESTION if wide else Means.NEITHER


def is_question(text: str) -> bool:
    """Has it the shape of a question: a question mark, or a word in front with which questions begin?"""
    if "?" in text or "\N{INVERTED QUESTION MARK}" in text:
        return True
    tokens = tokens_of(text[:READ_MOST])
    return len(tokens) >= _SHORTEST and (_opening(tokens) is not None or _asks_later(text[:READ_MOST]) is not None)


class _Seen:
    """The signs in one text."""

    def __init__(self, text: str) -> None:
        asking = _sentence_that_asks(text)
        tokens = tokens_of(text)
        self.begins = _opening(tokens) is not None
        self.opens = _opening(tokens_of(asking)) or _opening(tokens)
        stems = [token.stem for token in tokens]
        pairs = {f"{one} {two}" for one, two in pairwise(stems)}
        said = {*stems, *pairs}
        self.rolls_out = not said.isdisjoint(_ROLLS_OUT)
        self.judges = not said.isdisjoint(_JUDGES)
        self.about_us = not {"we", "i", "wir", "ich", "podemos", "puedo"}.isdisjoint(stems[:5])
        self.about_a_tool = not said.isdisjoint(_TOOLS)
        self.about_policy = any(_is_topic(each) for each in said)
        self.words = len(tokens)
        german = not _GERMAN.isdisjoint(stems)
        self.names_something = not german and any(_is_name(tokens, at) for at in range(1, len(tokens)))
        self.points_at_something = not said.isdisjoint(_POINTS) or bool(pairs & {"what about", "how about", "qué tal"})


def _sentence_that_asks(text: str) -> str:
    """The clause before the question mark; without one, the clause that asks, or the whole text."""
    ahead, mark, _ = text.partition("?")
    if mark:
        return _CLAUSES.split(ahead.strip(" \n?"))[-1]
    return _asks_later(text) or text


def _asks_later(text: str) -> str | None:
    """A clause further on that begins as only questions do: "…, what then", "…, who do I call"."""
    for clause in _CLAUSES.split(text)[1:]:
        first = [token.text.casefold() for token in tokens_of(clause[:80])[:2]]
        if first and (first[0] in _ALWAYS_ASKS or (first[0] in _OPEN and first[-1] in (_DO | _MAY | _CAN))):
            return clause
    return None


def _opening(tokens: Sequence[Token]) -> frozenset[str] | None:
    """Which kind of word a question begins with, a greeting or "and" before it aside."""
    for token in tokens[:4]:
        for kind in (_OPEN, _DO, _MAY, _CAN):
            if token.text.casefold() in kind:
                return kind
        if token.text.casefold() not in _BEFORE:
            return None
    return None


def _is_topic(said: str) -> bool:
    return said in _TOPICS or any(part in said for part in _TOPIC_PARTS)


def _is_name(tokens: Sequence[Token], at: int) -> bool:
    """A capital inside a sentence, which is no abbreviation of our field: somebody's tool, most likely."""
    token = tokens[at]
    if not token.text[0].isupper() or any(sign in ".!?;:\n¿(" for sign in token.before) or _is_topic(token.stem):
        return False
    if token.text.isupper() and len(token.text) <= _ABBREVIATION:
        return False
    return token.text.casefold() not in _NO_NAMES and not _is_topic(f"{tokens[at - 1].stem} {token.stem}")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_CLAUSES: Final = re.compile(r"[.!;:,\n]\s+|¿")
# Grammar and the plainest words of the field, in the three languages in which people ask. What a library finds for a
# question is its own business, and so are its synonyms.
_OPEN: Final = _words(
    """
    what how when who whom whose where which why wann was wer wie wo wofür warum welche welcher welches welchen wieso
    wohin worauf qué que cómo como cuándo cuando quién quien quiénes dónde donde cuál cual cuáles cuánto cuánta cuántos
    """
)
_ALWAYS_ASKS: Final = _words("what how why until wie warum wieso qué cómo")
_DO: Final = _words("do does did don't doesn't gilt gelten braucht brauchen benötigen hace hacen necesita")
_MAY: Final = _words(
    """
    may must should shall ought darf dürfen muss müssen soll sollen sollten debe deben debemos tengo tenemos tienen
    """
)
_CAN: Final = _words(
    """
    can could is are was were will would has have isn't aren't can't kann können ist sind hat haben puede pueden
    podemos puedo es son está están hay
    """
)
_BEFORE: Final = _words("and so but hi hello hey please also then now und aber also bitte hallo y hola pero entonces")
_GERMAN: Final = _words(
    """
    wir der die das ist sind und oder für mit dürfen darf muss müssen wer wie wann welche ein eine einen ihr ihre
    """
)
# Verbs by which a tool comes to people.
_ROLLS_OUT: Final = frozenset(
    {
        *("rollout", "rolled out", "roll out", "rolling out", "deploy", "deploying", "deployed", "install", "pilot"),
        *("installing", "installed", "adopt", "adopting", "introduce", "introducing", "buy", "buying", "purchase"),
        *("switch to", "move to", "migrate", "migrating", "go live", "launch", "try out", "start using", "onboard"),
        *("ausrollen", "einführen", "installieren", "anschaffen", "kaufen", "desplegar", "instalar", "comprar"),
        *("turn on", "replace", "implantar", "adoptar"),
    }
)
# Words that ask for a yes, or put a tool to use.
_JUDGES: Final = frozenset(
    {
        *("safe", "secure", "ok", "okay", "fine", "allowed", "permitted", "approved", "cleared", "forbidden", "banned"),
        *("use", "using", "used", "want", "like to", "approve", "allow", "connect", "integrate", "review", "check"),
        *("sicher", "erlaubt", "freigegeben", "zugelassen", "nutzen", "einsetzen", "verwenden", "benutzen"),
        *("seguro", "segura", "permitido", "aprobado", "aprobada", "usar", "utilizar"),
    }
)
_TOOLS: Final = frozenset(
    stem(word)
    for word in _words(
        """
        tool app application software plugin plug-in addon add-on platform service chatbot bot dialer dialler saas
        product system solution assistant crm programm anwendung werkzeug herramienta aplicación programa dienst
        """
    )
)
_POINTS: Final = _words(
    "you your this it that these those my mine me here today du dein sie das mein tú usted esto eso"
)
_NO_NAMES: Final = _words("i i'm i'd i've it ok us uk eu usa id ids ai hr faq")
_TOPICS: Final = frozenset(
    {
        *_words(
            "mfa 2fa otp sso vpn byod usb wifi wlan baa dpa avv soc iso pci dss hipaa gdpr dsgvo rgpd nist dpia mdm"
        ),
        *_words(
            "edr cvv pan dlp desk room paper visitor family housemate screen screenshot webcam camera headset role"
        ),
        *_words(
            "phone mobile handy móvil laptop computer device gerät rechner pc printer admin leaver audit breach leak"
        ),
        *_words(
            "incident consent contract clause region policy guideline rule requirement standard tier exception pin"
        ),
        *_words("retain retention delete keep store patch log logs card payment data datos daten training access key"),
        *_words("regel papel router network netz red hotspot browser email attachment sms backup risk riesgo"),
        *("second factor", "sign off", "clean desk", "wi fi", "risk acceptance", "four eye"),
    }
)
# Parts of longer words: German joins them, and Spanish and English bend their ends.
_TOPIC_PARTS: Final = (
    *(
        "passw",
        "kennw",
        "contraseñ",
        "passkey",
        "passphrase",
        "authenti",
        "factor",
        "faktor",
        "encrypt",
        "verschlüssel",
    ),
    *(
        "cifrad",
        "record",
        "aufzeichn",
        "aufnahme",
        "grabaci",
        "transcript",
        "aufbewahr",
        "speicher",
        "lösch",
        "retenci",
    ),
    *("conserva", "vertrag", "contrato", "datenschutz", "subprocess", "certif", "zertifi", "attest", "penetration"),
    *("pentest", "phishing", "malware", "antivirus", "privileg", "permission", "berechtig", "zugang", "zugriff"),
    *("acceso", "offboard", "vorfall", "vorfäll", "incident", "richtlinie", "política", "norma", "smartphone"),
    *("telefon", "teléfono", "dispositivo", "bildschirm", "pantalla", "kamera", "cámara", "besuch", "famili"),
    *("notizzettel", "sign-off", "signature", "genehmig", "freigabe", "guest", "contractor"),
)
