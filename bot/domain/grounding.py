"""Which sentences of a model rest on the passages they name. What does not is dropped; nothing is mended.

It cannot tell whether a sentence is true. It can tell that each number, name and quotation in it stands in its
passages, that nearly all of its other words do, and that it says no where they say no. Whatever sounds like a decision
about a tool is dropped even when a passage says the same: decisions come from the register and from nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain import english
from bot.domain.deciding_words import decides, judges
from bot.domain.passage import Cited, Passage

MOST_SENTENCES: Final = 5
LONGEST: Final = 400  # characters of a sentence
ENOUGH: Final = 0.7  # of a sentence's words of weight stand in its passages
TOGETHER: Final = 0.6  # of them, in two neighbouring sentences of one passage
ALIKE: Final = 0.5  # of a clause's, in the passages' clause that it is held against …
NEARLY: Final = 0.75  # … and of those, in another that may as well be the one it means
SHARE: Final = 0.3  # of them, in each passage that it keeps as a source


def grounded(
    sentences: Sequence[Cited], passages: Sequence[Passage], *, tools: Sequence[str] = (), hosts: Collection[str] = ()
) -> tuple[Cited, ...]:
    """The sentences that stand on their passages, each with those that carry it; at most five.

    `tools` are the names that the question is about, `hosts` those that a link may lead to besides the passages' own.
    """
    kept: list[Cited] = []
    for sentence in sentences:
        for each in _one_by_one(sentence):
            found = supported(each, passages, tools=tools, hosts=hosts)
            if found is not None and found.text not in (other.text for other in kept):
                kept.append(found)
    return tuple(kept[:MOST_SENTENCES])


def supported(
    sentence: Cited, passages: Sequence[Passage], *, tools: Sequence[str] = (), hosts: Collection[str] = ()
) -> Cited | None:
    """One sentence with the passages that carry it; None where they do not."""
    text = _plain(sentence.text)
    if not 0 < len(text) <= LONGEST:
        return None
    said = _read(text)
    if not said.weighty or text.endswith("?") or _mixes_scripts(text):
        return None
    numbers = tuple(dict.fromkeys(n for n in sentence.passages if 1 <= n <= len(passages)))
    grounds = {n: _Ground(passages[n - 1]) for n in numbers}
    numbers = tuple(n for n in numbers if grounds[n].holds(said) >= SHARE)
    cited = [grounds[n] for n in numbers]
    known = frozenset(word for ground in cited for word in ground.small)
    if not cited or decides(text, tools=tools, words=known) or not _carried(said, cited, hosts):
        return None
    return Cited(text, numbers)


# --- how --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What a text says, as far as it can be counted."""

    text: str
    folded: str
    words: frozenset[str]
    weighty: tuple[str, ...]  # roots of the words that carry meaning
    judging: frozenset[str]  # those of them by which something is judged
    numbers: frozenset[str]
    names: tuple[str, ...]
    quotes: tuple[str, ...]
    addresses: tuple[str, ...]
    noes: int
    permits: bool


def _read(text: str) -> _Said:
    addresses = tuple(found.group().rstrip(".,;:)") for found in _ADDRESS.finditer(text))
    text = _ADDRESS.sub(lambda found: " " * len(found.group()) if _LEADS.search(found.group()) else found.group(), text)
    words = list(_WORD.finditer(text))
    german = sum(word.group().casefold() in _GERMAN for word in words) > 1
    names = tuple(word.group() for at, word in enumerate(words) if _is_name(text, words, at, german=german))
    lows = [word.group().casefold().replace("’", "'") for word in words]
    roots = dict.fromkeys(_root(low) for low in lows if low not in _LIGHT and not low[0].isdigit())
    return _Said(
        text,
        text.casefold(),
        frozenset(lows),
        tuple(roots),
        frozenset(_root(low) for low in lows if judges(low)),
        frozenset(_numbers(text)),
        names,
        tuple(next(filter(None, found)) for found in _QUOTED.findall(text)),
        addresses,
        _noes(lows),
        not _PERMITS.isdisjoint(lows),
    )


