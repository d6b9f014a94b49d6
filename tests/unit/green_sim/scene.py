# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A simulated model server on a simulated card, with everything that it said."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_sim.engine.job import Event, Job, Order, Piece, Runner
from green_sim.engine.server import ModelServer, Settings
from green_sim.gpu.card import Card
from green_sim.gpu.curves import H100, Curves

QWEN = Runner("qwen3:32b")


@dataclass
class Scene:
    """A card, a server on it and everything that the server said, by generation."""

    card: Card
    server: ModelServer
    said: dict[int, list[Event]] = field(default_factory=dict)

    def submit(self, now_s: float, order: Order) -> Job:
        events: list[Event] = []
        job = self.server.submit(now_s, order, events.append)
        self.said[job.number] = events
        return job


def make_scene(*, warm: bool = True, curves: Curves = H100, **settings: float) -> Scene:
    """A server with its model loaded at second 10, or with none."""
    card = Card(0, 0.0, curves=curves)
    defaults = {"parallel": 1, "load_s": 3.0, "keep_alive_s": 300.0, "pid": 1}
    scene = Scene(card, ModelServer(card, Settings(**{**defaults, **settings})))  # type: ignore[arg-type]
    if warm:
        scene.submit(0.0, Order("/api/chat", QWEN))
        scene.server.advance(10.0)
    return scene


def order(text: str = "p" * 40, *, answer_tokens: int = 10, **more: object) -> Order:
    """An order for an answer of so many tokens."""
    return Order("/api/chat", more.pop("runner", QWEN), text, answer="a" * 4 * answer_tokens, **more)  # type: ignore[arg-type]


def pieces(events: list[Event]) -> int:
    """How many tokens were handed out."""
    return sum(isinstance(event, Piece) for event in events)
