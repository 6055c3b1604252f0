"""Which tool a sentence is about. Where it could be two, or none for certain, it finds none; it looks nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from bot.domain import english, english_asides
from bot.domain.words import Token, denied, ends_clause, says_no, tokens_of

Span = tuple[int, int]
_WEAKEST: Final = 5  # sign: a verb of use that nobody asks or plans with
_LONGEST_NAME: Final = 4  # words
_LONGEST_TEXT: Final = 60  # characters of a text that is nothing but a name


class _Place(NamedTuple):
    """Where a name may begin: how sure the sign is (0 is surest), and whether a word in small letters will do."""

    sign: int
    at: int
    small: bool


def find_tool(
    text: str, tokens: Sequence[Token], *, known: Sequence[str], never: frozenset[str], facts: frozenset[int]
) -> Span | None:
    """Where in the text the tool is named, from character to character.

    `known` are the names on record, `never` the words that are no tools here, `facts` the tokens that stand for facts.
    """
    if not tokens:
        return None
    seen = _Seen(tokens, never, facts, _on_record(tokens, known))
    if (whole := seen.whole_text(text)) is not None:
        return whole
    found = seen.by_signs() or seen.only_one_on_record() or seen.only_one_of_unmistakable_shape()
    if found is None or seen.names_two(found):
        return None
    end = tokens[found[1]].end
    while text[end : end + 1] == "+":
        end += 1
    return tokens[found[0]].start, end


class _Seen:
    """One text, looked at for names."""

    def __init__(
        self, tokens: Sequence[Token], never: frozenset[str], facts: frozenset[int], on_record: dict[int, int]
    ) -> None:
        self.tokens, self.never, self.facts, self.on_record = tokens, never, facts, on_record

    def whole_text(self, text: str) -> Span | None:
        """A text that is nothing but a name: "Otter.ai", "microsoft teams", "Notepad++"."""
        stripped = text.strip().rstrip("?!. ")
        tokens = self.tokens
        if len(tokens) > _LONGEST_NAME or len(stripped) > _LONGEST_TEXT or tokens[0].text.isdigit():
            return None
        if not _NO_NAME_HAS.isdisjoint(stripped):
            return None
        everyday = (self.no_name(token) and token.text not in _PLURALS for token in tokens)
        if all(token.stem in _NUMBERS for token in tokens):
            return None
        if any(token.stem in english.FOREIGN or token.stem in ("vs", "versus") for token in tokens):
            return None
        if any(everyday) or not all(_latin(token.text) for token in tokens):
            return None
        if len(tokens) > 2 and not any(_capital(token) or _unmistakable(token) for token in tokens):
            return None
        if not all(_close(token) for token in tokens[1:]):
            return None
        end = tokens[-1].end
        while text[end : end + 1] == "+":
            end += 1
        return tokens[0].start, end

    def by_signs(self) -> Span | None:
        """The name behind the surest sign, the first of these in the text."""
        best: tuple[int, Span] | None = None
        for place in self.places():
            if best is None or place.sign < best[0]:
                name = self.name_at(place)
                best = best if name is None else (place.sign, name)
        if best is None:
            return None
        sign, name = best
        others = (other for other in self.shaped() if not other.startswith(self.tokens[name[0]].stem))
        # "UserTesting shows people who use the Acme app"; but "Perplexity (perplexity.ai)" is one.
        return None if sign == _WEAKEST and any(others) else name

    def only_one_on_record(self) -> Span | None:
        return next(iter(self.on_record.items())) if len(self.on_record) == 1 else None

    def only_one_of_unmistakable_shape(self) -> Span | None:
        """The one word that can be nothing but a name, like "TeamViewer" or "Otter.ai"."""
        shaped = self.shaped()
        no = denied(self.tokens)
        shaped = {name: at for name, at in shaped.items() if not no[at]}  # "nobody asked for TeamViewer, it's AnyDesk"
        return (next(iter(shaped.values())),) * 2 if len(shaped) == 1 else None

    def shaped(self) -> dict[str, int]:
        """The words that can be nothing but names, and where each stands."""
        return {
            token.stem: at
            for at, token in enumerate(self.tokens)
            if _unmistakable(token)
            and not self.no_name(token)
            and not _compared(self.tokens, at)
            and not _connected_to(self.tokens, at)
            and not _dismissed(self.tokens, at)
            and not self.is_address(at)
            and (self.tokens[at + 1].stem if at + 1 < len(self.tokens) else "") not in english.THINGS
        }

    def is_address(self, at: int) -> bool:
        """Whether it is only the address of what is named elsewhere: "Raycast, see raycast.com"."""
        name, dot, _ = self.tokens[at].text.casefold().partition(".")
        return bool(dot) and any(token.text.casefold() == name for token in self.tokens)

    def places(self) -> list[_Place]:
        """Where a name may stand, in the order of the text."""
        tokens, places, begins = self.tokens, [], True
        for at, token in enumerate(tokens):
            begins = at == 0 or ends_clause(token) or (begins and tokens[at - 1].stem in english.GREETINGS)
            word, following = token.stem, tokens[at + 1] if at + 1 < len(tokens) else None
            if (word in ("called", "named") and self.is_so_called(at)) or (
                word == "tool" and following is not None and ":" in following.before
            ):
                places.append(_Place(0, at + 1, small=True))
            elif begins and word in ("is", "are", "was") and _is_judged(tokens, at + 1):
                places.append(_Place(1, at + 1, small=True))
            elif begins and word in ("has", "have") and _was_settled(tokens[at + 2 : at + 7]):
                places.append(_Place(1, at + 1, small=False))
            elif at and word in english.ABOUT and tokens[at - 1].stem in english.BEFORE_ABOUT:
                places.append(_Place(2, at + 1, small=word in ("about", "on")))
            elif following is not None and (word, following.stem) in _NOUNS_BEFORE:
                places.append(_Place(2, at + 2, small=False))
            elif self.wants(at):
                places.append(_Place(4, at + 1, small=False))
            elif word in _VERBS and not any(says_no(each) for each in tokens[max(at - 3, 0) : at]):
                places += self.places_of_verb(at)
            if begins and not self.no_name(token) and self.opens(at):
                places.append(_Place(3, at, small=False))
        return places

    def is_so_called(self, at: int) -> bool:
        """Whether a thing is called so: not a person or a company, and nobody telephones."""
        return at == 0 or ends_clause(self.tokens[at]) or self.tokens[at - 1].stem not in english.CALLED_ELSE

    def wants(self, at: int) -> bool:
        """Whether this word says that somebody wants what follows: "we need", "I'd like", "queremos"."""
        tokens, word = self.tokens, self.tokens[at].stem
        before = tokens[max(at - 3, 0) : at]
        if any(says_no(each) for each in before):
            return False
        if word in english.LIKING:
            return bool(before) and (before[-1].stem == "would" or before[-1].stem.endswith("'d"))
        return word in english.WANTING or word in english.PREFERRING

    def places_of_verb(self, at: int) -> list[_Place]:
        tokens, verb = self.tokens, self.tokens[at].stem
        asked = _is_asked(tokens, at)
        after = at + 2 if at + 1 < len(tokens) and tokens[at + 1].stem in ("out", "to", "up", "on") else at + 1
        places = [_Place(2 if asked else _WEAKEST, after, small=asked and verb in english.VERBS_OF_USE)]
        if verb in ("replace", "replacing"):  # what is replaced is not asked about
            places = []
        if verb in english.REPLACING:  # "replace Zoom with Webex" is about Webex
            ends = (n for n in range(at + 1, min(at + 7, len(tokens))) if ends_clause(tokens[n]))
            near = range(at + 1, next(ends, min(at + 7, len(tokens))))
            places += [_Place(1, n + 1, small=False) for n in near if tokens[n].stem in ("with", "by", "to")]
        return places

    def name_at(self, place: _Place) -> Span | None:
        """The name that begins here, after articles and the like."""
        tokens, at = self.tokens, place.at
        last_article = min(at + 4, len(tokens))
        while at < last_article and tokens[at].stem in english.ARTICLES and not ends_clause(tokens[at]):
            at += 1
        if at >= len(tokens) or ends_clause(tokens[at]) or "," in tokens[at].before:
            return None
        token = tokens[at]
        if _dismissed(tokens, at) or self.is_address(at):
            return None
        if at in self.on_record:
            return at, self.on_record[at]
        if token.before[-1:] in _OPENING_QUOTES and (quoted := self.quoted(at)) is not None:
            return quoted
        if self.no_name(token) or token.text.isdigit() or not _latin(token.text):
            return None
        if not (_capital(token) or _unmistakable(token)):
            singular = len(token.text) > 2 and token.stem == token.text.casefold() and at not in self.facts
            last = at
            while last + 1 < len(tokens) and tokens[last + 1].before == "-":  # "left-pad"
                last += 1
            return (at, last) if place.small and singular and self.ends_at(last) else None
        last = self.last_of_name(at)
        following = tokens[last + 1] if last + 1 < len(tokens) else None
        if following is None or following.before != " ":
            return at, last
        # "a Dell laptop" is no tool; "need Anna to look" is about a person more often than about a tool.
        person = place.sign == 4 and following.stem in ("to", "and") and not self.replaces(last + 1)
        gathers = following.stem in ("in", "into", "on", "to") and any(
            each.text.casefold() in english_asides.GATHERINGS for each in tokens[last + 2 : last + 4]
        )
        other = following.stem in english.THINGS or following.stem == "off" or person or gathers
        return None if other else (at, last)

    def replaces(self, at: int) -> bool:
        """Whether it says "to replace" here, which no person does."""
        return [token.stem for token in self.tokens[at : at + 2]] == ["to", "replace"]

    def last_of_name(self, at: int) -> int:
        tokens, last = self.tokens, at
        while last + 1 < len(tokens) and last - at + 1 < _LONGEST_NAME and self.goes_on(last + 1):
            last += 1
        kind = last
        while last > at and tokens[last].stem in english.GENERIC:
            last -= 1
        if last > at and last < kind and tokens[last].stem in ("browser", "chrome", "desktop", "mobile"):
            last -= 1
        return last

    def goes_on(self, at: int) -> bool:
        token = self.tokens[at]
        if token.before not in (" ", "-") or token.stem in self.never or token.stem in _NEVER_IN_A_NAME:
            return False
        if token.text.isdigit():  # "Office 365", but not "Zoom 200 agents"
            return at + 1 == len(self.tokens) or self.tokens[at + 1].before != " " or token.text == "365"
        return _capital(token) or _unmistakable(token)

    def ends_at(self, at: int) -> bool:
        """Whether a word in small letters can be a whole name: nothing follows, or the sentence goes on."""
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        return following is None or following.before != " " or following.stem in english.AFTER_A_NAME

    def opens(self, at: int) -> bool:
        """Whether a sentence begins with a name: "Otter.ai for our agents?"."""
        token = self.tokens[at]
        if _unmistakable(token):
            return True
        if not _capital(token) or "¿" in token.before or token.stem in english.FOREIGN:
            return False
        last = self.last_of_name(at)
        if last + 1 == len(self.tokens):
            return at == 0
        following, singular = self.tokens[last + 1], token.stem == token.text.casefold()
        if ends_clause(following) and "?" in following.before:
            return True
        whole = at == 0 or len(self.tokens) <= 12
        return singular and following.stem in ("for", "für", "para") and following.before == " " and whole

    def names_two(self, name: Span) -> bool:
        """Whether a second name stands beside the first: "Zoom or Teams". One review is about one tool."""
        at = name[1] + 1
        if at + 1 >= len(self.tokens):
            return False
        beside = self.tokens[at]
        if "," in beside.before:
            listed = any(token.stem in _OR for token in self.tokens[at + 1 : at + 4])
            return listed and self.is_name(beside)
        if "/" in beside.before or "+" in beside.before:
            return self.is_name(beside)
        both = beside.stem in _OR and not ends_clause(beside)
        return both and (self.is_name(self.tokens[at + 1]) or self.tokens[at + 1].stem == "what")

    def quoted(self, at: int) -> Span | None:
        for last in range(at, min(at + _LONGEST_NAME, len(self.tokens))):
            if last > at and not _close(self.tokens[last]):
                return None
            after = self.tokens[last + 1].before if last + 1 < len(self.tokens) else '"'
            if after[:1] in _CLOSING_QUOTES:
                return at, last
        return None

    def is_name(self, token: Token) -> bool:
        return (_capital(token) or _unmistakable(token)) and not self.no_name(token)

    def no_name(self, token: Token) -> bool:
        """An everyday word, an abbreviation, a place, or a short form like "we'd", however it is spelt."""
        if token.text.istitle() and token.text.casefold() in _PLURALS:
            return False
        short_form = "'" in token.text or "\u2019" in token.text
        return short_form or token.stem in english.COMMON or token.stem in english.CALENDAR or token.stem in self.never


def _on_record(tokens: Sequence[Token], known: Sequence[str]) -> dict[int, int]:
    """Where names on record stand, first token to last; the longest name wins."""
    by_first: dict[str, list[list[str]]] = {}
    for name in known:
        words = [token.text.casefold() for token in tokens_of(name)]
        if words:
            by_first.setdefault(words[0], []).append(words)
    found: dict[int, int] = {}
    covered = -1
    for at, token in enumerate(tokens):
        for words in sorted(by_first.get(token.text.casefold(), ()), key=len, reverse=True):
            here = [each.text.casefold() for each in tokens[at : at + len(words)]]
            if at > covered and here == words and not _compared(tokens, at):
                found[at] = covered = at + len(words) - 1
                break
    return found


def _is_judged(tokens: Sequence[Token], at: int) -> bool:
    for token in tokens[at + 1 : at + 9]:
        if ends_clause(token):
            return False
        if token.stem in english.JUDGED:
            return True
    return False


def _is_asked(tokens: Sequence[Token], at: int) -> bool:
    """Whether the words before a verb ask or plan: "can we use", not "we use"."""
    for n in range(at, max(at - 6, -1), -1):
        if n < at and tokens[n].stem in english.ASKING:
            return True
        if ends_clause(tokens[n]):
            return False
    return False


def _compared(tokens: Sequence[Token], at: int) -> bool:
    """Whether what stands here is only compared with: "like Zoom", "instead of Zoom"."""
    if at and tokens[at - 1].stem == "had" and not ends_clause(tokens[at]):
        return True  # "we had MicroSIP before"
    for n in range(at - 1, max(at - 3, -1), -1):
        if ends_clause(tokens[n + 1]):
            return False
        if tokens[n].stem in english.COMPARING:
            return (tokens[n].stem, tokens[n + 1].stem) != ("like", "to")  # "would like to" compares nothing
    return False


def _was_settled(words: Sequence[Token]) -> bool:
    """Whether something "has been approved"; "has Contoso approved it" is about another name."""
    been = next((n for n, token in enumerate(words) if token.stem == "been"), len(words))
    return any(token.stem in english.SETTLED for token in words[been:])


def _dismissed(tokens: Sequence[Token], at: int) -> bool:
    """Whether a name is told to be out of use, or out of the question: "ScreenConnect is out"."""
    if at + 2 >= len(tokens) or tokens[at + 1].stem not in english_asides.BEING or ends_clause(tokens[at + 1]):
        return False
    begins = at == 0 or ends_clause(tokens[at])
    asked = not begins and tokens[at - 1].stem in english_asides.ASKS_IF
    return not asked and tokens[at + 2].stem in english.DISMISSED and not ends_clause(tokens[at + 2])


def _connected_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether what stands here is only what the tool is connected to: "connects our tickets to HubSpot"."""
    near = range(at - 1, max(at - 6, -1), -1)
    for n in near:
        if ends_clause(tokens[n + 1]):
            return False
        if tokens[n].stem in english.CONNECTING:
            return True
    return False


