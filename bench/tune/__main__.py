# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.tune`: searches on cards that are drawn, and how near each came to the best."""

from __future__ import annotations

import argparse
import time
from statistics import fmean

from bench.tune.race import CONTEXT_TOKENS, Result, plan_for, race
from bench.tune.virtual import Ask
from green_qwen.terminal.columns import column_lines
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.setting import brief
from green_sim.gpu.costs import make_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=float, default=10.0, help="minutes of virtual time")
    parser.add_argument("--window-s", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--allow-lossy-cache", action="store_true")
    given = parser.parse_args()
    ask = Ask(given.clients)
    bounds = Bounds(context_tokens=CONTEXT_TOKENS, allow_lossy_cache=given.allow_lossy_cache)
    plan = plan_for(ask, bounds, budget_s=given.budget * 60, window_s=given.window_s)
    results: list[tuple[str, Result]] = []
    for card in ["h100", *map(str, range(given.seeds))]:
        began_s = time.monotonic()
        results.append((card, race(make_of(card), ask, plan, seed=len(results))))
        print(f"card {card}: {time.monotonic() - began_s:.0f} s", flush=True)
    print("\n".join(column_lines([HEAD, *(_row(card, one) for card, one in results)], left=3)))
    shares = [one.of_best for _, one in results]
    print(f"simulated: of the best's yield {fmean(shares):.1%} in the mean, {min(shares):.1%} at least")


HEAD = ("card (simulated)", "chosen", "best", "tokens/s/W", "best's", "of best", "default's", "minutes")


def _row(card: str, one: Result) -> tuple[str, ...]:
    yields = (one.chosen_yield, one.best_yield)
    return (
        card,
        brief(one.chosen),
        brief(one.best),
        *(f"{value:.3f}" for value in yields),
        f"{one.of_best:.1%}",
        f"{one.default_yield:.3f}",
        f"{one.spent_s / 60:.1f}",
    )


if __name__ == "__main__":
    main()
