# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Wakes at rest and under load, with and without real-time priority, beside polling; the GPU is simulated."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench.proxy.running import FailedError
from bench.wake.chain import ROOT, Chain, Wake
from bench.wake.load import Load
from bench.wake.polling import UTILISATION_EVERY_S, Poller, accepted_total, utilisation
from bench.wake.rounds import Round, measure
from bench.wake.table import Row, percentile, report

STATE_EVERY_S = (5.0, 30.0)
# A poller that hasn't seen it by then will not: the work is over.
SEEN_WITHIN_S = 2.0


def build(folder: Path) -> None:
    folder.mkdir()
    for source in ("bench/proxy", "bench/wake"):
        subprocess.run(["/usr/bin/make", "-s", "-C", str(ROOT / source), f"OUT={folder}"], check=True)


def run(given: argparse.Namespace, folder: Path) -> tuple[list[Round], list[Chain], list[Row]]:
    tools = folder / "tools"
    build(tools)
    with ExitStack() as stack:
        chains = []
        for number in range(2 * given.chains):
            chains.append(Chain(folder / f"chain{number}", tools, real_time=number % 2 == 0))
            stack.callback(chains[-1].stop)
        rounds = [measure(chains, given.quiet, loaded=False)]
        load = Load(folder / "load", tools)
        stack.callback(load.stop)
        pollers = [Poller(every_s, accepted_total(chains[1].port)) for every_s in STATE_EVERY_S]
        pollers.append(Poller(UTILISATION_EVERY_S, utilisation(chains[1].gpu_socket)))
        for poller in pollers:
            stack.callback(poller.stop)
        for number in range(given.rounds):
            rounds.append(measure(chains, given.wakes, loaded=True))
            load.check()
            print(f"simulated: round {number + 1} is done; {words(rounds[-1])}", file=sys.stderr, flush=True)
        # The last requests have to be found as well.
        time.sleep(STATE_EVERY_S[-1] + 1)
        polled = [wake for each in rounds[1:] for wake in each.wakes[1]]
        return rounds, chains, polling_rows(pollers, polled, rounds[1:])


def words(done: Round) -> str:
    return f"{done.busy:.0%} of both cores busy, {done.foreign:.0%} with others' work"


def waits_s(
    rounds: Sequence[Round], chains: Sequence[Chain], *, real_time: bool, connect: bool
) -> list[float]:
    wakes = [
        wake
        for each in rounds
        for chain, found in zip(chains, each.wakes, strict=True)
        if chain.real_time == real_time
        for wake in found
    ]
    return [wake.reset_s - (wake.connect_s if connect else wake.accepted_s) for wake in wakes]


def polling_rows(pollers: Sequence[Poller], wakes: Sequence[Wake], rounds: Sequence[Round]) -> list[Row]:
    busy = sum(each.busy for each in rounds) / len(rounds)
    rows = []
    for every_s, poller in zip(STATE_EVERY_S, pollers, strict=False):
        found = [poller.first(wake.accepted_s, wake.number) for wake in wakes]
        rows.append(polling_row(f"asking the proxy every {every_s:g} s", busy, wakes, found))
    found = [pollers[-1].first(wake.accepted_s, 1) for wake in wakes]
    soon = [
        at_s if at_s is not None and at_s - wake.accepted_s < SEEN_WITHIN_S else None
        for wake, at_s in zip(wakes, found, strict=True)
    ]
    rows.append(polling_row("the GPU's utilisation, read every 100 ms", busy, wakes, soon))
    return rows


def polling_row(name: str, busy: float, wakes: Sequence[Wake], found: Sequence[float | None]) -> Row:
    waits = [at_s - wake.accepted_s for wake, at_s in zip(wakes, found, strict=True) if at_s is not None]
    return Row(name, busy, waits, len(wakes) - len(waits))


def rows_of(rounds: Sequence[Round], chains: Sequence[Chain]) -> list[Row]:
    rows = []
    for connect in (False, True):
        for loaded in (False, True):
            some = [each for each in rounds if each.loaded == loaded]
            busy = sum(each.busy for each in some) / len(some)
            for real_time in (True, False):
                name = f"green-idle{'' if real_time else ', normal priority'}"
                name += ", from the connect" if connect else ""
                rows.append(Row(name, busy, waits_s(some, chains, real_time=real_time, connect=connect)))
    return rows


def by_round(rounds: Sequence[Round], chains: Sequence[Chain]) -> list[str]:
    notes = []
    for number, each in enumerate(rounds):
        p99_ms = [
            1000 * percentile(waits_s([each], chains, real_time=real_time, connect=False), 99)
            for real_time in (True, False)
        ]
        kind = f"round {number} under load" if each.loaded else "at rest"
        notes.append(f"{kind}: {words(each)}; p99 {p99_ms[0]:.2f} ms, at normal priority {p99_ms[1]:.2f} ms")
    return notes


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-wake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds under load (3)")
    parser.add_argument("--wakes", type=int, default=60, help="wakes of each chain in a round (60)")
    parser.add_argument("--quiet", type=int, default=60, help="wakes of each chain without load (60)")
    parser.add_argument("--chains", type=int, default=2, help="chains with and as many without priority (2)")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench-wake", help="folder for the results")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    # Sockets have short names only.
    folder = Path(tempfile.mkdtemp(prefix="bench-wake-"))
    try:
        rounds, chains, polling = run(given, folder)
    except FailedError as error:
        sys.exit(f"bench-wake: {error}")
    shutil.rmtree(folder)
    rows = rows_of(rounds, chains)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    notes = [f"{when}; the GPU and its driver are simulated", *by_round(rounds, chains)]
    text = report([*rows[:4], *polling, *rows[4:]], rows[2], notes)
    (given.out / "report.md").write_text(text)
    (given.out / "rounds.json").write_text(json.dumps([asdict(each) for each in rounds], indent=2) + "\n")
    print(text)


if __name__ == "__main__":
    main()
