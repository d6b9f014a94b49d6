# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen tune` from its first line to its last: choose, ask, search, report, write."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from green_common.config import load_config
from green_common.errors import UsageError
from green_qwen.demo.stop import until_stopped
from green_qwen.tune.asking import agreed
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.course import Course
from green_qwen.tune.evenly import Lengths
from green_qwen.tune.ground import COMMAND, OLLAMA, SIMULATION, Ground, choose_ground
from green_qwen.tune.keep_alive import keep_alive_for
from green_qwen.tune.knobs import Verdict
from green_qwen.tune.memory import Room
from green_qwen.tune.plan import Plan
from green_qwen.tune.report import report_lines, report_object
from green_qwen.tune.search import Findings
from green_qwen.tune.setting import Setting
from green_qwen.tune.state import State
from green_qwen.tune.thinking.asking import Rehearsal
from green_qwen.tune.thinking.cost import Thinking, kept_from_thinking
from green_qwen.tune.trial import Bench, LoadShape
from green_qwen.tune.view import View
from green_qwen.tune.writing.settle import Place, Wishes, settle, undo
from green_qwen.tune.writing.texts import argument_lines

# An unknown memory is no limit: only trying tells.
UNKNOWN_BYTES = 1 << 62
UNIT = "ollama.service"
OVERHEAD_GUESS_S = {COMMAND: 18.0, OLLAMA: 22.0, SIMULATION: 6.0}
# What a model that thinks is asked with it and without takes this much of the budget, and no more than that.
THINKING_SHARE, THINKING_MOST_S = 0.15, 90.0
# Beside the server's start: with less nothing is learnt of answers.
THINKING_LEAST_S = 8.0


def tune(arguments: Namespace) -> int:
    """Returns the exit code."""
    folder = state_folder(arguments)
    tuning = _Tuning(arguments, folder)
    if arguments.undo:
        asyncio.run(tuning.undo())
        return tuning.code
    code = asyncio.run(until_stopped(tuning.run()))
    if code != os.EX_OK:
        print(
            f"\nstopped; the machine is as it was. Go on with: green-qwen tune --resume ({folder}/tune.json)",
            file=sys.stderr,
        )
        return code
    return tuning.code


def state_folder(arguments: Namespace) -> Path:
    """Root's own, or the user's; what --state names goes before."""
    if arguments.state:
        return Path(arguments.state).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/green-qwen")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "green-qwen"


