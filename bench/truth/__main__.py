# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`python -m bench.truth`: receipts against the truth for drawn cards; the table goes to stdout."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from bench.truth.proxy import Words
from bench.truth.table import report
from bench.truth.trial import run_trial
from green_sim.gpu.curves import H100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.truth", description=__doc__)
    add = parser.add_argument
    add("--seeds", type=int, default=100, help="how many cards, numbered from --first (100)")
    add("--first", type=int, default=0, help="the first seed (0)")
    add(
        "--seconds",
        type=float,
        default=30.0,
        help="virtual length of a load, half of the mixed one's (30)",
    )
    add("--measured", action="store_true", help="the measured H100 in place of drawn cards")
    add("--words", choices=[words.name for words in Words], help="what the model server says (drawn)")
    add("--out", type=Path, help="file for every receipt with its truth, as JSON")
    given = parser.parse_args()
    trials = [
        run_trial(
            seed,
            load_lasts_s=given.seconds,
            curves=H100 if given.measured else None,
            words=Words[given.words] if given.words else None,
        )
        for seed in range(given.first, given.first + given.seeds)
    ]
    if given.out is not None:
        receipts = [{"simulated": True, **asdict(one)} for trial in trials for one in trial.held]
        given.out.write_text(json.dumps(receipts, indent=1) + "\n")
    print(report(trials))


if __name__ == "__main__":
    main()
