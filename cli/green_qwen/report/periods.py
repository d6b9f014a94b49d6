# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Hours and days of local time, and what falls into each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import pairwise

HOUR_S = 3600
# A window of a year is a damaged one; it is not divided into more than this.
MOST_HOURS = 24 * 400


def hour_of(at_s: float) -> int:
    """When the hour began that local clocks show, as Unix time; some zones are off by half an hour."""
    offset_s = time.localtime(at_s).tm_gmtoff
    return int((at_s + offset_s) // HOUR_S * HOUR_S - offset_s)


def day_of(at_s: float) -> str:
    """The local date."""
    return time.strftime("%Y-%m-%d", time.localtime(at_s))


def hour_text(hour_s: int) -> str:
    """With the offset from UTC, since one hour of the year comes twice."""
    text = time.strftime("%Y-%m-%d %H:%M%z", time.localtime(hour_s))
    return f"{text[:-2]}:{text[-2:]}"


def edges(first_s: float, last_s: float) -> list[float]:
    """Both ends, and the hours that begin between them."""
    found = [first_s]
    hour_s = hour_of(first_s) + HOUR_S
    while hour_s < last_s and len(found) < MOST_HOURS:
        found.append(hour_s)
        hour_s += HOUR_S
    return [*found, last_s]


def divided(amounts: Mapping[str, int], edges_s: list[float]) -> Iterator[tuple[float, dict[str, int]]]:
    """Each stretch's part by its length, and when it began; all parts together are the whole, to the unit."""
    first_s, whole_s = edges_s[0], edges_s[-1] - edges_s[0]
    given = dict.fromkeys(amounts, 0)
    for began_s, ended_s in pairwise(edges_s):
        share = 1.0 if ended_s == edges_s[-1] else (ended_s - first_s) / whole_s
        parts = {}
        for name, amount in amounts.items():
            until = amount if share == 1.0 else round(amount * share)
            parts[name], given[name] = until - given[name], until
        yield began_s, parts
