"""A page of Markdown as passages: plain text by heading, of HTML and pictures nothing. It believes no page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.domain.passage import Passage, Shelf
from bot.knowledge.faults import TOP, Fault

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TITLE_MOST: Final = 75
HEADING_MOST: Final = 150
ANCHOR_MOST: Final = 80
SECTIONS_MOST: Final = 200
BRACKETS_MOST: Final = 4_000  # reading them takes time by the square of their number
SOURCES: Final = "Sources"
LINK_MOST: Final = 500
TEXT_MOST: Final = 1_200  # characters of one passage: more is split between paragraphs

_SOURCE: Final = re.compile(r"Sources?:\s+")
# No user before the host and no letters beyond ASCII: both make one host look like another.
_LINK: Final = re.compile(
    r"https://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?::\d{1,5})?(?:[/?#][a-z0-9/?#&=%.,;:!()+~$'_@*-]*)?", re.IGNORECASE
)
_NOT_READ: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_KEPT: Final = frozenset("\n\t\u200c\u200d")  # the joiners that scripts need
_PART: Final = frozenset({"h2", "h3"})  # these headings begin a passage


@dataclass(slots=True)
class _Block:
    """One paragraph, list item, row or piece of code, as plain text."""

    text: str
    item: bool = False
    link: str = ""


@dataclass(slots=True)
class _Section:
    """What stands under one heading."""

    anchor: str
    title: str
    line: int
    level: int = 1
    blocks: list[_Block] = field(default_factory=list)
    source: str = ""
    link: str = ""


def read_page(
    file: str, text: str, shelf: Shelf, faults: list[Fault], *, name: str = "", skip: frozenset[str] = frozenset()
) -> tuple[Passage, ...]:
    """The passages of a page; none where anything about it is wrong, which is then among the faults.

    `name` begins their ids, where it is not the file. Sections with the headings of `skip` are left out. A section
    "Sources" says where the others come from.
    """
    before = len(faults)
    if text.count("[") > BRACKETS_MOST:
        fix = "write addresses as they are, or split the page"
        faults.append(Fault(file, TOP, f"it has more than {BRACKETS_MOST:,} opening brackets", fix))
        return ()
    sections = _sections(file, clean(text), faults)
    if len(faults) > before:
        return ()
    sources = next((each for each in sections if each.title == SOURCES), None)
    from_page = "; ".join(block.text.rstrip(".") for block in sources.blocks) if sources else ""
    page = sections[0].title
    made: list[Passage] = []
    for each in sections:
        if each is sources or each.title in skip:
            continue
        title = page if each is sections[0] else f"{page} · {each.title}"
        anchor = f"#{each.anchor}" if each.anchor else ""
        source, link = (each.source, each.link) if each.source else (from_page, sources.link if sources else "")
        for at, part in enumerate(_split(each.blocks), 1):
            made.append(
                Passage(f"{name or file}{anchor}{f'.{at}' if at > 1 else ''}", shelf, title, part, source, link)
            )
    if not made:
        faults.append(Fault(file, TOP, "the page is empty", "write what it is to say below the title"))
    return tuple(made)


def clean(text: str) -> str:
    """The text without control characters and without what is there and not seen."""
    return "".join(sign for sign in text if sign in _KEPT or unicodedata.category(sign) not in _NOT_READ)


def anchor_of(heading: str) -> str:
    """The name of a heading within its page: `The client's phones?` is `the-clients-phones`."""
    plain = unicodedata.normalize("NFKC", heading).casefold().replace("'", "").replace("’", "")
    words = re.sub(r"[\W_]+", "-", plain).strip("-")
    return words[:ANCHOR_MOST].strip("-") or "section"


def checked_link(address: str) -> str:
    """The address if it is a plain https one, else nothing."""
    return address if len(address) <= LINK_MOST and _LINK.fullmatch(address) else ""


def _sections(file: str, text: str, faults: list[Fault]) -> list[_Section]:
    sections: list[_Section] = []
    above = ""
    seen: set[str] = set()
    for heading, blocks in _read(text):
        if heading is None or (not sections and heading.level != 1):
            wrong = f"it does not begin with a title: {text.strip().partition(chr(10))[0][:40]!r}"
            faults.append(Fault(file, "first line", wrong, f'start with "# " and at most {TITLE_MOST} characters'))
            return []
        if len(sections) == SECTIONS_MOST:
            wrong = f"it has more than {SECTIONS_MOST} headings"
            faults.append(Fault(file, f"line {heading.line}", wrong, "split it into pages, each about one thing"))
            return []
        most = HEADING_MOST if sections else TITLE_MOST
        if not 1 <= len(heading.title) <= most:
            wrong = "a heading is empty" if not heading.title else f"a heading has {len(heading.title)} characters"
            faults.append(Fault(file, f"line {heading.line}", wrong, f"write 1 to {most}"))
        if sections:
            heading.anchor = anchor_of(heading.title)
            if heading.level > 2 and above:
                heading.anchor = f"{above}/{heading.anchor}"
            else:
                above = heading.anchor if heading.level == 2 else ""
            if heading.anchor in seen:
                wrong = f"the heading {heading.title[:40]!r} is there twice, and a passage is known by its heading"
                faults.append(Fault(file, f"line {heading.line}", wrong, "give each heading its own words"))
            seen.add(heading.anchor)
        if blocks and (source := _SOURCE.match(blocks[-1].text)) and not blocks[-1].item:
            last = blocks.pop()
            heading.source, heading.link = last.text[source.end() :].rstrip("."), last.link
        elif heading.title == SOURCES:
            heading.link = next((block.link for block in blocks if block.link), "")
        heading.blocks = blocks
        sections.append(heading)
    if not sections:
        faults.append(Fault(file, TOP, "the page is empty", f'start with "# " and at most {TITLE_MOST} characters'))
    return sections


def _read(text: str) -> Iterator[tuple[_Section | None, list[_Block]]]:
    """Each heading with the blocks below it."""
    tokens = _parser().parse(text)
    heading: _Section | None = None
    blocks: list[_Block] = []
    started = False
    marks: list[str] = []  # of the lists and items we are in
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open" and (token.tag in _PART or token.tag == "h1"):
            if started or blocks:
                yield heading, blocks
            line = token.map[0] + 1 if token.map else 1
            title, _ = _plain(tokens[at + 1].children or [], addresses=False)
            heading, blocks, started = _Section("", title, line, int(token.tag[1])), [], True
            at += 3
            continue
        if token.type == "tr_open":
            end = next(place for place in range(at, len(tokens)) if tokens[place].type == "tr_close")
            cells = [_plain(each.children or [])[0] for each in tokens[at:end] if each.type == "inline"]
            blocks.append(_Block(" | ".join(cells), item=True))
            at = end
        elif token.type == "list_item_open":
            marks.append(f"{token.info}. " if token.info else "• ")
        elif token.type == "list_item_close":
            marks.pop()
        elif token.type == "inline":
            is_source = token.content.startswith(("Source:", "Sources:"))
            source_list = heading is not None and heading.title == SOURCES
            said, link = _plain(token.children or [], addresses=not is_source and not source_list)
            mark = marks[-1] if marks and not source_list else ""
            if marks:
                marks[-1] = ""  # only an item's first paragraph carries it
            if said:
                blocks.append(_Block(mark + said, item=bool(marks), link=link))
        elif token.type in ("fence", "code_block") and token.content.strip():
            blocks.append(_Block(token.content.strip("\n")))
        at += 1
    if started or blocks:
        yield heading, blocks


def _plain(children: Sequence[Token], *, addresses: bool = True) -> tuple[str, str]:
    """Inline text without its markup, and the last checked address in it."""
    said: list[str] = []
    last = address = ""
    began = 0
    for child in children:
        match child.type:
            case "text" | "code_inline":
                said.append(child.content)
            case "softbreak":
                said.append(" ")
            case "hardbreak":
                said.append("\n")
            case "link_open":
                address, began = checked_link(str(child.attrs.get("href", ""))), len(said)
                last = address or last
            case "link_close" if addresses and address and "".join(said[began:]) != address:
                said.append(f" ({address})")
    return "".join(said).strip(), last


def _split(blocks: Sequence[_Block]) -> list[str]:
    """The text in parts of at most TEXT_MOST, cut between blocks where that is possible."""
    parts: list[str] = []
    after_item = False
    for block in blocks:
        between = "\n" if block.item and after_item else "\n\n"
        for piece in _pieces(block.text):
            if parts and len(parts[-1]) + len(between) + len(piece) <= TEXT_MOST:
                parts[-1] += between + piece
            else:
                parts.append(piece)
        after_item = block.item
    return parts


def _pieces(text: str) -> Iterator[str]:
    while len(text) > TEXT_MOST:
        ends = [found.end() for found in re.finditer(r"[.!?]\s|\n", text[:TEXT_MOST])]
        cut = ends[-1] if ends else text.rfind(" ", 1, TEXT_MOST)
        cut = cut if cut > 0 else TEXT_MOST
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")