class _Ground:
    """One passage, as that on which a sentence may stand."""

    def __init__(self, passage: Passage) -> None:
        self.text = _plain(" ".join((passage.title, passage.text, passage.source, passage.link)))
        self.folded = self.text.casefold()
        body = _plain(passage.text, lines=True)
        whole = f"{passage.title}\n{body}\n{_plain(passage.source)}"
        self.parts = [_read(part) for part in _PARTS.split(whole) if part.strip()]
        self.roots = frozenset(root for part in self.parts for root in part.weighty)
        self.words = frozenset(word.group().casefold() for word in _WORD.finditer(self.text))
        self.small = frozenset(found for word in _WORD.finditer(self.text) if (found := word.group()).islower())
        self.numbers = frozenset(_numbers(self.text))
        self.times = _times(self.text)
        self.clauses = [(clause, _read(whole).weighty) for whole in _WHOLE.split(body) for clause in _clauses(whole)]
        self.topic = frozenset(_read(passage.title).weighty)
        self.dated = frozenset(_numbers(f"{passage.title}\n{_plain(passage.source)}"))

    def holds(self, said: _Said) -> float:
        """The share of a sentence's words of weight that stand here."""
        return _share(said.weighty, self.roots)

    def together(self, said: _Said) -> float:
        """The same for the two neighbouring sentences that hold most."""
        pairs = zip(self.parts, (*self.parts[1:], None), strict=True)
        return max(_share(said.weighty, {*one.weighty, *(two.weighty if two else ())}) for one, two in pairs)

    def closest(self, said: _Said) -> tuple[float, list[_Said]]:
        """The sentences of the passage that are most like this one, and how much."""
        shares = [(_share(said.weighty, frozenset(part.weighty)), part) for part in self.parts]
        best = max(share for share, _ in shares)
        return best, [part for share, part in shares if share == best]


def _carried(said: _Said, cited: Sequence[_Ground], hosts: Collection[str]) -> bool:
    roots = frozenset(root for ground in cited for root in ground.roots)
    # Where something is judged, all that is said beside the judgement has to stand there.
    enough = 1.0 if len(said.weighty) < 3 or said.judging else ENOUGH
    weighty = [root for root in said.weighty if root not in said.judging]
    return (
        _share(weighty, roots) >= enough
        and max(ground.together(said) for ground in cited) >= TOGETHER
        and all(any(number in ground.numbers for ground in cited) for number in said.numbers)
        and all(any(_stands(name, ground) for ground in cited) for name in said.names)
        and all(any(" ".join(quote.casefold().split()) in ground.folded for ground in cited) for quote in said.quotes)
        and all(_may_lead(address, cited, hosts) for address in said.addresses)
        and all(any(sign in ground.text for ground in cited) for sign in _SIGNS.findall(said.text))
        and all(any(time in ground.times for ground in cited) for time in _times(said.text))
        and _agrees(said, cited)
        and all(_clause_agrees(clause, cited) for clause in _clauses(said.text))
    )


def _agrees(said: _Said, cited: Sequence[_Ground]) -> bool:
    """Does it say no where its passages say no, and allow only where they speak of allowing?"""
    # A permission has to stand in one sentence with nearly all that it is given for.
    allowing = [part for ground in cited for part in ground.parts if part.permits]
    permits = said.permits and not said.noes
    if permits and not any(_share(said.weighty, frozenset(part.weighty)) >= ENOUGH for part in allowing):
        return False
    return all(_says_no_alike(part, cited) for part in map(_read, _PARTS.split(said.text)) if part.weighty)


def _says_no_alike(said: _Said, cited: Sequence[_Ground]) -> bool:
    found = [ground.closest(said) for ground in cited]
    best = max(share for share, _ in found)
    closest = [part for share, parts in found if share == best for part in parts]
    # None here and one there turn the meaning round; two, or one each, may well say the same.
    return any({said.noes % 2, part.noes % 2} == {said.noes % 2} or (said.noes and part.noes) for part in closest)


def _clauses(text: str) -> list[_Said]:
    return [said for part in _CLAUSES.split(text) if (said := _read(part)).weighty]


