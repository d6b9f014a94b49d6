# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The loads: clients in a closed loop, each with its own chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.truth.proxy import RUNNER, Call, Proxy
from bench.truth.world import World
from green_sim.engine.job import Order
from green_sim.engine.tokens import CHARACTERS_PER_TOKEN

LONGEST_DIALOGUE_TOKENS = 8000


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `leaves_after_s` where its client doesn't wait for the end."""

    order: Order
    pause_s: float = 0.0
    leaves_after_s: float | None = None
    streamed: bool = True


class Client:
    """Asks, waits for the end, pauses, and asks again until it is told to stop."""

    def __init__(self, name: str, chance: Random) -> None:
        self.name = name
        self.chance = chance
        self.said = ""
        self._asked = 0

    def text(self, tokens: int) -> str:
        """Words that nobody else has said, so that no cache knows them."""
        self._asked += 1
        opening = f"{self.name} {self._asked} "
        return (opening + "word " * tokens)[: tokens * CHARACTERS_PER_TOKEN]


MakeAsk = Callable[[Client], Ask]


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients for so long."""

    name: str
    clients: int
    lasts_s: float
    make_ask: MakeAsk
    # They begin within this time of each other.
    spread_s: float = 0.0


def draw_loads(chance: Random, lasts_s: float) -> list[Load]:
    """The four loads; what is alike in one of them is drawn once, and dialogues get time for their turns."""
    prompt_tokens, answer_tokens = chance.randint(100, 1500), chance.randint(100, 250)

    def ask_equally(client: Client) -> Ask:
        return Ask(_order(client.text(prompt_tokens), answer_tokens))

    return [
        Load("alone", 1, lasts_s, _ask_alone),
        Load("4 clients", 4, lasts_s, _ask_alone, spread_s=1.0),
        Load("16 with equal prompts", 16, lasts_s, ask_equally, spread_s=0.02),
        Load("16 mixed", 16, 2 * lasts_s, _ask_mixed, spread_s=2.0),
    ]


def run_client(world: World, proxy: Proxy, client: Client, make_ask: MakeAsk, until_s: float) -> None:
    """Begin now, and go on until then."""

    def begin() -> None:
        ask = make_ask(client)
        if world.now_s + ask.pause_s < until_s:
            world.after(ask.pause_s, lambda: send(ask))

    def send(ask: Ask) -> None:
        call = proxy.ask(ask.order, client.name, streamed=ask.streamed)
        call.on_end.append(lambda: hear_end(call, ask))
        if ask.leaves_after_s is not None:
            world.after(ask.leaves_after_s, lambda: leave(call))

    def leave(call: Call) -> None:
        # Who waits for a load doesn't leave here: it was never forwarded, so there is no receipt to hold.
        if call.job is not None:
            proxy.leave(call)

    def hear_end(call: Call, ask: Ask) -> None:
        client.said = ask.order.prompt + ask.order.answer
        begin()

    begin()


def _ask_alone(client: Client) -> Ask:
    chance = client.chance
    prompt = client.text(round(30 * 100.0 ** chance.random()))
    pause_s = chance.choice((0.0, 0.05, chance.uniform(0.1, 2.0)))
    return Ask(_order(prompt, chance.randint(64, 400)), pause_s, streamed=chance.random() < 0.8)


def _ask_mixed(client: Client) -> Ask:
    """Short and long prompts, dialogues whose beginning is cached, and some who leave."""
    chance = client.chance
    dice = chance.random()
    least, most = (30, 200) if dice < 0.7 else (600, 1500) if dice < 0.9 else (3000, 4000)
    prompt = client.text(chance.randint(least, most))
    if chance.random() < 0.5 and len(client.said) < LONGEST_DIALOGUE_TOKENS * CHARACTERS_PER_TOKEN:
        prompt = client.said + prompt
    return Ask(
        _order(prompt, chance.randint(32, 300)),
        chance.choice((0.0, chance.uniform(0.0, 1.5))),
        chance.uniform(0.1, 8.0) if chance.random() < 0.08 else None,
        streamed=chance.random() < 0.8,
    )


def _order(prompt: str, answer_tokens: int) -> Order:
    return Order("/api/chat", RUNNER, prompt, answer="a" * (CHARACTERS_PER_TOKEN * answer_tokens))
