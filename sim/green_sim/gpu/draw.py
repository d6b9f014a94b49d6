# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Other models on other cards, drawn at random: what works on one card only should show."""

from __future__ import annotations

from random import Random

from green_sim.gpu.curves import H100, Curves, DecodePoint
from green_sim.gpu.timing import SensorTiming

BATCHES = (1, 2, 4, 8, 16, 32, 50)
# Below the card's limit by more than the widest noise.
MOST_W = 650.0
# Measured at batch 1 (J a token at 8 000 and 32 000 tokens of context) and for prompts (at 8 000 and 32 000).
CONTEXT_S = 1.1e-7
PREFILL_GROWTH = 3e-5


def draw_curves(seed: int) -> Curves:
    """The same curves for the same seed, each figure within about a factor of 3 of the measured card's."""
    chance = Random(seed)  # noqa: S311 - chance that can be repeated, nothing to keep secret
    idle_low_w = chance.uniform(20.0, 110.0)
    idle_boosted_w = idle_low_w + chance.uniform(10.0, 110.0)
    decode = _draw_decode(chance, idle_boosted_w)
    period_s = chance.uniform(0.03, 0.13)
    return Curves(
        idle_low_w=idle_low_w,
        idle_boosted_w=idle_boosted_w,
        load_w=idle_boosted_w + _around(chance, 41.0),
        prefill_w=chance.uniform(idle_boosted_w + 120.0, MOST_W),
        prefill_tokens_per_s=_around(chance, H100.prefill_tokens_per_s),
        decode_points=decode,
        noise=_around(chance, H100.noise),
        chunk_tokens=chance.choice((256, 512, 1024)),
        mixes_steps=chance.random() < 0.5,
        mixed_decode_share=chance.uniform(0.2, 1.0),
        prefill_growth=_around(chance, PREFILL_GROWTH),
        decode_context_s=_around(chance, CONTEXT_S) * H100.decode_tokens_per_s(1) / decode[0].tokens_per_s,
        sensor=SensorTiming(period_s, period_s * chance.uniform(0.25, 0.9)),
    )


def _draw_decode(chance: Random, idle_w: float) -> tuple[DecodePoint, ...]:
    """Speed that rises with the batch, and a switch of kernels somewhere: faster, at less power."""
    alone = _around(chance, H100.decode_tokens_per_s(1))
    rise = chance.uniform(0.55, 0.85)
    switch = chance.randint(3, 24)
    faster, thriftier = chance.uniform(1.1, 2.2), chance.uniform(0.6, 1.0)
    above_w = chance.uniform(100.0, MOST_W - idle_w)
    points = []
    for batch in sorted({*BATCHES, switch, switch + 1}):
        speed = alone * float(batch**rise) * (faster if batch > switch else 1.0)
        part = chance.uniform(0.93, 1.0) * (thriftier if batch > switch else 1.0)
        points.append(DecodePoint(batch, speed, idle_w + above_w * part))
    return tuple(points)


def _around(chance: Random, measured: float) -> float:
    """Between a third and the triple, evenly on a logarithmic scale."""
    return measured * float(3.0 ** chance.uniform(-1.0, 1.0))
