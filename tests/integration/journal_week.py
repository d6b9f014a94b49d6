# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A week of a server's journal, made up: office hours, quiet nights, a model that few use, a hole.

    PYTHONPATH=shared:cli:tests .venv/bin/python -m integration.journal_week FOLDER
    green-qwen report -D FOLDER --html week.html
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integration.journal_files import (
    START_S,
    entry,
    gathered_entry,
    receipt,
    window_entry,
    write_journal,
)

DAYS = 7
IDLE_W, MINUTE_S, DAY_S = 73.0, 60.0, 86_400.0
CLIENTS = ("anna", "bela", "chen", "open-webui", "nightly-batch")
# The service was down for these hours of the third day.
HOLE_S = (START_S + 2 * DAY_S + 11 * 3600, START_S + 2 * DAY_S + 13.5 * 3600)


def week(seed: int = 1) -> Iterator[dict[str, Any]]:
    """Minute by minute: the receipts that ended in it, and its window."""
    chance = random.Random(seed)
    for minute in range(DAYS * 24 * 60):
        at_s = START_S + minute * MINUTE_S
        if not HOLE_S[0] <= at_s < HOLE_S[1]:
            yield from _minute(at_s, chance)


def _minute(at_s: float, chance: random.Random) -> Iterator[dict[str, Any]]:
    rate = _rate(at_s)
    ended = [_request(at_s, number, chance) for number in range(_poisson(rate, chance))]
    spent_j = sum(one["energy_j"] for one in ended)
    yield _window(at_s, spent_j, ended, chance)
    if len(ended) > 10:
        yield gathered_entry(at_s + 61, ended)
        return
    for number, one in enumerate(ended):
        yield entry(at_s + 61 + number / 100, "receipt", GREEN_RECEIPT=json.dumps(one))


def _rate(at_s: float) -> float:
    """Requests a minute: most at eleven on a working day, a batch at two at night."""
    day, hour = divmod((at_s - START_S) / 3600, 24)
    if 2 <= hour < 2.5:
        return 25.0
    busy = math.exp(-(((hour - 11) / 2.2) ** 2)) + 0.8 * math.exp(-(((hour - 15.5) / 2) ** 2))
    # The week begins with a Sunday.
    return (0.8 if day in (0, 6) else 8.0) * busy


def _request(at_s: float, number: int, chance: random.Random) -> dict[str, Any]:
    night = (at_s - START_S) % DAY_S < 4 * 3600
    written, read = int(chance.lognormvariate(5.2, 0.6)), int(chance.lognormvariate(6.3, 0.8))
    decode_j, prefill_j = (
        round(written * chance.uniform(1.6, 2.6), 3),
        round(read * chance.uniform(0.2, 0.3), 3),
    )
    gone = chance.random() < 0.04
    return receipt(
        at_s + 60,
        f"{int(at_s)}-{number}",
        client="nightly-batch" if night else chance.choices(CLIENTS, (5, 3, 2, 8, 1))[0],
        model="qwen3:32b" if chance.random() < 0.93 else "qwen3:8b",
        energy_j=round(decode_j + prefill_j, 3),
        energy_prefill_j=prefill_j,
        energy_decode_j=decode_j,
        baseline_share_j=round(chance.uniform(50, 300), 3),
        prompt_tokens=read,
        output_tokens=written,
        ended_at=at_s + chance.uniform(5, 58),
        outcome="cancelled" if gone else "finished",
        thrown_away="cancelled" if gone else None,
        simulated=True,
    )


def _window(
    at_s: float, spent_j: float, ended: list[dict[str, Any]], chance: random.Random
) -> dict[str, Any]:
    baseline_j = round((IDLE_W + chance.gauss(0, 0.4)) * MINUTE_S, 3)
    prefill_j = round(sum(one["energy_prefill_j"] for one in ended), 3)
    decode_j = round(sum(one["energy_decode_j"] for one in ended), 3)
    unattributed_j = round(chance.gauss(0, 0.004) * (baseline_j + spent_j), 3)
    whole_j = round(baseline_j + prefill_j + decode_j + unattributed_j, 3)
    accounts = {"baseline_j": baseline_j, "prefill_j": prefill_j, "decode_j": decode_j, "loading_j": 0.0}
    rest = {"others_j": 0.0, "unattributed_j": unattributed_j, "energy_j": whole_j, "simulated": True}
    generations_j = round(prefill_j + decode_j, 3)
    return window_entry(at_s, MINUTE_S, **accounts, **rest, generations_j=generations_j)


def _poisson(rate: float, chance: random.Random) -> int:
    count, left = 0, chance.random()
    limit = math.exp(-rate)
    while left > limit:
        left *= chance.random()
        count += 1
    return count


if __name__ == "__main__":
    write_journal(Path(sys.argv[1]) / "week.journal", week())
