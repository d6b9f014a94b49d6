# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What each part of a measurement drew and yielded, by the independent counter and the clients' clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from load import Answered, share
from witness import Witness


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the measurement: rest, or a load of so many clients; on the monotonic clock."""

    name: str
    start_s: float
    end_s: float


def part_table(parts: Sequence[Part], answered: Sequence[Answered], witness: Witness) -> Iterator[str]:
    """One row a part; tokens are those of the requests that ended in it."""
    yield "| part | s | W | answers | tokens/s | J per token | tokens/s/W | latency P50 s | P95 s |"
    yield "|---" * 9 + "|"
    for part in parts:
        duration_s = part.end_s - part.start_s
        energy_j = witness.at(part.end_s).energy_j - witness.at(part.start_s).energy_j
        ended = [one for one in answered if part.start_s < one.end_s <= part.end_s]
        row = f"| {part.name} | {duration_s:.1f} | {energy_j / duration_s:.1f} "
        yield row + (_yield(ended, duration_s, energy_j) if ended else "| 0 |" + " - |" * 5)


def _yield(ended: Sequence[Answered], duration_s: float, energy_j: float) -> str:
    tokens = sum(one.output_tokens for one in ended)
    latencies_s = [one.latency_s for one in ended]
    return (
        f"| {len(ended)} | {tokens / duration_s:.1f} | {energy_j / tokens:.2f} | {tokens / energy_j:.3f} "
        f"| {share(latencies_s, 0.5):.2f} | {share(latencies_s, 0.95):.2f} |"
    )
