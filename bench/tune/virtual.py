# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Trials on a simulated card without waiting: the command's own load and windows, the simulation's joules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from bench.truth.world import World
from green_qwen.load.quantile import quantile
from green_qwen.tune.evenly import Evenly, Lengths
from green_qwen.tune.measured import Measured, Outcome, Trial
from green_qwen.tune.setting import Setting
from green_qwen.tune.steadiness import Steadiness
from green_sim.engine.job import Ended, Event, Order, Piece, Runner, Stage as JobStage
from green_sim.engine.launch import Launch
from green_sim.engine.server import Settings
from green_sim.engine.tokens import CHARACTERS_PER_TOKEN
from green_sim.gpu.costs import USUAL_BATCH_TOKENS, Knobs, Make

LOAD_S = 5.0
# What a real server takes beside its load: stop, start, the first request.
START_S = 6.0
REST_S = 3.0
LOOK_EVERY_S = 0.25
PID = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """The load."""

    clients: int
    warm_up_s: float = 8.0
    lengths: Lengths = field(default_factory=Lengths)
    seed: int = 7


@dataclass(slots=True)
class Seen:
    """What the clients saw: times of first tokens, of gaps between tokens, of ends."""

    tokens: int = 0
    answers: int = 0
    firsts_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)


class VirtualBench:
    """Measures settings on one make of card; each trial is a world of its own, with noise of its own."""

    def __init__(self, make: Make, ask: Ask, *, seed: int) -> None:
        self._make, self._ask = make, ask
        self._chance = Random(seed)  # noqa: S311 - chance that can be repeated, nothing to keep secret
        self._runs = 0

    def run(self, trial: Trial) -> Outcome:
        """The same as a trial on a real server has, as far as the search looks at it."""
        world = self._world(trial.setting)
        began_s = world.now_s
        idle = _Idle(world)
        bare_w = idle.power_w()
        ends: list[Event] = []
        runner = _runner(trial.setting)
        world.submit(Order("/api/generate", runner), ends.append)
        world.advance(world.now_s + LOAD_S + 0.1)
        failed = next((one for one in ends if isinstance(one, Ended) and one.stage is JobStage.FAILED), None)
        if failed is not None:
            return Outcome(START_S + 1.0, failure=failed.error or "failed")
        idle_w = idle.power_w()
        measured = self._under_load(world, runner, trial, (bare_w, idle_w))
        return Outcome(START_S + world.now_s - began_s, measured)

    def _world(self, setting: Setting) -> World:
        launch = Launch(self._make, _knobs(setting))
        settings = Settings(parallel=setting.slots, load_s=LOAD_S, keep_alive_s=-1.0, pid=PID, launch=launch)
        start_s = self._chance.uniform(1000.0, 2000.0)
        world = World(self._make.curves, settings, seed=self._chance.randrange(1 << 30), start_s=start_s)
        world.card.perf_boost = setting.perf_boost
        return world

    def _under_load(
        self, world: World, runner: Runner, trial: Trial, rests_w: tuple[float, float]
    ) -> Measured:
        self._runs += 1
        slots = min(trial.setting.slots, self._ask.clients)
        source = Evenly(self._ask.seed, self._ask.lengths, slots, self._runs)
        clients = _Clients(world, runner, source)
        steadiness = Steadiness(slots, self._ask.warm_up_s, trial.window_s)
        for client in range(self._ask.clients):
            clients.ask(client)
        _until(world, clients, steadiness.is_warm)
        start_s, start_j = world.now_s, world.card.energy_j
        clients.seen = Seen()
        _until(world, clients, steadiness.is_over)
        seen = clients.seen
        return Measured(
            window_s=world.now_s - start_s,
            output_tokens=seen.tokens,
            energy_j=world.card.energy_j - start_j,
            first_token_p95_s=quantile(seen.firsts_s, 0.95).value_s,
            between_tokens_p95_ms=quantile(seen.gaps_s, 0.95).value_s * 1000,
            answered=seen.answers,
            failures=0,
            idle_w=rests_w[1],
            load_j=500.0,
            bare_w=rests_w[0],
        )


class _Idle:
    def __init__(self, world: World) -> None:
        self._world = world

    def power_w(self) -> float:
        world = self._world
        before_j = world.card.energy_j
        world.advance(world.now_s + REST_S)
        return (world.card.energy_j - before_j) / REST_S


class _Clients:
    """A closed loop: who has an answer asks again."""

    def __init__(self, world: World, runner: Runner, source: Evenly) -> None:
        self._world, self._runner, self._source = world, runner, source
        self.seen = Seen()

    def ask(self, client: int) -> None:
        turn = self._source.next_for(client).turns[0]
        answer = "a" * (CHARACTERS_PER_TOKEN * (turn.answer_tokens or 0))
        order = Order("/api/chat", self._runner, str(turn.messages[0]["content"]), answer=answer)
        asked_s = self._world.now_s
        times: list[float] = []

        def hear(event: Event) -> None:
            if isinstance(event, Piece):
                self._token(asked_s, times)
            else:
                self.seen.answers += 1
                self.seen.gaps_s += [later_s - sooner_s for sooner_s, later_s in pairwise(times)]
                self._world.after(0.0, lambda: self.ask(client))

        self._world.submit(order, hear)

    def _token(self, asked_s: float, times: list[float]) -> None:
        if not times:
            self.seen.firsts_s.append(self._world.now_s - asked_s)
        self.seen.tokens += 1
        times.append(self._world.now_s)


def _until(world: World, clients: _Clients, arrived: Callable[[float, int], bool]) -> None:
    began_s, before = world.now_s, clients.seen.answers
    while not arrived(world.now_s - began_s, clients.seen.answers - before):
        world.advance(world.now_s + LOOK_EVERY_S)


def _runner(setting: Setting) -> Runner:
    options = {"num_ctx": setting.context_tokens, "num_batch": setting.batch_tokens}
    return Runner(
        "qwen3:32b", frozenset((name, value) for name, value in options.items() if value is not None)
    )


def _knobs(setting: Setting) -> Knobs:
    return Knobs(
        kv_cache=setting.kv_cache,
        flash_attention=setting.flash_attention != "off",
        gpu_sampling=setting.gpu_sampling,
        batch_tokens=setting.batch_tokens or USUAL_BATCH_TOKENS,
    )
