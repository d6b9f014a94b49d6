# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Prints joules a token against the time between tokens by SM clock and batch, and what the decode clock chose.

    PYTHONPATH=shared:daemons:cli:sim .venv/bin/python -m bench.decode

All of it is simulated: how power and speed bend when the SM clock is lowered is an assumption of green_sim.
"""

from __future__ import annotations

import argparse
import sys

from bench.decode.world import World, between_tokens_ms, joules_per_token
from green_sim.gpu.curves import H100, SM_CLOCK_MAX_MHZ

CLOCKS_MHZ = (SM_CLOCK_MAX_MHZ, 1785, 1590, 1380, 1185, 990)
BATCHES = (1, 4, 8, 16, 50)


def curve_lines() -> list[str]:
    lines = ["| simulated | " + " | ".join(f"{batch} at a time" for batch in BATCHES) + " |"]
    lines.append("|---|" + "--:|" * len(BATCHES))
    for mhz in CLOCKS_MHZ:
        cells = [
            f"{joules_per_token(H100, batch, mhz):.3f} J, {between_tokens_ms(H100, batch, mhz):.1f} ms"
            for batch in BATCHES
        ]
        lines.append(f"| {mhz} MHz | " + " | ".join(cells) + " |")
    return lines


def chosen_lines(most_slowdown_percent: float) -> list[str]:
    lines = ["| simulated | visited, MHz | took | chosen | measured | true |", "|---|---|--:|--:|--:|--:|"]
    for batch in BATCHES:
        world = World(H100, batch, most_slowdown_percent=most_slowdown_percent)
        learned = world.learn()
        knee = learned.knee if learned else None
        visited = ", ".join(map(str, sorted(set(world.visited_mhz), reverse=True)))
        if knee is None:
            lines.append(f"| {batch} at a time | {visited} | {world.now_s:.0f} s | none | | |")
            continue
        mhz = knee.sm_clock_mhz
        saved, slower = true_percent(batch, mhz)
        measured = f"-{knee.saved_percent:.1f} % J, +{knee.slowdown_percent:.1f} % time"
        true = f"-{saved:.1f} % J, +{slower:.1f} % time"
        lines.append(
            f"| {batch} at a time | {visited} | {world.now_s:.0f} s | {mhz} MHz | {measured} | {true} |"
        )
    return lines


def true_percent(batch: int, mhz: int) -> tuple[float, float]:
    """Joules saved and time lost a token, in percent."""
    own_j, own_ms = (
        joules_per_token(H100, batch, SM_CLOCK_MAX_MHZ),
        between_tokens_ms(H100, batch, SM_CLOCK_MAX_MHZ),
    )
    saved = (1 - joules_per_token(H100, batch, mhz) / own_j) * 100
    return saved, (between_tokens_ms(H100, batch, mhz) / own_ms - 1) * 100


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.decode", description=__doc__)
    add = parser.add_argument
    add("--most-slowdown-percent", type=float, default=5.0, help="idle.decode_max_slowdown_percent (5)")
    given = parser.parse_args()
    lines = [*curve_lines(), "", *chosen_lines(given.most_slowdown_percent)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
