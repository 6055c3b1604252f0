"""The register of tools and what they are called. Two names are one tool only if they spell alike or a person said so:

a name that is merely near another is reported as near, never taken for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, bindparam, func, insert, select, update

from bot.domain.ids import ToolId, UserId
from bot.domain.refused import Refused
from bot.domain.tool import Found, Tool, name_key
from bot.store.prepared import Prepared, one_of, these
from bot.store.tables import gram_counts, name_grams, tool_names, tools, vendors
from bot.store.upsert import by_engine


class NameTaken(Refused):
    reason = "That name already belongs to another tool."


class NoSuchTool(Refused):
    reason = "I can't find that tool any more. Start again with /preflight and the tool's name."


_CUTOFF: Final = 78.0  # below it, names look alike to a machine only
_PART: Final = 0.85  # "Zoom" and "Zoom Phone": all words of one are in the other
# A search looks at the names that share most of the rarest grams. Measured on 100,000 made-up names: the wanted one is
# among these in 98 of 100 misspellings, in about 60 % of the time of comparing all, and hardly any of it in Python.
_GRAMS: Final = 10
_ROWS: Final = 4_000
_MOST_ROWS: Final = 6_000  # for a second gram: one alone tells little, but two of the commonest were the slowest 1 %
_CANDIDATES: Final = 300
_READ_GRAMS: Final = 96  # of what is looked for; the longest name has fewer, unless a letter of it stands for a word
_TOOLS: Final = 8  # read at a time
_READ_WORDS: Final = 80  # of a message, looking for names of tools
_NAME_WORDS: Final = 4
_AROUND: Final = "\"'()[]{}<>.,;:!?*_~`“”‘’"

_n: Final = tool_names.c
_KNOWN: Final = select(_n.key).where(_n.key.in_(bindparam("b_keys", expanding=True)))
_BY_KEY: Final = Prepared(select(_n.tool_id).where(_n.key == bindparam("b_key")))
_TOOL: Final = Prepared(
    select(tools.c.id, tools.c.name, vendors.c.name)
    .select_from(tools.outerjoin(vendors, tools.c.vendor_id == vendors.c.id))
    .where(one_of(tools.c.id, "b_id", _TOOLS))
)
_ALIASES: Final = Prepared(
    select(_n.tool_id, _n.name).where(one_of(_n.tool_id, "b_id", _TOOLS), _n.is_alias).order_by(_n.id)
)
_COUNTS: Final = Prepared(
    select(gram_counts.c.gram, gram_counts.c.names).where(one_of(gram_counts.c.gram, "b_gram", _READ_GRAMS))
)
_shared: Final = (
    select(name_grams.c.name_id)
    .where(one_of(name_grams.c.gram, "b_gram", _GRAMS))
    .group_by(name_grams.c.name_id)
    .having(func.count() >= bindparam("b_least"))
    .order_by(func.count().desc(), name_grams.c.name_id)
    .limit(_CANDIDATES)
    .subquery()
)
_NEAR: Final = Prepared(select(_n.tool_id, _n.key, _n.name).join(_shared, _shared.c.name_id == _n.id))

_ADD: Final = insert(tools)
_ADD_NAME: Final = insert(tool_names).returning(_n.id)
_ADD_GRAMS: Final = insert(name_grams)
_COUNT_GRAMS: Final = by_engine(
    lambda add: (adding := add(gram_counts)).on_conflict_do_update(
        index_elements=[gram_counts.c.gram], set_={"names": gram_counts.c.names + adding.excluded.names}
    )
)
_ADD_VENDOR: Final = by_engine(lambda add: add(vendors).on_conflict_do_nothing(index_elements=[vendors.c.key]))
_VENDOR: Final = select(vendors.c.id).where(vendors.c.key == bindparam("b_key"))
_SET_VENDOR: Final = update(tools).where(tools.c.id == bindparam("b_id")).values(vendor_id=bindparam("b_vendor"))


class Tools:
    """Every tool anybody asked about."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str, near: int = 5) -> Found:
        """The tool of that name or alias; if there is none, the tools whose names are nearest, nearest first."""
        key = name_key(name)
        if row := _BY_KEY.row(self._connection, {"b_key": key}):
            return Found(self.get(row[0]))
        return Found(None, tuple(self._many(self._near(key, name, near))) if key and near else ())

    def mentioned(self, text: str) -> list[str]:
        """The names of known tools that a text spells out, as it spells them, longest first; its first words only."""
        words = text.split()[:_READ_WORDS]
        spelled: dict[str, str] = {}
        for length in range(1, _NAME_WORDS + 1):
            for start in range(len(words) - length + 1):
                part = " ".join(words[start : start + length]).strip(_AROUND)
                if key := name_key(part):
                    spelled.setdefault(key, part)
        known = self._connection.execute(_KNOWN, {"b_keys": sorted(spelled)}).scalars()
        return sorted((spelled[key] for key in known), key=lambda name: (-len(name), name))

    def get(self, tool_id: ToolId) -> Tool:
        """The tool. Raises NoSuchTool."""
        found = self._many([tool_id])
        if not found:
            raise NoSuchTool
        return found[0]

    def add(self, tool: Tool, at: datetime) -> None:
        """Enter a tool that `find` did not find, with its name and aliases."""
        self._connection.execute(_ADD, {"id": tool.id, "name": tool.name, "created_at": at})
        # Should somebody else enter the name between that look and this insert, the unique key stops the act, the store
        # runs it again from its start, and then `find` finds their tool. So there is no second look here.
        self._name(tool.id, tool.name, is_alias=False, by=None, at=at)
        for alias in tool.aliases:
            self.add_alias(tool.id, alias, None, at)
        if tool.vendor:
            self.set_vendor(tool.id, tool.vendor)

    def add_alias(self, tool_id: ToolId, alias: str, by: UserId | None, at: datetime) -> bool:
        """Let a tool go by another name too. True if that is new; raises NameTaken if another tool goes by it."""
        if row := _BY_KEY.row(self._connection, {"b_key": name_key(alias)}):
            if row[0] != tool_id:
                raise NameTaken
            return False
        self._name(tool_id, alias, is_alias=True, by=by, at=at)
        return True

    def set_vendor(self, tool_id: ToolId, vendor: str) -> None:
        """Say who makes or runs the tool; an empty name says that it is not known."""
        vendor_id = None
        if vendor:
            key = name_key(vendor)
            self._connection.execute(_ADD_VENDOR[self._connection.dialect.name], {"key": key, "name": vendor})
            vendor_id = self._connection.execute(_VENDOR, {"b_key": key}).scalar_one()
        if self._connection.execute(_SET_VENDOR, {"b_id": tool_id, "b_vendor": vendor_id}).rowcount != 1:
            raise NoSuchTool

    def _name(self, tool_id: ToolId, name: str, *, is_alias: bool, by: UserId | None, at: datetime) -> None:
        key = name_key(name)
        values = {"key": key, "tool_id": tool_id, "name": name, "is_alias": is_alias, "by": by, "at": at}
        name_id = self._connection.execute(_ADD_NAME, values).scalar_one()
        held = sorted(grams(key))  # in one order for all, so that two acts never wait for each other in a ring
        self._connection.execute(
            _COUNT_GRAMS[self._connection.dialect.name], [{"gram": gram, "names": 1} for gram in held]
        )
        self._connection.execute(_ADD_GRAMS, [{"gram": gram, "name_id": name_id} for gram in held])

    def _near(self, key: str, name: str, limit: int) -> list[ToolId]:
        looked_for = these("b_gram", _READ_GRAMS, sorted(grams(key))[:_READ_GRAMS])
        counted = _COUNTS.rows(self._connection, looked_for)
        asked: list[str] = []
        rows = 0
        for gram, names in sorted(counted, key=lambda each: (each[1], each[0]))[:_GRAMS]:
            if asked and rows + names > (_MOST_ROWS if len(asked) == 1 else _ROWS):
                break
            asked.append(gram)
            rows += names
        if not asked:
            return []
        least = 1 if len(asked) < 4 else 2
        found = _NEAR.rows(self._connection, {**these("b_gram", _GRAMS, asked), "b_least": least})
        best: dict[ToolId, float] = {}
        for scorer, wanted, spelt, weight in (
            (fuzz.ratio, key, [known for _, known, _ in found], 1.0),
            (fuzz.token_set_ratio, name.casefold(), [known.casefold() for _, _, known in found], _PART),
        ):
            cutoff = _CUTOFF / weight
            for _, score, place in process.extract(wanted, spelt, scorer=scorer, score_cutoff=cutoff, limit=2 * limit):
                tool_id = found[place][0]
                best[tool_id] = max(best.get(tool_id, 0.0), weight * score)
        return sorted(best, key=lambda tool_id: -best[tool_id])[:limit]

    def _many(self, ids: list[ToolId]) -> list[Tool]:
        if not ids:
            return []
        aliases: dict[str, list[str]] = {tool_id: [] for tool_id in ids}
        found: dict[str, Tool] = {}
        for start in range(0, len(ids), _TOOLS):
            part = these("b_id", _TOOLS, ids[start : start + _TOOLS])
            for tool_id, alias in _ALIASES.rows(self._connection, part):
                aliases[tool_id].append(alias)
            for tool_id, name, vendor in _TOOL.rows(self._connection, part):
                found[tool_id] = Tool(ToolId(tool_id), name, vendor or "", tuple(aliases[tool_id]))
        return [found[tool_id] for tool_id in ids if tool_id in found]


def grams(key: str) -> frozenset[str]:
    """Every three letters in a row, with its two ends marked; so short names have some too."""
    marked = f"^{key}$"
    return frozenset(marked[start : start + 3] for start in range(len(marked) - 2))