def _clause_agrees(said: _Said, cited: Sequence[_Ground]) -> bool:
    """Is a clause what the passages' clause most like it says: its number, its no, its side, and nothing in its place?

    Words that stand somewhere in a passage may be put together to say what no clause of it does: the number of one rule
    behind another, or the one who may in the place of the one who may not.
    """
    shares = [
        (_share(said.weighty, one.weighty), one, {*whole, *ground.topic}, ground)
        for ground in cited
        for one, whole in ground.clauses
    ]
    best = max((share for share, *_ in shares), default=0.0)
    if best < ALIKE:
        return True  # like none of them: what is said of the whole sentence has to do
    closest = [(one, beside, ground) for share, one, beside, ground in shares if share == best]
    near = [one for share, one, *_ in shares if share >= best * NEARLY]
    dated = {number for ground in cited for number in ground.dated}
    return (
        all(any(number in one.numbers for one in near) for number in said.numbers - dated)
        and any(bool(said.noes) == bool(one.noes) for one in near)
        and any(_same_side(said, one) for one, *_ in closest)
        and not all(_put_in_place(said, *each) for each in closest)
    )


def _same_side(said: _Said, one: _Said) -> bool:
    """At most is not at least, and before not after."""
    for pair in _OPPOSITES:
        ours, theirs = {side for side in pair if side in said.words}, {side for side in pair if side in one.words}
        if ours and theirs and not ours & theirs:
            return False
    return True


def _put_in_place(said: _Said, one: _Said, beside: Collection[str], ground: _Ground) -> bool:
    """Does a word from elsewhere stand where the clause has another? What a pronoun stands for cannot be told."""
    if one.words & _STANDS_FOR:
        return False
    strange = [root for root in said.weighty if not _among(root, beside)]
    left_out = [root for root in one.weighty if not _among(root, said.weighty)]
    return bool(left_out) and any(_among(root, ground.roots) for root in strange)


def _times(text: str) -> frozenset[tuple[str, str]]:
    """How long and how often, each number with its unit: 90 days are no 90 weeks, and once a year is not twice."""
    found: set[tuple[str, str]] = set()
    for often, several, number, unit in _TIME.findall(text.casefold()):
        kind = next(length for length, words in _UNITS.items() if unit.startswith(words))
        for each in (*re.findall(r"\d+", several), number):
            found.add((often or _COUNTED.get(each, "1" if each in _ONE else each), kind))
    return frozenset(found)


def _share(roots: Sequence[str], among: Collection[str]) -> float:
    return sum(_among(root, among) for root in roots) / len(roots) if roots else 0.0


def _among(root: str, among: Collection[str]) -> bool:
    if root in among:
        return True
    return len(root) >= _ALIKE and any(
        len(other) >= _ALIKE and (other.startswith(root) or root.startswith(other)) for other in among
    )


def _root(word: str) -> str:
    """A word without its ends, roughly: enough to find "encrypted" in "encryption"."""
    root = english.stem(word)
    for end in _ENDS:
        if root.endswith(end) and len(root) - len(end) >= 4:
            root = root[: -len(end)]
            break
    if len(root) > 4 and root[-1] == root[-2]:
        root = root[:-1]
    return root.removesuffix("e") if len(root) > 4 else root


def _is_name(text: str, words: Sequence[re.Match[str]], at: int, *, german: bool) -> bool:
    word = words[at].group()
    if not any(letter.isupper() for letter in word):
        return False
    inside = any(letter.isupper() for letter in word[1:]) or any(sign.isdigit() for sign in word)
    if inside:
        return True
    if german:
        return False  # every noun has a capital there; it has to stand in the passages as a word of weight
    begins = at == 0 or text[: words[at].start()].rstrip(" \"'“”„«(").endswith((".", "!", "?", ":", "\n"))
    return not begins or (word.casefold() not in _LIGHT and english.stem(word) not in english.COMMON)


def _stands(name: str, ground: _Ground) -> bool:
    """A name stands in a passage letter by letter; the first word of a sentence may be bent a little."""
    folded = name.casefold()
    if folded in ground.words or english.stem(folded) in {english.stem(word) for word in ground.words}:
        return True
    return name.istitle() and folded.isalpha() and _among(_root(folded), ground.roots) and _bends(folded, ground)


