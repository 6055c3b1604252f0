"""Which words of a text tell nothing about the use that is asked for, though they name a fact.

People also tell of the past, of an "if", of what somebody else has, and of themselves. Whatever may be such an aside is
left out: a fact that nobody meant costs more than one that has to be ticked. It knows plain signs only, not sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import english, english_asides
from bot.domain.words import Said, Token, ends_clause


def told_aside(tokens: Sequence[Token]) -> list[bool]:
    """For each word whether its sentence tells of the past or only imagines; what is wanted after that counts again."""
    aside: list[bool] = []
    for sentence in _sentences(tokens):
        words = tokens[sentence.start : sentence.stop]
        past, imagined = _is_past(words), _only_imagines(words)
        on = past or imagined is not None or _is_switched_off(words)
        for token in words:
            wanted = token.stem in english_asides.WILL and past and imagined is None
            after_the_if = imagined is False and "," in token.before
            on = on and not wanted and not after_the_if
            aside.append(on)
    return aside


def belongs_elsewhere(tokens: Sequence[Token], said: Said) -> bool:
    """Whether data or a kind is said of another tool, of what is over, or of somebody else's data."""
    sentence = _around(tokens, said.first)
    words = tokens[sentence.start : sentence.stop]
    stems = [token.stem for token in words]
    at = said.first - sentence.start
    if stems[0] not in english_asides.ASKS_IF and not english_asides.DONE_WITH.isdisjoint(stems):
        return True
    if _has(stems, ("what", "we", "have"), ("what", "we", "use"), ("another", "customer"), ("other", "customer")):
        return True
    last = said.last - sentence.start
    many = words[last].text.casefold().endswith("s")
    if said.fact == "kinds" and many and words[last].stem in english_asides.KINDS_OF_THINGS:
        return True
    if said.fact == "data" and last + 1 < len(words) and stems[last + 1] in english_asides.NO_DATA:
        return words[last + 1].before in (" ", "-")
    if said.fact == "kinds" and (stems[0] in english_asides.NOWADAYS or _comes_from(stems[:at])):
        return True
    opens = max((n for n in range(at) if "," in words[n].before), default=0)
    if not english_asides.SETS_APART.isdisjoint(stems[opens:at]):
        return True
    before = stems[max(at - 2, 0) : at]
    theirs = "its" in before or _has(before, ("their", "own"))
    return said.fact == "data" and (theirs or _has(stems[max(at - 3, 0) : at], ("train", "on"), ("trained", "on")))


def only_mentioned(tokens: Sequence[Token], said: Said, *, named: bool) -> bool:
    """Whether data is just talked of: nothing sees, holds or moves it, nothing is wanted, and it is no mere list.

    `named` says whether the tool stands in the same sentence.
    """
    sentence = _around(tokens, said.first)
    stems = {token.stem for token in (*tokens[sentence.start : said.first], *tokens[said.last + 1 : sentence.stop])}
    phrase = {token.stem for token in tokens[said.first : said.last + 1]}
    before = [token.stem for token in tokens[max(said.first - 4, sentence.start) : said.first]]
    handled = not english_asides.HANDLING.isdisjoint(stems)
    signs_in = not english_asides.SIGNING_IN.isdisjoint(stems) or not english_asides.BY_MEANS_OF.isdisjoint(before)
    if said.code == "credentials" and signs_in and english_asides.STORING.isdisjoint(stems):
        return True
    if not english_asides.MINE.isdisjoint(before[-2:]) and not handled:
        return True
    if said.last + 1 < sentence.stop and tokens[said.last + 1].stem in ("was", "were"):
        return True
    if handled or named or not english_asides.SAYS_SO.isdisjoint(phrase) or not english_asides.WILL.isdisjoint(stems):
        return False
    return not english_asides.FINITE.isdisjoint(stems)


def speaks_of_a_tool(tokens: Sequence[Token]) -> bool:
    """Whether anything in a text stands for a tool or its use: "it", "something", "this app", "can we install"."""
    return any(token.stem in _ABOUT_TOOLS for token in tokens)


def talks_of_the_day(tokens: Sequence[Token], said: Said) -> bool:
    """Whether a whole sentence stands around a fact; where no tool is spoken of, it is about something else."""
    sentence = _around(tokens, said.first)
    if said.last + 1 < sentence.stop and tokens[said.last + 1].stem in english_asides.HOLDERS:
        return False  # "a password manager" is a tool itself
    stems = {token.stem for token in (*tokens[sentence.start : said.first], *tokens[said.last + 1 : sentence.stop])}
    return not stems.isdisjoint(
        english_asides.FINITE | english_asides.WILL | english_asides.HANDLING | english_asides.ADDRESSED | _MODAL
    )


