# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Each step's load without and with it, some at a time; the table goes to stdout and into build/."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from bench.shaping.steps import STEPS, Step
from bench.shaping.table import report
from bench.shaping.trial import Trial, run

ROOT = Path(__file__).parents[2]
# Each trial has a simulation and a proxy of its own, which together take a quarter of a core.
AT_A_TIME = 4


def measure(steps: Sequence[Step]) -> list[tuple[Trial, Trial]]:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        started = [(pool.submit(run, step, on=False), pool.submit(run, step, on=True)) for step in steps]
        pairs = []
        for step, (off, on) in zip(steps, started, strict=True):
            pairs.append((off.result(), on.result()))
            print(f"simulated: {step.name} is done", file=sys.stderr, flush=True)
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-shaping", description=__doc__)
    names = [step.name for step in STEPS]
    parser.add_argument("--only", choices=names, action="append", help="this step alone; may be repeated")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build/bench-shaping", help="folder for the results"
    )
    given = parser.parse_args()
    pairs = measure([step for step in STEPS if not given.only or step.name in given.only])
    text = report(pairs, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "report.md").write_text(text)
    trials = [{"simulated": True, **asdict(trial)} for pair in pairs for trial in pair]
    (given.out / "trials.json").write_text(json.dumps(trials, indent=2) + "\n")
    print(text)


if __name__ == "__main__":
    main()
