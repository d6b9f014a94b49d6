# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The upstream's count of generations, held against the clients' count of requests."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bench.proxy.clients import Seen


@dataclass(frozen=True, slots=True)
class Counts:
    """What upstream.c has seen since it started."""

    generations: int = 0
    wrong: int = 0
    repeated: int = 0
    number_sum: int = 0
    num_ctx: int = 0
    num_predict: int = 0
    think: int = 0
    shows: int = 0
    other: int = 0
    unknown: int = 0

    def since(self, before: Counts) -> Counts:
        return Counts(*(getattr(self, name) - getattr(before, name) for name in self.__slots__))


def parse_counts(text: str) -> Counts:
    return Counts(**json.loads(text))


def differences(seen: Seen, counted: Counts) -> list[str]:
    """Why this run does not count; empty where each request became one generation of its own prompt."""
    found = []
    if seen.errors or seen.answered != seen.asked:
        found.append(f"{seen.asked} requests, {seen.answered} answered, {seen.errors} errors")
    if counted.generations != seen.asked:
        found.append(f"{seen.asked} requests, but {counted.generations} generations at the upstream")
    if counted.wrong:
        found.append(f"{counted.wrong} prompts arrived changed")
    if counted.repeated:
        found.append(f"{counted.repeated} prompts arrived more than once")
    if not found and counted.number_sum != seen.number_sum:
        found.append("the prompts that arrived are not those that were sent")
    return found


def steps_seen(all_of: Counts) -> str:
    """What the shaping steps did to the bodies, by what arrived."""
    return (
        f"of {all_of.generations} bodies, each sent with num_ctx, {all_of.num_ctx} arrived with it, "
        f"{all_of.num_predict} with num_predict and {all_of.think} with think, which none had; "
        f"/api/show was asked {all_of.shows} times"
    )