def _bends(folded: str, ground: _Ground) -> bool:
    return any(_root(word) == _root(folded) for word in ground.words)


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBER.finditer(text):
        yield re.sub(r"[,'’\u00a0\u202f](?=\d{3})", "", found.group())
    for word in _WORD.findall(text):
        if (value := _COUNTED.get(word.casefold())) is not None:
            yield value


def _noes(lows: Sequence[str]) -> int:
    return sum(low in _NO or low.endswith("n't") or low.startswith(_NO_BEGINS) for low in lows)


def _may_lead(address: str, cited: Sequence[_Ground], hosts: Collection[str]) -> bool:
    if any(address.casefold() in ground.folded for ground in cited):
        return True
    host = re.fullmatch(r"https://([a-z0-9.-]+)(?:[/?#]\S*)?", address.casefold())
    return host is not None and host[1] in hosts


def _one_by_one(cited: Cited) -> Iterator[Cited]:
    """A model may put two sentences where one was asked for: each has to stand by itself."""
    for text in _BETWEEN.split(" ".join(_MARK.sub(" ", cited.text[: LONGEST * 10]).split())):
        if text.strip():
            yield Cited(text.strip(), cited.passages)


def _plain(text: str, *, lines: bool = False) -> str:
    """Without what nobody sees and without numbers of passages; on one line unless its lines matter."""
    shown = "".join(
        sign if unicodedata.category(sign) not in ("Cf", "Cc", "Mn", "Co", "Cs") or sign in "\n\t" else ""
        for sign in unicodedata.normalize("NFKC", text)
    )
    shown = re.sub(r" +([.,;:!?])", r"\1", _MARK.sub("", shown))
    return shown if lines else " ".join(shown.split())


