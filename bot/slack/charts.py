"""The digest's picture as PNG: open requests by age, strengths by guideline. It shows numbers and never names anybody.

Drawn on a ground of its own, so that it reads the same in light and in dark mode, and narrow enough for a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from typing import Final

GROUND: Final = "#f6f7f9"
INK: Final = "#1d1c1d"
FAINT: Final = "#c9ced6"
BAR: Final = "#1f6a93"
LATE: Final = "#b3261e"  # told apart by its words too: the axis names the age
WEAK_BELOW: Final = 50
LABEL_WIDTH: Final = 26


@dataclass(frozen=True, slots=True)
class Ages:
    """How many open requests are how old; the last so many groups are too old."""

    counts: tuple[tuple[str, int], ...]
    late: int = 1


@dataclass(frozen=True, slots=True)
class Strength:
    """A guideline's strength over all tools in use, 0 to 100; None where nothing was asked of it yet."""

    label: str
    value: int | None


def digest_chart(ages: Ages, strengths: Sequence[Strength]) -> bytes:
    """Draw both panels, one under the other, 1,080 pixels wide. Takes a fifth of a second: not for the event loop."""
    # Late, and without its state machine: half a second and 40 MB that only whoever draws should pay for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    room = ConstrainedLayoutEngine(hspace=0.08, h_pad=0.12, w_pad=0.1)
    figure = Figure(figsize=(5.4, 7.2), dpi=200, facecolor=GROUND, layout=room)
    canvas = FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, height_ratios=(max(3, len(ages.counts)), max(5, len(strengths))))
    by_age = [(label, count, BAR) for label, count in ages.counts]
    for place in range(max(0, len(by_age) - ages.late), len(by_age)):
        by_age[place] = (*by_age[place][:2], LATE)
    _bars(above, "Open requests, by age", [(label, count, str(count), colour) for label, count, colour in by_age])
    _bars(
        below,
        "Strength by guideline, of 100",
        [
            (each.label, each.value or 0, "not asked yet" if each.value is None else str(each.value), _tone(each.value))
            for each in strengths
        ],
        most=100,
    )
    drawn = BytesIO()
    canvas.print_figure(drawn, format="png")
    return drawn.getvalue()


def chart_words(ages: Ages, strengths: Sequence[Strength]) -> str:
    """The same in words, for whoever does not see the picture. At most 2,000 characters."""
    open_ones = ", ".join(f"{label}: {count}" for label, count in ages.counts)
    strong = ", ".join(f"{each.label}: {'not asked yet' if each.value is None else each.value}" for each in strengths)
    return f"Open requests by age. {open_ones}. Strength by guideline, of 100. {strong}."[:2_000]


def _tone(value: int | None) -> str:
    if value is None:
        return FAINT
    return BAR if value >= WEAK_BELOW else LATE


def _wrapped(label: str) -> str:
    """A label in at most two lines beside its bar; what is longer is cut with dots."""
    return "\n".join(wrap(label, LABEL_WIDTH, max_lines=2, placeholder="…"))


def _bars(axes: object, title: str, rows: Sequence[tuple[str, int, str, str]], *, most: int | None = None) -> None:
    """Level bars with their number beside them; the first row on top."""
    from matplotlib.axes import Axes

    if not isinstance(axes, Axes):
        raise TypeError("not a panel")
    places = range(len(rows))
    widest = most or max((count for _, count, _, _ in rows), default=0) or 1
    axes.set_facecolor(GROUND)
    axes.barh(places, [count for _, count, _, _ in rows], color=[colour for *_, colour in rows], height=0.62)
    axes.set_yticks(places, [_wrapped(label) for label, *_ in rows], fontsize=11, color=INK, linespacing=0.95)
    axes.invert_yaxis()
    axes.set_xlim(0, widest * 1.18)
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK)
    for place, (_, count, words, _) in enumerate(rows):
        axes.text(count + widest * 0.02, place, words, va="center", fontsize=11, color=INK)
    axes.tick_params(length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvline(0, color=FAINT, linewidth=1)