class _Tuning:
    def __init__(self, arguments: Namespace, folder: Path) -> None:
        self._given, self._folder = arguments, folder
        self._bounds = _bounds(arguments)
        self._view = View(sys.stderr if arguments.json else sys.stdout, arguments.budget * 60, self._bounds)
        self.code = os.EX_OK

    async def run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="green-tune-") as scratch:
            ground = await choose_ground(self._given, self._folder / "logs", Path(scratch))
            try:
                await self._on(ground)
            finally:
                ground.close()

    async def _on(self, ground: Ground) -> None:
        ground.refuse_others()
        self._announce(ground)
        self._ask_to_start(ground)
        try:
            findings = await self._search(ground)
            thinking = await self._rehearse(ground, findings) if ground.thinks else None
        finally:
            # Also on Ctrl-C, whose cancellation must not reach it.
            await asyncio.shield(ground.server.restore())
        self._report(ground, findings, thinking)
        await self._write(ground, findings, thinking)

    async def _search(self, ground: Ground) -> Findings:
        state = State(self._folder / "tune.json", _identity(self._given, ground))
        known = state.resumed() if self._given.resume else []
        bench = Bench(ground.server, ground.open_gpus, _load(self._given))
        plan = _plan(self._given, ground, self._bounds)
        return await Course(plan, bench, state, self._view).run(known)

    async def _rehearse(self, ground: Ground, findings: Findings) -> Thinking | None:
        """What thinking costs with the chosen setting, in the time that was kept for it."""
        if findings.chosen is None:
            return None
        left_s = min(THINKING_MOST_S, self._given.budget * 60 - findings.evidence.spent_s)
        if left_s < OVERHEAD_GUESS_S[ground.kind] + THINKING_LEAST_S:
            return Thinking(Verdict.NO_TIME)
        self._view.say("    with thinking and without  (the same questions, on the chosen setting)")
        rehearsal = Rehearsal(ground.server, ground.open_gpus, consent=self._bounds.allow_no_thinking)
        return await rehearsal.run(findings.chosen, left_s, self._view.now)

    def _announce(self, ground: Ground) -> None:
        say = self._view.say
        simulated = " (all figures are simulated)" if ground.simulated_figures else ""
        say(f"green-qwen tune: {ground.model} on {ground.server.name}{simulated}")
        if ground.why:
            say(f"the simulation: {ground.why}")
        say(f"{self._given.clients} clients at once, at most {self._given.budget:g} minutes")

    def _ask_to_start(self, ground: Ground) -> None:
        if ground.kind == OLLAMA:
            question = f"{ground.unit} will be restarted for each trial, and its clients cut off. Begin?"
            if not agreed(question, yes=self._given.yes):
                raise UsageError("not begun, as you said")

    def _report(self, ground: Ground, findings: Findings, thinking: Thinking | None) -> None:
        chosen = findings.chosen
        keep = None if chosen is None else keep_alive_for(chosen, findings.evidence)
        if self._given.json:
            content = report_object(
                findings, simulated=ground.simulated_figures, keep_alive=keep, thinking=thinking
            )
            print(json.dumps({"model": ground.model, "server": ground.server.name, **content}))
        else:
            for line in report_lines(findings, self._bounds, keep, thinking):
                self._view.say(line)
        if chosen is None:
            self.code = os.EX_UNAVAILABLE

    async def _write(self, ground: Ground, findings: Findings, thinking: Thinking | None) -> None:
        chosen = findings.chosen
        if chosen is None or chosen == findings.default:
            return
        if ground.kind == OLLAMA or (ground.kind == SIMULATION and not self._live):
            keep = keep_alive_for(chosen, findings.evidence)
            place = Place(self._root, self._record, ground.unit or UNIT, ground.url, ground.model, self._live)
            known = load_config(None, os.environ).config.shaping.thinking_off_models
            wishes = self._wishes(kept_from_thinking(thinking, ground.model, known))
            if await settle(findings.better, keep, place, wishes) is None and not self._given.dry_run:
                self._view.say("nothing was written")
            return
        self._view.say("")
        for line in argument_lines(chosen):
            self._view.say(line)

    async def undo(self) -> None:
        if await undo(self._record, self._wishes(), live=self._live):
            self.code = os.EX_CONFIG

    @property
    def _root(self) -> Path:
        return Path(self._given.root).absolute()

    @property
    def _live(self) -> bool:
        """Whether it is this machine that is set up, and not a folder."""
        return self._root == Path("/")

    @property
    def _record(self) -> Path:
        return self._folder / "tune-written.json"

    def _wishes(self, thinking_off_models: tuple[str, ...] = ()) -> Wishes:
        given = self._given
        return Wishes(
            given.dry_run,
            given.force,
            lambda question: agreed(question, yes=given.yes),
            self._view.say,
            thinking_off_models,
        )


def _bounds(given: Namespace) -> Bounds:
    return Bounds(
        first_token_s=given.max_first_token_s,
        between_tokens_ms=given.max_between_tokens_ms,
        context_tokens=given.context,
        allow_lossy_cache=given.allow_lossy_cache,
        allow_no_thinking=given.allow_no_thinking,
    )


def _load(given: Namespace) -> LoadShape:
    lengths = Lengths(given.prompts, given.answers)
    return LoadShape(given.clients, int(given.seed), given.warm_up_s, lengths, characters=given.characters)


def _plan(given: Namespace, ground: Ground, bounds: Bounds) -> Plan:
    knobs = ground.server.knobs
    base = Setting(
        context_tokens=bounds.context_tokens if "context_tokens" in knobs else None,
        perf_boost="perf_boost" not in knobs,
        gpu_sampling="gpu_sampling" in knobs,
    )
    return Plan(
        default=Setting(),
        base=base,
        clients=given.clients,
        bounds=bounds,
        room=Room(ground.memory_bytes() or UNKNOWN_BYTES, ground.shape),
        budget_s=given.budget * 60 - (_thinking_s(given) if ground.thinks else 0.0),
        window_s=given.window_s,
        knobs=knobs,
        trial_overhead_s=OVERHEAD_GUESS_S[ground.kind] + given.warm_up_s,
    )


def _thinking_s(given: Namespace) -> float:
    """What the search leaves of the budget."""
    return float(min(THINKING_MOST_S, THINKING_SHARE * given.budget * 60))


def _identity(given: Namespace, ground: Ground) -> Mapping[str, Any]:
    """What has to be the same for a search to be resumed."""
    gpus = [] if ground.kind == SIMULATION else [gpu.uuid for gpu in ground.open_gpus()]
    return {
        "server": given.server_command
        or (given.simulated_card if ground.kind == SIMULATION else ground.unit),
        "model": ground.model,
        "gpus": gpus,
        "clients": given.clients,
        "seed": given.seed,
        "window_s": given.window_s,
        "warm_up_s": given.warm_up_s,
        "prompts": list(given.prompts),
        "answers": list(given.answers),
        "context": given.context,
        "fields": given.extra_fields,
    }