def only_asked_in_short(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether a word stands in a short question that names nothing else: "customer data too?"."""
    sentence = _around(tokens, at)
    if len(sentence) > _SHORT or "?" not in _sign_after(text, tokens, sentence.stop):
        return False
    return english_asides.REQUESTS.isdisjoint(token.stem for token in tokens[sentence.start : sentence.stop])


def asks_what_it_is(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word stands in a question about it: "is it for agents at home?", but not "is it ok for agents"."""
    stems = [token.stem for token in _words_around(tokens, at)]
    asks = stems[0] in ("is", "are", "was", "ist", "sind") and len(stems) > 1
    return asks and stems[1] in english_asides.PRONOUNS and english.JUDGED.isdisjoint(stems)


def have_done(tokens: Sequence[Token], noun: int) -> bool:
    """Whether people only did or do something, as told right behind them: "200 agents used it", "they are gone"."""
    following = []
    for token in tokens[noun + 1 : noun + 4]:
        if ends_clause(token) or "," in token.before:
            break
        following.append(token.stem)
    if not following:
        return False
    first, then = following[0], following[1] if len(following) > 1 else ""
    if first in ("cannot", "can't", "couldn't") or (first in ("can", "could") and then == "not"):
        return True
    if first in english_asides.BEING:
        return then in english_asides.AWAY or (then.endswith("ing") and then not in english_asides.USING)
    return first in english_asides.AWAY or (first.endswith("ed") and first not in english_asides.DESCRIBING)


def _is_past(words: Sequence[Token]) -> bool:
    stems = [token.stem for token in words]
    if not english_asides.PAST.isdisjoint(stems) or _has(stems, ("back", "in"), ("years", "back")):
        return True
    if stems[:3] == ["no", "we", "use"]:
        return True  # what somebody else uses, said to who asks for something new
    for n, stem in enumerate(stems):
        following = stems[n + 1] if n + 1 < len(stems) else ""
        if stem == "last" and following in english_asides.PERIODS:
            return True
        if stem in english_asides.PRONOUNS and following in english_asides.DID:
            return True
        if stem in ("were", "was") and n + 1 < len(words) and words[n + 1].text[0].isdigit():
            return True
    return False


def _is_switched_off(words: Sequence[Token]) -> bool:
    """Whether the sentence asks to get rid of something."""
    stems = [token.stem for token in words]
    if not {"uninstall", "deinstallieren", "desinstalar"}.isdisjoint(stems):
        return True
    return "off" in stems and not {"switch", "turn"}.isdisjoint(stems)


def _only_imagines(words: Sequence[Token]) -> bool | None:
    """True for a whole sentence, False for an "if" that ends with a comma, None where nothing is imagined."""
    stems = [token.stem for token in words]
    if stems[0] in english_asides.SUPPOSING or stems[:2] == ["what", "if"]:
        return True
    if stems[0] in english_asides.IFS:
        ever = not english_asides.SOME_DAY.isdisjoint(stems)
        return ever or not any("," in token.before for token in words)
    return None


def _comes_from(stems: Sequence[str]) -> bool:
    """Whether what follows is what people move away from: "moving from our on-prem server to the cloud"."""
    moves = next((n for n, stem in enumerate(stems) if stem in english.REPLACING), len(stems))
    rest = stems[moves:]
    return "from" in rest and "to" not in rest[rest.index("from") :]


def _has(stems: Sequence[str], *sequences: tuple[str, ...]) -> bool:
    return any(tuple(stems[n : n + len(sequence)]) == sequence for sequence in sequences for n in range(len(stems)))


def _sentences(tokens: Sequence[Token]) -> Iterator[range]:
    begins = 0
    for at in range(1, len(tokens) + 1):
        if at == len(tokens) or ends_clause(tokens[at]):
            yield range(begins, at)
            begins = at


def _around(tokens: Sequence[Token], at: int) -> range:
    first, last = at, at + 1
    while first > 0 and not ends_clause(tokens[first]):
        first -= 1
    while last < len(tokens) and not ends_clause(tokens[last]):
        last += 1
    return range(first, last)


def _words_around(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    sentence = _around(tokens, at)
    return tokens[sentence.start : sentence.stop]


def _sign_after(text: str, tokens: Sequence[Token], stop: int) -> str:
    return tokens[stop].before if stop < len(tokens) else text[tokens[-1].end :]


_ABOUT_TOOLS = english_asides.STANDS_FOR_A_TOOL | english.VERBS_OF_USE | english.REPLACING
_MODAL = english_asides.REQUESTS - english_asides.FOR
_SHORT = 5  # words
