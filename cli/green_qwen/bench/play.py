# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A bench from its first line to its files."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from green_common.config import load_config
from green_common.errors import GreenError, UsageError
from green_qwen.bench.choose import Chosen, choose, plan_from
from green_qwen.bench.experiment import Bench, run_pairs
from green_qwen.bench.files import write_files
from green_qwen.bench.plan import Plan
from green_qwen.bench.progress import Progress
from green_qwen.bench.quality.servers import measure_quality
from green_qwen.bench.result import Result
from green_qwen.bench.saved import result_form
from green_qwen.bench.served import Wanted
from green_qwen.bench.soak import run_soak
from green_qwen.bench.soak_table import soak_lines
from green_qwen.bench.table import notes, table_lines
from green_qwen.demo.scene import Scene


class NotComparableError(GreenError):
    """Both arms were measured, and differ in more than what they are to show."""

    exit_code = 1


async def play(given: argparse.Namespace) -> None:
    """Measure, print and save; stopped early, what is finished is printed and saved as a partial result."""
    if given.only == "quality":
        await play_quality(given)
        return
    plan = plan_from(given)
    with tempfile.TemporaryDirectory(prefix="green-bench-") as name:
        chosen = choose(given, Path(name))
        _ask(given, chosen, plan)
        _announce(given, chosen, plan)
        result = Result(
            says={arm.name: arm.says for arm in chosen.arms}, soak=bool(given.hours), began_at_s=time.time()
        )
        scene = Scene(Path(name))
        bench = _bench(given, chosen, plan, scene)
        progress = Progress(sys.stderr, [arm.name for arm in chosen.arms], plan.pairs)
        try:
            if given.hours:
                await run_soak(bench, chosen.arms[0], given.hours, result, progress)
            else:
                await run_pairs(bench, chosen.arms, result, progress)
            result.quality = await measure_quality(given, scene, progress)
            result.complete = True
        finally:
            progress.done()
            try:
                # A second Ctrl-C is not heard: what was started has to end.
                await asyncio.shield(_end(scene, chosen))
            finally:
                # Hours of measuring are not lost to a unit that does not come up again.
                _conclude(given, result)
        if result.faults():
            raise NotComparableError("the figures can't be compared; the reasons are above and in bench.json")


async def play_quality(given: argparse.Namespace) -> None:
    """The quality row alone; raises UsageError where nothing says of which servers."""
    with tempfile.TemporaryDirectory(prefix="green-bench-") as name:
        scene = Scene(Path(name))
        try:
            quality = await measure_quality(given, scene, Progress(sys.stderr, ["quality"], 1))
        finally:
            await asyncio.shield(scene.stop_all())
    if quality is None:
        raise UsageError("--only quality: say of which servers, with --quality-command or --quality")
    print(json.dumps(asdict(quality)) if given.json else quality.says)


def _bench(given: argparse.Namespace, chosen: Chosen, plan: Plan, scene: Scene) -> Bench:
    config = load_config(None, dict(os.environ)).config
    wanted = Wanted(given.api, given.model, given.fields)
    return Bench(plan, wanted, scene, chosen.open_driver, given.gpu, config.gpu.model_server_unit)


async def _end(scene: Scene, chosen: Chosen) -> None:
    try:
        await scene.stop_all()
    finally:
        if chosen.unit is not None:
            await chosen.unit.restore()


def _ask(given: argparse.Namespace, chosen: Chosen, plan: Plan) -> None:
    """Raises UsageError where nobody agrees to a restart."""
    if chosen.unit is None or given.yes:
        return
    times = len(chosen.arms) * plan.pairs + 1
    text = f"ollama.service is restarted {times} times, and whoever uses it is cut off each time."
    if not sys.stdin.isatty():
        raise UsageError(f"{text} Say --yes to that, or run it on a terminal")
    print(f"{text} Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was restarted, and nothing measured")


def _announce(given: argparse.Namespace, chosen: Chosen, plan: Plan) -> None:
    if given.json:
        return
    length = f"{plan.dialogues} dialogues" if plan.dialogues else f"{plan.pace.window_s:.0f} s"
    pairs = "1 pair" if plan.pairs == 1 else f"{plan.pairs} pairs"
    extent = f"a soak of {given.hours:g} h" if given.hours else f"{length} a run, {pairs}"
    print(f"green-qwen bench: {plan.clients} clients, {extent}, seed {plan.seed}")
    if chosen.why_simulated:
        print(f"on the simulation ({chosen.why_simulated}); all figures below are simulated")
    for arm in chosen.arms:
        print(f"{arm.name}: {arm.says}")
    print(flush=True)


def _conclude(given: argparse.Namespace, result: Result) -> None:
    if not result.taken:
        return
    folder = given.out or Path(time.strftime("green-qwen-bench-%Y%m%d-%H%M%S"))
    # First: whoever reads the table may have gone.
    written = write_files(result, folder)
    show(result, as_json=given.json)
    if not given.json:
        print(f"\nsaved: {', '.join(str(path) for path in written)}")


def show(result: Result, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result_form(result), indent=1))
        return
    if result.soak:
        print("\n".join([*soak_lines(result), "", *notes(result)]))
    else:
        print("\n".join(table_lines(result)))
