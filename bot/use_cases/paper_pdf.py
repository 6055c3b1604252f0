"""A paper as PDF. Its letters are carried inside the file; a letter the font lacks is named by its number, not lost.

The font is DejaVu, which comes with matplotlib and so needs nothing of the machine. Nothing is fetched, nothing in the
paper is a link, and the same paper at the same moment makes the same file.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from bot.use_cases.papers import Paper, one_line

FONT: Final = "DejaVu"
MARGIN: Final = 18  # millimetres
BODY: Final = 10  # points
_QUIET: Final = ("fontTools", "fpdf")


def as_pdf(paper: Paper, *, made_at: datetime) -> bytes:
    """The paper as the bytes of a PDF, on A4. Takes its time: call it on a thread."""
    from fpdf import FPDF, XPos, YPos  # with its fonts it is slow to load, and most processes never print

    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)  # they tell of every table of a font

    class Pages(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(FONT, size=8)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="C")

    pdf = Pages(format="A4")
    pdf.set_creation_date(made_at)
    pdf.set_title(_printable(paper.title))
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(auto=True, margin=MARGIN)
    regular, bold = _fonts()
    pdf.add_font(FONT, fname=str(regular))
    pdf.add_font(FONT, style="B", fname=str(bold))
    pdf.add_page()

    def text(words: str, *, size: int = BODY, style: str = "", indent: float = 0, after: float = 1.5) -> None:
        pdf.set_font(FONT, style=style, size=size)
        pdf.set_x(pdf.l_margin + indent)
        pdf.multi_cell(0, size * 0.5, _printable(words), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.ln(after)

    text(paper.title, size=16, style="B", after=3)
    for label, value in paper.facts:
        text(f"{label}: {value}", after=0.5)
    for section in paper.sections:
        pdf.ln(3)
        text(section.title, size=12, style="B")
        if section.about:
            text(section.about, size=9)
        for line in section.lines:
            text(f"\N{BULLET} {line}", indent=3)
    if paper.foot:
        pdf.ln(4)
        text(paper.foot, size=8)
    return bytes(pdf.output())


@lru_cache(maxsize=1)
def _fonts() -> tuple[Path, Path]:
    import matplotlib  # only asked where its fonts are; nothing is drawn

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it has no types

    found: Any = TTFont(_fonts()[1], lazy=True)  # the bold one has the fewer letters of the two
    return frozenset(found.getBestCmap())


def _printable(words: str) -> str:
    known = _letters()
    return "".join(letter if ord(letter) in known else f"[U+{ord(letter):04X}]" for letter in one_line(words)) or " "