def _mixes_scripts(text: str) -> bool:
    """A word of letters from two alphabets is made to be read as another word."""
    for word in _WORD.findall(text):
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
        if len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}) > 1:
            return True
    return False


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ALIKE: Final = 5  # letters that two roots have to share
_WORD: Final = re.compile(r"[^\W_]+(?:[.'’&/-][^\W_]+)*")
_NUMBER: Final = re.compile(r"\d+(?:[,'’\u00a0\u202f]\d{3})*(?:\.\d+)?")
_QUOTED: Final = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|„([^„“”]+)[“”]|«([^«»]+)»|‘([^‘’]+)’|(?<!\w)'([^']{3,})'(?!\w)")
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]*:/*\S+\.\S+|\bwww\.\S+|[^\s@]+@\S+|\b(?:[\w-]+\.)+[a-z]{2,}(?:[/:]\S*)?", re.IGNORECASE
)
_LEADS: Final = re.compile(r"[:/@]")  # an address that leads somewhere, and not only a name like Otter.ai
_SIGNS: Final = re.compile(r"[<>@`|\\{}]|\]\(|!\[|://")
_MARK: Final = re.compile(r"\s?[\[【(]\s*(?:source|passage)?\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*[\]】)]", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zäöüáéíóúñ]|[¿¡“\"„])")
_PARTS: Final = re.compile(
    r"(?<=[.!?;:])\s+|\n+|,?\s+(?:but|because|since|so that|aber|weil|damit|pero|porque)\s+|\s[–—]\s"
)
_CLAUSES: Final = re.compile(
    r"(?<=[.!?;:])\s+|\n+|\s[–—]\s"
    r"|,\s+(?=(?:and|but|or|so|not|nor|because|since|unless|while|whereas|und|aber|oder|nicht|sondern|weil|y|pero|ni)\b)"
)
_WHOLE: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
_TIME: Final = re.compile(
    r"\b(once|twice|einmal|zweimal)?\s*\b((?:\d+\s*(?:or|and|to|oder|und|bis|o|y|a|,|-|–)\s*)*)"
    r"(\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|ein|eine|einem|einer|im|pro|un|una)"
    r"[\s-]+(second|minute|hour|day|week|month|quarter|year|tag|stunde|woche|monat|jahr|día|hora|semana|mes|año)"
)
_UNITS: Final = {
    "second": ("second",),
    "minute": ("minut",),
    "hour": ("hour", "stunde", "hora"),
    "day": ("day", "tag", "día"),
    "week": ("week", "woche", "semana"),
    "month": ("mon", "mes"),
    "quarter": ("quarter",),
    "year": ("year", "jahr", "año"),
}
_ONE: Final = frozenset({"a", "an", "one", "ein", "eine", "einem", "einer", "im", "pro", "un", "una"})
_OPPOSITES: Final = (
    *(("most", "least"), ("on", "off"), ("before", "after"), ("once", "twice"), ("more", "less", "fewer")),
    *(("first", "last"), ("shortest", "longest"), ("above", "below"), ("inside", "outside"), ("with", "without")),
    *(("always", "sometimes", "rarely"), ("höchstens", "mindestens"), ("vor", "nach"), ("antes", "después")),
)
_STANDS_FOR: Final = _words(
    "it they them this that these those there he she ones here both each es sie dies das esto eso"
)
_ENDS: Final = (
    *("ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ers", "ies", "ied", "able", "ance", "ence"),
    *("edly", "ely", "ed", "er", "es", "ly", "al", "en", "age", "ive", "ity", "ure", "y"),
)
_COUNTED: Final = {word: str(number) for number, word in enumerate(english.NUMBERS, 2)} | {
    **{"zero": "0", "fifteen": "15", "twenty": "20", "thirty": "30", "sixty": "60", "ninety": "90"},
    **{"hundred": "100", "thousand": "1000"},
}
_NO: Final = _words(
    """
    not no never none nobody nothing neither nor without cannot cant avoid refuse nowhere nicht nie niemals ohne
    niemand nichts nunca sin nadie nada jamás tampoco ningún ninguna ninguno prohibido
    """
)
_NO_BEGINS: Final = ("forbid", "forbad", "prohibit", "banned", "kein", "verbot", "untersag", "prohíb", "prohibi")
_PERMITS: Final = _words(
    """
    may can could allowed allow allows permitted permit permits able let lets fine okay ok dürfen darf können kann
    erlaubt erlauben puede pueden permite permitido
    """
)
_GERMAN: Final = _words(
    "der die das und ist sind wird werden muss müssen darf dürfen nicht ein eine einen mit für von zu im den dem"
)
# Words that carry no weight of their own.
_LIGHT: Final = _words(
    """
    a about above after all also although always an and another any anyone anything are as at away be because been
    before being below between both but by came can cannot come could did do does doing done down during each either
    else enough even ever every everyone everything few first for from further get gets give given gives go goes going
    had has have having he hence her here his how however i if in inside instead into is it its itself just keep
    kept kind last least less like made make makes many may me means might more most much must my need needed needs
    neither never next no nobody none nor not nothing now of off often on once one only onto or other others
    otherwise our out outside over own page part per policies policy put rather really said same say says see set
    shall she should since so some someone something soon still such take taken takes than that the their them then
    there therefore these they thing things this those through thus till to together too toward under unless until
    up upon us use used uses using very via was way ways we well were what when where whether which while who whose
    why will with within without would yes yet you your it's that's there's don't doesn't isn't aren't can't won't
    shouldn't mustn't i'd
    der die das den dem des ein eine einen einem einer und oder aber ist sind war waren wird werden wurde wurden hat
    haben muss müssen darf dürfen kann können soll sollen nicht kein keine nur auch noch schon sehr mehr als wie
    wenn weil dass damit mit ohne für von vom zu zum zur im in am an auf aus bei bis durch gegen nach über um unter
    vor zwischen es er sie wir ihr man sich ihre ihren seine dieser diese dieses jede jeder alle alles
    el la los las un una unos unas y o pero es son era fue será debe deben puede pueden hay no sí sólo solo también
    más muy que cuando si porque con sin para por de del al a en entre sobre desde hasta su sus se lo le les este
    esta esto estos estas cada todo toda todos todas
    """
)
