"""The digest's picture: it reads in light and dark, on a phone, with nothing to show, and in words."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from bot.slack.charts import GROUND, INK, LATE, Ages, Strength, chart_words, digest_chart

AGES = Ages((("today", 3), ("1 day", 2), ("10 days or more", 2)))
STRENGTHS = (Strength("Tighten permissions", 82), Strength("Keep less data", 38), Strength("Third parties", None))


def drawn(ages: Ages = AGES, strengths: tuple[Strength, ...] = STRENGTHS) -> Image.Image:
    return Image.open(BytesIO(digest_chart(ages, strengths))).convert("RGBA")


def colours(picture: Image.Image) -> set[str]:
    return {
        "#{:02x}{:02x}{:02x}".format(*colour[:3])  # type: ignore[index]  # of an RGBA picture each is four numbers
        for _, colour in picture.getcolors(1_000_000) or ()
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_brings_its_own_ground_so_that_dark_mode_cannot_swallow_the_words() -> None:
    picture = drawn()
    assert picture.getextrema()[3] == (255, 255)  # type: ignore[index]  # nowhere see-through
    assert {GROUND, INK} <= colours(picture)
    assert (luminance(GROUND) + 0.05) / (luminance(INK) + 0.05) >= 7


def test_it_is_narrow_enough_for_a_phone() -> None:
    width, height = drawn().size
    assert width == 1080
    assert height < 2 * width


def test_what_is_late_or_weak_stands_out() -> None:
    assert LATE in colours(drawn())
    assert LATE not in colours(drawn(Ages((("today", 3), ("1 day", 0))), (Strength("Keep less data", 50),)))


def test_an_empty_week_can_be_drawn_too() -> None:
    assert drawn(Ages((("today", 0),)), (Strength("Keep less data", None),)).size[0] == 1080


def test_the_words_hold_every_number() -> None:
    words = chart_words(AGES, STRENGTHS)
    assert words == (
        "Open requests by age. today: 3, 1 day: 2, 10 days or more: 2. "
        "Strength by guideline, of 100. Tighten permissions: 82, Keep less data: 38, Third parties: not asked yet."
    )
    assert len(chart_words(Ages((("x" * 3_000, 1),)), ())) == 2_000
