# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One seed: a card, a model server and four loads, all drawn from it, and what the receipts say of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.truth.clients import Client, Load, draw_loads, run_client
from bench.truth.proxy import RUNNER, Proxy, Words
from bench.truth.watch import Gauge, Watch
from bench.truth.world import World
from green_sim.engine.job import Order
from green_sim.engine.server import Settings
from green_sim.gpu.curves import Curves
from green_sim.gpu.draw import draw_curves

SLOTS = 16
REST_S = 8.0
LONGEST_DRAIN_S = 120.0
# How often the model has been unloaded before a load begins.
UNLOADED = 0.3


@dataclass(frozen=True, slots=True)
class Held:
    """One receipt held against the truth; joules are above the baseline."""

    seed: int
    load: str
    outcome: str
    own_load: bool
    true_j: float
    said_j: float
    uncertainty_j: float
    duration_s: float
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int

    @property
    def error(self) -> float:
        """Signed, as a share of the truth."""
        return (self.said_j - self.true_j) / self.true_j

    @property
    def within(self) -> bool:
        """True where the truth lies within the uncertainty that the receipt states."""
        return abs(self.said_j - self.true_j) <= self.uncertainty_j


@dataclass(frozen=True, slots=True)
class Trial:
    """All receipts of one seed, how many had none, and the greatest unattributed part of a window."""

    seed: int
    held: tuple[Held, ...]
    without: int
    unattributed_percent: float


def run_trial(
    seed: int, *, load_lasts_s: float = 30.0, curves: Curves | None = None, words: Words | None = None
) -> Trial:
    """The same for the same seed; what is given takes the place of what would be drawn."""
    chance = Random(seed)  # noqa: S311 - chance that can be repeated, nothing to keep secret
    settings = Settings(parallel=SLOTS, load_s=chance.uniform(1.0, 6.0), keep_alive_s=-1.0, pid=1)
    start_s = chance.uniform(1000.0, 2000.0)
    world = World(curves or draw_curves(seed), settings, seed=seed, start_s=start_s)
    drawn = chance.choice((Words.OLLAMA, Words.LLAMA_SERVER))
    proxy = Proxy(world, words or drawn, chance)
    world.submit(Order("/api/generate", RUNNER), lambda event: None)
    world.advance(world.now_s + settings.load_s + chance.uniform(2.0, 3.0))
    gauge = Gauge(world, counter_s=chance.uniform(0.003, 0.008), part=chance.random())
    watch = Watch(world, proxy, gauge)
    watch.follow(world.now_s + REST_S)
    loads = draw_loads(chance, load_lasts_s)
    chance.shuffle(loads)
    for load in loads:
        _run_load(world, proxy, watch, load, chance)
    watch.finish()
    return _compare(seed, proxy, watch)


def _run_load(world: World, proxy: Proxy, watch: Watch, load: Load, chance: Random) -> None:
    proxy.load = load.name
    if chance.random() < UNLOADED:
        world.machine.server.expire(world.now_s)
    # Of many that come at once, who is to pay for the server's own load is a matter of words.
    proxy.looks_first = load.clients > 1 or chance.random() < 0.5
    until_s = world.now_s + load.lasts_s
    for number in range(load.clients):
        client = Client(f"{load.name} {number}", Random(chance.random()))  # noqa: S311 - as above
        begin_s = world.now_s + chance.uniform(0.0, load.spread_s)

        def begin(client: Client = client) -> None:
            run_client(world, proxy, client, load.make_ask, until_s)

        world.at(begin_s, begin)
    watch.follow(until_s)
    latest_s = until_s + LONGEST_DRAIN_S
    while not proxy.idle and world.now_s < latest_s:
        watch.follow(world.now_s + 0.5)
    watch.follow(world.now_s + chance.uniform(3.0, REST_S))


def _compare(seed: int, proxy: Proxy, watch: Watch) -> Trial:
    receipts = {receipt.request: receipt for receipt in watch.audit.kept}
    held, without = [], 0
    for call in proxy.calls:
        receipt = receipts.get(call.request or call.id)
        if call.job is None:
            continue
        if receipt is None or receipt.energy_j is None or receipt.uncertainty_j is None:
            without += 1
            continue
        job = call.job
        held.append(
            Held(
                seed,
                call.load,
                receipt.outcome,
                own_load=not call.request,
                true_j=job.cost.above_baseline_j,
                said_j=receipt.energy_j,
                uncertainty_j=receipt.uncertainty_j,
                duration_s=receipt.duration_s,
                prompt_tokens=job.prompt_tokens,
                cached_tokens=job.cached_tokens,
                output_tokens=job.generated_tokens,
            )
        )
    percents = (abs(window["unattributed_percent"] or 0.0) for window in watch.audit.windows)
    return Trial(seed, tuple(held), without, max(percents, default=0.0))
