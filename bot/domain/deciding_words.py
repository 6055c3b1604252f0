"""Does a sentence sound as if something had been decided about a tool? Then no model may say it: the register does.

It would rather take a harmless sentence for a decision than the other way round. English, German and Spanish; the
words of a few more languages, since a model may answer in any.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from bot.domain import english


def decides(text: str, *, tools: Sequence[str] = (), words: Collection[str] = ()) -> bool:
    """Does it state that a tool may be used, is safe, was turned down, or that somebody decided?

    `tools` are names of tools; `words` are known to be everyday words, so that one with a capital in front is no name.
    """
    calm = text.casefold().replace("’", "'")
    if _DECIDED.search(calm) or _YES_OR_NO_FIRST.match(calm):
        return True
    named = any(name.casefold() in calm for name in tools if name)
    if (named or _THIS_TOOL.search(calm)) and _LETS.search(calm):
        return True
    if not judges(calm):
        return False
    if named or _TOOL_IS.search(calm):
        return True
    return any(_is_name(text, found, words) for found in _SOMETHING_IS.finditer(text))


def judges(text: str) -> bool:
    """Does it hold a word by which tools are judged: allowed, safe, approved, forbidden?"""
    return _JUDGED.search(text.casefold()) is not None


def _is_name(text: str, found: re.Match[str], words: Collection[str]) -> bool:
    """Is what is judged here called by a name, and not by a word that only stands in front?"""
    name = found[1]
    if name.isupper() and len(name) > 1:
        return False  # an abbreviation of the field; the names of tools that are spelled so are among `tools`
    ahead = text[: found.start()].rstrip(" \"'“”„«(")
    if ahead and not ahead.endswith((".", "!", "?", ":", ";")):
        return True
    return name.casefold() not in words and english.stem(name) not in english.COMMON


_TOOL: Final = (
    r"(?:it|this|that|they|these|tools?|apps?|applications?|software|vendors?|suppliers?|products?|services?|platforms?|"
    r"plugins?|extensions?|dieses?|es|anwendung|anbieter|programm|herramienta|aplicación|proveedor|esto)"
)
_BE: Final = (
    r"(?:is|are|was|were|been|being|be|gets?|got|remains?|stays?|stands?|counts? as|considered|deemed|"
    r"ist|sind|war|waren|wurde|wurden|wird|gilt als|es|son|está|están|fue|fueron|ha sido|queda)"
)
_HAS: Final = r"(?:has|have|had|hat|haben|ha|han)"
_JUDGING: Final = (
    r"(?:approv\w*|pre-?approv\w*|allowed|permitted|permissible|safe|safely|secure|insecure|unsafe|reject\w*|"
    r"declined|denied|banned|forbidden|prohibited|cleared|accepted|acceptable|authori[sz]ed|whitelisted|okay|ok|fine|"
    r"compliant|certified|trustworthy|trusted|freigegeben|genehmigt|zugelassen|erlaubt|sicher|unsicher|abgelehnt|verboten|aprobad[oa]s?|"
    r"autorizad[oa]s?|permitid[oa]s?|segur[oa]s?|rechazad[oa]s?|prohibid[oa]s?)"
)
_STATUS: Final = (
    r"(?:approved|pre-?approved|rejected|signed[ -]off|cleared|whitelisted|authori[sz]ed|green-?lit|declined|denied|"
    r"vetted|turned down|waved through|accepted for use|good to go|certified for use|on the approved list)"
)
_A_FEW: Final = r"(?:[\w'-]+\s+){0,3}"
_RULE: Final = "".join(
    rf"(?<!\b{ahead} )" for ahead in ("must", "should", "shall", "needs to", "need to", "has to", "have to")
)
_JUDGED: Final = re.compile(rf"\b{_JUDGING}\b")
_THIS_TOOL: Final = re.compile(
    r"\b(?:this|that|your|dieses|diese|diesem|esta|este|cette|cet|questo|questa|essa?|esse)\s+"
    r"(?:tool|app|application|software|vendor|supplier|product|service|platform|werkzeug|anwendung|programm|anbieter|"
    r"herramienta|aplicación|proveedor|outil|strumento|ferramenta)\b"
)
# Beside the name of a tool, a yes (or a no) to it needs no word that judges: "agents may use Otter".
_LETS: Final = re.compile(
    r"\b(?:may|can|could|lets?|free to|permits?|usable|ready|unproblematic|endors\w+|sanctioned|cleared|"
    r"no (?:\w+ )?(?:risks?|concerns?|objections?|problems?|need)|nothing (?:speaks )?against|"
    r"go-?ahead|all-clear|consent|agreed|yes|allow ?-?list|(?:meets?|satisf\w+|conforms?|fulfils?)|low risk|"
    r"darf|dürfen|kann|können|in ordnung|unbedenklich|spricht nichts|puede\w*|pueden|se permite|en orden|sin riesgos?|"
    r"peut|peuvent|liberado|può|possono|mag|może)\b|可以|使用してよい|можно"
)
_TOOL_IS: Final = re.compile(
    rf"\b{_TOOL}(?:\s+{_HAS})?\s+{_A_FEW}{_RULE}\b{_BE}\s+{_A_FEW}{_JUDGING}\b"
    rf"|\b(?:it|that|this)'s\s+{_A_FEW}{_JUDGING}\b"
)
_SOMETHING_IS: Final = re.compile(
    rf"\b([^\W\d_a-zäöüßáéíóúñ][\w.&+-]*)(?:'s)?(?:\s+{_HAS})?\s+{_A_FEW}{_RULE}\b{_BE}\s+{_A_FEW}(?i:{_JUDGING})\b"
)
_DECIDED: Final = re.compile(
    "|".join(
        (
            # A status. "Must be approved by two leads" is a rule and stays.
            rf"{_RULE}\b{_BE}\s+{_A_FEW}{_STATUS}\b",
            rf"(?:^|[,;:]\s*|\b(?:already|has|have|now|an?|the)\s+){_STATUS}\b",
            r"\b(?:leads?|ciso|team|department|company|we|they|committee|officer)\s+"
            r"(?:(?:has|have|already|both|just)\s+)*"
            r"(?:approved|rejected|accepted|cleared|decided|signed|agreed|declined|denied|said|authori[sz]ed)\b",
            r"\b(?:decision|verdict)\s+(?:[\w'-]+\s+){0,2}(?:is|was|has been|stands|exists|covers|allows|says)\b",
            r"\b(?:sign-?off|approval|permission|clearance)\s+(?:is|was|has been|exists|stands)\s+(?:already\s+)?"
            r"(?:given|granted|there|valid|in place|on record|on file|not)\b",
            r"\b(?:was|were|has been|have been|already)\s+(?:already\s+)?"
            r"(?:decided|reviewed|assessed|granted|passed)\b",
            r"\bpass(?:es|ed)\s+(?:[\w'-]+\s+){0,2}(?:review|assessment|audit)\b",
            r"\bno\s+(?:[\w'-]+\s+){0,2}(?:review|approval|sign-?off|assessment|permission)\b",
            r"(?:\bnot|n't)\s+(?:[\w'-]+\s+){0,3}(?:review|approval|sign-?off|assessment|permission)\b",
            r"\byou\s+(?:may|can|could|are allowed to|are free to|are cleared to|should)\s+(?:[\w'-]+\s+){0,2}"
            r"(?:roll|deploy|install|start|launch|buy|go|proceed|use (?:it|this|that))\b",
            r"\b(?:may|can)\s+(?:[\w'-]+\s+)?be\s+(?:[\w'-]+\s+)?"
            r"(?:rolled|deployed|installed|launched|bought|trusted|approved)\b",
            r"\b(?:go ahead|good to go|green light|greenlight|thumbs[ -]up|all[ -]clear|cleared to)\b",
            r"\b(?:feel free|free to roll|safe to)\b",
            r"\b(?:freigegeben|genehmigt|zugelassen|freigabe (?:ist|wurde|liegt|erteilt)|abgelehnt|bewilligt)\b",
            r"\b(?:aprobad|autorizad|rechazad|aprueba|aprobó|autoriz|rechaz|homologad|denegad)\w*",
            r"\b(?:approuv|autoris[ée]|validée?\b|approvat|aprovad|goedgekeurd|zatwierdz|одобрен|разрешен)|承認|批准",
        )
    )
)
_YES_OR_NO_FIRST: Final = re.compile(
    r"(?:yes|yep|no|nope|ja|nein|sí|si|sure|certainly|absolutely|of course|natürlich|claro)(?:[,.!:;]|$)"
)