def _capital(token: Token) -> bool:
    return token.text[0].isupper() and _latin(token.text)


def _unmistakable(token: Token) -> bool:
    """A shape that everyday words do not have: "Otter.ai", "TeamViewer", "1password"."""
    word = token.text
    if not _latin(word):
        return False
    head, dot, tail = word.rpartition(".")
    if dot:
        return (
            2 <= len(tail) <= 4
            and tail.isalpha()
            and (tail.islower() or tail == "AI")
            and head.isalnum()
            and len(head) > 1
            and not head.isdigit()
        )
    if not word.isalnum() or word.casefold() in english.MIXED:
        return False
    if word[0].isdigit():
        return sum(map(str.isalpha, word)) >= 3
    letters = word.rstrip("0123456789")
    if letters != word:  # "Five9"
        long_enough = letters.isalpha() and letters.istitle() and len(letters) >= 4
        return long_enough and letters.casefold() not in english.COMMON
    return any(letter.isupper() for letter in word[1:]) and any(letter.islower() for letter in word)


def _close(token: Token) -> bool:
    """Whether nothing but a blank, a hyphen or the like stands between this word and the one before."""
    return len(token.before) <= 3 and not token.before.strip(" -&+'.")


def _latin(word: str) -> bool:
    return all(ord(letter) < 0x250 for letter in word)


_NO_NAME_HAS: Final = frozenset("\n,;:?!¿¡<>{}[]=|@#$%^*~\\/")
_OR: Final = frozenset({"or", "and", "vs", "versus", "oder", "und", "o", "y"})
_PLURALS: Final = frozenset({"teams", "docs", "sheets", "forms", "slides"})  # products, where a capital says so
_OPENING_QUOTES: Final = frozenset("\"'`“„«‘")
_CLOSING_QUOTES: Final = frozenset("\"'`”“»’")
_NOUNS_BEFORE: Final = frozenset(
    {
        ("licence", "for"),
        ("license", "for"),
        ("subscription", "to"),
        ("version", "of"),
        ("rollout", "of"),
        ("pilot", "of"),
        ("trial", "of"),
    }
)
_NEVER_IN_A_NAME: Final = (english.NEVER_IN_A_NAME | english.AFTER_A_NAME | english.JUDGED | english.CALENDAR) - {"now"}
_NUMBERS: Final = frozenset(("one", *english.NUMBERS, *english.TENS))
_VERBS: Final = english.VERBS_OF_USE | english.OTHER_VERBS
