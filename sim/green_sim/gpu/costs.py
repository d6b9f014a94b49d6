# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What a server's settings cost or save on a card: sampling, the KV cache's type, flash attention, batch size.

Left out unless asked for (`green-sim --costs`), since most tests want the measured curves and nothing else.
The defaults of `Costs` are set so that the served loads of docs/measurements.md come out about as measured on
one H100; each figure says what it rests on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from green_sim.gpu.curves import H100, Curves, DecodePoint
from green_sim.gpu.draw import draw_curves

USUAL_BATCH_TOKENS = 512
MOST_BATCH = 128
CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
# Of Qwen3-32B: 64 layers, 8 KV heads of 128, keys and values.
CACHE_ELEMENTS_PER_TOKEN = 64 * 8 * 2 * 128


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the server was told."""

    kv_cache: str = "f16"
    flash_attention: bool = True
    gpu_sampling: bool = False
    batch_tokens: int = USUAL_BATCH_TOKENS


@dataclass(frozen=True, slots=True)
class Dip:
    """A stretch of batch sizes at which a server is slower than on either side."""

    least: int
    most: int
    speed: float


@dataclass(frozen=True, slots=True)
class Costs:
    """
    How a card and a server's build answer to each knob; speeds are multiples.

    `cpu_sampling_s`: for each token, one after another, while the GPU waits at `wait_w` above its boosted
    idle; from 205 against 131 tokens/s at 16 slots. `q4_decode`: 513 against 655 tokens/s at 16, 793 against
    1126 at 50. `dip`: it is known of the served load only, and only that 32 slots did worse than 16. Assumed:
    q8_0 between f16 and q4_0, what flash attention and batch size give, and what sampling on the GPU takes.
    """

    cpu_sampling_s: float = 0.0025
    gpu_sampling_s: float = 0.00005
    wait_w: float = 60.0
    q8_decode: float = 0.88
    q4_decode: float = 0.75
    unflashed_decode: float = 0.85
    unflashed_prefill: float = 0.8
    batch_doubled_prefill: float = 1.03
    dip: Dip | None = Dip(24, 40, 0.4)

    def curves_with(self, curves: Curves, knobs: Knobs) -> Curves:
        """The card's curves under these knobs."""
        doublings = math.log2(knobs.batch_tokens / USUAL_BATCH_TOKENS)
        prefill = self.batch_doubled_prefill**doublings * (
            1.0 if knobs.flash_attention else self.unflashed_prefill
        )
        return replace(
            curves,
            prefill_tokens_per_s=curves.prefill_tokens_per_s * prefill,
            decode_points=tuple(self._point(curves, knobs, batch) for batch in range(1, MOST_BATCH + 1)),
            chunk_tokens=max(
                MOST_BATCH, round(curves.chunk_tokens * knobs.batch_tokens / USUAL_BATCH_TOKENS)
            ),
        )

    def _point(self, curves: Curves, knobs: Knobs, batch: int) -> DecodePoint:
        known = min(batch, curves.decode_points[-1].batch)
        computes_s = batch / curves.decode_tokens_per_s(known) / self._decode_speed(knobs, batch)
        waits_s = batch * (self.gpu_sampling_s if knobs.gpu_sampling else self.cpu_sampling_s)
        computes_w = curves.idle_boosted_w + curves.above_decode_w(known)
        waits_w = curves.idle_boosted_w + (0.0 if knobs.gpu_sampling else self.wait_w)
        step_s = computes_s + waits_s
        return DecodePoint(batch, batch / step_s, (computes_s * computes_w + waits_s * waits_w) / step_s)

    def _decode_speed(self, knobs: Knobs, batch: int) -> float:
        speed = {"q8_0": self.q8_decode, "q4_0": self.q4_decode}.get(knobs.kv_cache, 1.0)
        if not knobs.flash_attention:
            speed *= self.unflashed_decode
        if self.dip is not None and self.dip.least <= batch <= self.dip.most:
            speed *= self.dip.speed
        return speed


def draw_costs(seed: int) -> Costs:
    """Other answers to the same knobs: a quantised cache may be a gain, and the order of slots another."""
    chance = Random(f"costs {seed}")  # noqa: S311 - chance that can be repeated, nothing to keep secret
    least = chance.randint(3, 40)
    dip = (
        Dip(least, least + chance.randint(1, 16), chance.uniform(0.4, 0.9)) if chance.random() < 0.6 else None
    )
    return Costs(
        cpu_sampling_s=0.0025 * float(4.0 ** chance.uniform(-1.5, 0.5)),
        gpu_sampling_s=0.00005 * float(20.0 ** chance.uniform(-1.0, 1.0)),
        wait_w=chance.uniform(0.0, 80.0),
        q8_decode=chance.uniform(0.75, 1.1),
        q4_decode=chance.uniform(0.6, 1.15),
        unflashed_decode=chance.uniform(0.7, 1.02),
        unflashed_prefill=chance.uniform(0.6, 1.0),
        batch_doubled_prefill=chance.uniform(0.95, 1.12),
        dip=dip,
    )


@dataclass(frozen=True, slots=True)
class Make:
    """A card with a server's build on it."""

    curves: Curves
    costs: Costs


def make_of(name: str) -> Make:
    """`h100`, or a number that draws one; raises ValueError for anything else."""
    if name == "h100":
        return Make(H100, Costs())
    if not name.isdigit():
        raise ValueError(f"{name!r} is neither h100 nor a number that draws a card")
    return Make(draw_curves(int(name)), draw_costs(int(name)))


def cache_bytes(tokens: int, kind: str) -> float:
    """Of keys and values for so many tokens."""
    return tokens * CACHE_ELEMENTS_PER_TOKEN * CACHE_BYTES[kind]
