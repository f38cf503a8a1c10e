"""Contrast, measured from the tokens: every pair of colours that the style sheets put together, light and dark.

WCAG 2.2: words need 4.5 to 1 (1.4.3), what shows where a control is or has the focus 3 to 1 (1.4.11, 2.4.13).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conventions.source import ROOT

CSS = ROOT / "static" / "css"
HEX = r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b"
WORDS, SHAPES = 4.5, 3.0

GROUNDS = ("ground", "surface", "sunken", "raised")
TINTS = ("stop-tint", "warn-tint", "ok-tint", "info-tint")
MARKS = ("mark-block", "mark-review", "mark-note")
#: What stands on what, and how far they must differ.
TOGETHER: list[tuple[tuple[str, ...], tuple[str, ...], float]] = [
    (("ink", "ink-soft"), (*GROUNDS, *TINTS), WORDS),
    (("ink",), MARKS, WORDS),
    (("stop", "warn", "ok", "info"), GROUNDS, WORDS),
    *(((tone,), (f"{tone}-tint",), WORDS) for tone in ("stop", "warn", "ok", "info")),
    (("on-ember",), ("ember", "ember-deep"), WORDS),
    (("ground",), ("ink",), WORDS),
    (("line-strong", "ember", "ember-deep"), ("ground", "surface", "raised"), SHAPES),
    (("focus",), (*GROUNDS, *TINTS, *MARKS), SHAPES),
]
#: Colours that nothing has to be read from: lines between what is apart anyway.
DECORATION = {"line"}
#: Raw colours below the tokens, and why.
RAW = {"review.css: #fff": "Cameras read the code of the second factor only from white, in either theme."}


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour by name, light and dark."""
    text = (CSS / "tokens.css").read_text()
    pairs = re.findall(rf"--([\w-]+):\s*light-dark\(\s*({HEX})\s*,\s*({HEX})\s*\)", text)
    return {name: (light, dark) for name, light, dark in pairs}


TOKENS = tokens()


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, 0 for black and 1 for white."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def rules() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every rule of every style sheet: its file, its selector, and the tokens of its words and of its ground."""
    for path in sorted(CSS.glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selector, body in re.findall(r"([^{};]+)\{([^{}]*)\}", text):
            named = re.findall(r"(?<![\w-])(color|background|background-color):\s*var\(--([\w-]+)\)", body)
            yield path.name, selector.strip(), {kind.partition("-")[0]: token for kind, token in named}


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("above", "below", "least"), TOGETHER, ids=[f"{one[0][0]} on {one[1][0]}" for one in TOGETHER])
def test_what_is_read_together_differs_enough(
    above: tuple[str, ...], below: tuple[str, ...], least: float, theme: int
) -> None:
    measured = {
        f"{one} on {other}": round(contrast(TOKENS[one][theme], TOKENS[other][theme]), 2)
        for one in above
        for other in below
    }
    assert {pair: value for pair, value in measured.items() if value < least} == {}


def test_every_colour_is_judged() -> None:
    judged = {name for above, below, _ in TOGETHER for name in (*above, *below)}
    assert set(TOKENS) - judged == DECORATION


def test_every_rule_that_sets_both_can_be_read() -> None:
    weak = [
        f"{file}: {selector}: {found['color']} on {found['background']}"
        for file, selector, found in rules()
        if {"color", "background"} <= set(found) and {found["color"], found["background"]} <= set(TOKENS)
        for theme in (0, 1)
        if contrast(TOKENS[found["color"]][theme], TOKENS[found["background"]][theme]) < WORDS
    ]
    assert weak == []


def test_only_the_tokens_name_a_colour() -> None:
    """Otherwise a colour would be there in one theme and be wrong in the other, and nobody would measure it."""
    raw = [
        f"{path.name}: {found}"
        for path in sorted(CSS.glob("*.css"))
        if path.name not in {"tokens.css", "print.css"}
        for found in re.findall(rf":[^;{{}}]*?({HEX}|\b(?:rgb|hsl|oklch)a?\()", path.read_text())
    ]
    assert set(raw) - set(RAW) == set()
