# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Arms and plan from what was asked for and what is there."""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from green_common.config import Config, load_config
from green_common.errors import NotPermittedError, UsageError
from green_common.gpu import GpuDriver
from green_common.gpu.open import open_driver
from green_qwen.bench.arms import Arm, Command, Front, Running, Simulation, Unit
from green_qwen.bench.ollama_unit import OllamaUnit
from green_qwen.bench.plan import FULL, QUICK, Plan, name_of_file
from green_qwen.bench.run import AFTER, BEFORE
from green_qwen.demo.daemons import SLOTS_AFTER, SLOTS_BEFORE
from green_qwen.demo.ground import Ground, choose_ground
from green_qwen.load.dialogues import Mix
from green_qwen.load.own_dialogues import read_dialogues

DIALOGUES, PAIRS, QUICK_PAIRS = 500, 3, 2
ASK_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is compared, on which GPUs, and what has to be put back."""

    arms: tuple[Arm, ...]
    open_driver: Callable[[], GpuDriver]
    why_simulated: str = ""
    unit: OllamaUnit | None = None


def plan_from(given: argparse.Namespace) -> Plan:
    """Raises LoadFileError, ConfigError, UsageError for what can't be carried out."""
    pace = QUICK if given.quick else FULL
    window_s = given.window_s or pace.window_s
    if given.dialogues and given.window_s:
        raise UsageError("--dialogues and --window-s: a run is measured by one of both; leave one out")
    if given.dialogues:
        window_s = None
    own = read_dialogues(given.load) if given.load else ()
    return Plan(
        clients=given.clients,
        seed=given.seed,
        pairs=given.pairs or (QUICK_PAIRS if given.quick else PAIRS),
        dialogues=None if window_s else given.dialogues or DIALOGUES,
        pace=dataclasses.replace(
            pace,
            window_s=window_s,
            rest_s=given.rest_s or pace.rest_s,
            warm_up_most_s=given.warm_up_most_s or pace.warm_up_most_s,
        ),
        mix=Mix(turns=(1, given.turns), characters=given.letters),
        own=own,
        own_name=name_of_file(given.load) if given.load else "",
    )


def choose(given: argparse.Namespace, folder: Path) -> Chosen:
    """Raises UsageError for what does not go together, NotPermittedError where root is needed."""
    _check(given)
    config = load_config(None, dict(os.environ)).config
    if given.before or given.after or given.before_command or given.after_command:
        return _named(given, config)
    if given.restart_ollama:
        return _unit(given, config)
    ground = choose_ground(folder, simulate=given.simulate)
    return _simulated(given, ground) if ground.simulated else _running(given, config)


def _check(given: argparse.Namespace) -> None:
    named = [
        option for option in ("before", "after", "before_command", "after_command") if getattr(given, option)
    ]
    if named and (given.simulate or given.restart_ollama):
        other = "--simulate" if given.simulate else "--restart-ollama"
        raise UsageError(
            f"--{named[0].replace('_', '-')} names a server, and {other} another one; leave one out"
        )
    if given.quality_command and given.quality:
        raise UsageError("--quality-command and --quality both say which servers are compared; leave one out")
    if given.quality_command:
        Command(given.quality_command, "--quality-command").words("1", kv_cache="f16")
    for arm in (BEFORE, AFTER):
        if getattr(given, arm) and getattr(given, f"{arm}_command"):
            raise UsageError(f"--{arm} and --{arm}-command both say how {arm} is served; leave one out")
    if given.lower_clocks and os.geteuid() != 0:
        raise NotPermittedError("--lower-clocks changes a real GPU's clocks and so has to be run as root")


def _only(given: argparse.Namespace, *arms: Arm) -> tuple[Arm, ...]:
    only = AFTER if given.hours else given.only
    return tuple(arm for arm in arms if only in (None, arm.name))


def _simulated(given: argparse.Namespace, ground: Ground) -> Chosen:
    front = Front(rest=True, environ=ground.environ)
    arms = _only(
        given,
        Arm(BEFORE, Simulation(ground, SLOTS_BEFORE), None),
        Arm(AFTER, Simulation(ground, SLOTS_AFTER), front),
    )
    return Chosen(arms, ground.open_driver, ground.why)


def _running(given: argparse.Namespace, config: Config) -> Chosen:
    """Nothing is restarted: the same server, without green-proxy and with it."""
    server = Running(config.proxy.upstream)
    arms = _only(given, Arm(BEFORE, server, None), Arm(AFTER, server, _front(given, config)))
    return Chosen(arms, lambda: open_driver(config.gpu))


def _unit(given: argparse.Namespace, config: Config) -> Chosen:
    url = config.proxy.upstream
    unit = OllamaUnit(url)
    arms = _only(
        given,
        Arm(BEFORE, Unit(unit, url, default=True), None),
        Arm(AFTER, Unit(unit, url, default=False), _front(given, config)),
    )
    return Chosen(arms, lambda: open_driver(config.gpu), unit=unit)


def _named(given: argparse.Namespace, config: Config) -> Chosen:
    before = _server(given.before, given.before_command, "--before-command")
    after = _server(None, given.after_command, "--after-command")
    arms = []
    if before:
        arms.append(Arm(BEFORE, before, None))
    if given.after:
        url = given.after.rstrip("/")
        arms.append(Arm(AFTER, Running(url, "the server"), Front(url) if _is_proxy(url) else None))
    elif (behind := after or before) is not None:
        arms.append(Arm(AFTER, behind, Front(rest=given.lower_clocks)))
    chosen = _only(given, *arms)
    if not chosen:
        raise UsageError("nothing to measure: say with --before or --before-command who serves before")
    return Chosen(chosen, lambda: open_driver(config.gpu))


def _server(url: str | None, command: str | None, option: str) -> Running | Command | None:
    if url:
        return Running(url.rstrip("/"))
    if command is None:
        return None
    server = Command(command, option)
    # Checked now, not when the first half is over.
    server.words("1")
    return server


def _front(given: argparse.Namespace, config: Config) -> Front:
    """The green-proxy that runs here, or one of our own."""
    url = f"http://{config.proxy.listen}"
    return Front(url) if _is_proxy(url) else Front(rest=given.lower_clocks)


def _is_proxy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/healthz", timeout=ASK_WITHIN_S, trust_env=False).is_success
    except httpx.HTTPError:
        return False
