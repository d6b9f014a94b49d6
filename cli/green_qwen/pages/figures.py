# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable

UNKNOWN = "\u2013"
# Narrow and unbreakable, as ISO 80000 groups digits.
_GROUP = "\u202f"
_MINUS = "\u2212"
_MOST_PLACES = 6


def known(value: float | None) -> float | None:
    """None for what isn't a number that can be drawn."""
    return value if value is not None and math.isfinite(value) else None


def figure_text(value: float | None, places: int | None = None) -> str:
    """With so many decimal places, or with four digits where that is left open."""
    number = known(value)
    if number is None:
        return UNKNOWN
    places = places_of([number]) if places is None else places
    # A zero has no sign, also where rounding made it one.
    shown = f"{round(number, places) + 0.0:,.{places}f}"
    return shown.replace(",", _GROUP).replace("-", _MINUS)


def with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit and text != UNKNOWN else text


def places_of(values: Iterable[float | None]) -> int:
    """Decimal places for four digits of the greatest and one of the least, without zeros that say nothing."""
    sizes = [abs(number) for value in values if (number := known(value))]
    if not sizes:
        return 0
    needed = max(_places(f"{size:.4g}") for size in sizes)
    enough = max(3 - math.floor(math.log10(max(sizes))), -math.floor(math.log10(min(sizes))))
    return min(_MOST_PLACES, needed, max(0, enough))


def _places(text: str) -> int:
    digits, _, exponent = text.partition("e")
    return max(0, len(digits.partition(".")[2]) - int(exponent or 0))
