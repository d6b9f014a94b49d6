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


def known(value: float | None) -> float | None:
    """None for what isn't a number that can be drawn."""
    return value if value is not None and math.isfinite(value) else None


def figure_text(value: float | None, places: int | None = None) -> str:
    """With so many decimal places, or with four digits where that is left open."""
    number = known(value)
    if number is None:
        return UNKNOWN
    shown = f"{number:,.{places_of([number]) if places is None else places}f}"
    return shown.replace(",", _GROUP).replace("-", _MINUS)


def with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit and text != UNKNOWN else text


def places_of(values: Iterable[float | None]) -> int:
    """Decimal places that show each of them with four digits, without zeros that say nothing."""
    shown = (f"{number:.4g}" for value in values if (number := known(value)) is not None)
    return min(6, max((_places(text) for text in shown), default=0))


def _places(text: str) -> int:
    digits, _, exponent = text.partition("e")
    return max(0, len(digits.partition(".")[2]) - int(exponent or 0))
