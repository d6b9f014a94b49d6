# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The chosen setting once more: the same questions without thinking, then with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from green_common.errors import UnavailableError
from green_common.gpu import Gpu
from green_qwen.load.clients import Server, hold_dialogues
from green_qwen.load.figures import Window, drawn_in
from green_qwen.load.meter import Meter
from green_qwen.load.record import Record
from green_qwen.tune.knobs import Verdict
from green_qwen.tune.servers import ModelServer
from green_qwen.tune.setting import Setting
from green_qwen.tune.thinking.cost import AnswerCost, Thinking, judged
from green_qwen.tune.thinking.questions import QUESTIONS, Questions
from green_qwen.tune.trial import Watch
from green_qwen.tune.view import Moment

LOOK_EVERY_S = 0.25


class Rehearsal:
    """Asks everything twice; what the server fails at is a finding like another."""

    def __init__(
        self, server: ModelServer, open_gpus: Callable[[], tuple[Gpu, ...]], *, consent: bool
    ) -> None:
        self._server, self._open_gpus, self._consent = server, open_gpus, consent

    async def run(self, setting: Setting, within_s: float, watch: Watch) -> Thinking:
        """`within_s` is the time for all of it, the server's start included."""
        until_s = time.monotonic() + within_s
        try:
            return await self._both(setting, until_s, watch)
        except UnavailableError as error:
            return Thinking(Verdict.FAILED, note=str(error))
        finally:
            await asyncio.shield(self._server.end())

    async def _both(self, setting: Setting, until_s: float, watch: Watch) -> Thinking:
        watch("starting the server", None)
        await self._server.begin(setting)
        meter = Meter(self._open_gpus())
        async with meter.watching():
            server = await self._server.load(setting)
            # First those that tell nothing if they are cut off; of the others the least is enough.
            off = await _asked(_thinks(server, think=False), meter, until_s, watch)
            on = await _asked(_thinks(server, think=True), meter, until_s, watch)
        return judged(on, off, consent=self._consent)


def _thinks(server: Server, *, think: bool) -> Server:
    return replace(server, fields={**server.fields, "think": think})


async def _asked(server: Server, meter: Meter, until_s: float, watch: Watch) -> AnswerCost:
    what = f"asking with thinking {'on' if server.fields['think'] else 'off'}"
    record, start_s = Record(), await meter.mark()
    talks = asyncio.create_task(hold_dialogues(server, Questions(), len(QUESTIONS), record))
    try:
        while not talks.done() and time.monotonic() < until_s:
            watch(what, Moment(time.monotonic() - start_s, meter.power_w, record))
            await asyncio.wait({talks}, timeout=LOOK_EVERY_S)
        whole = talks.done()
        drawn = drawn_in(Window(start_s, await meter.mark()), meter.logs)
    finally:
        talks.cancel()
        await asyncio.wait({talks})
    return AnswerCost(_tokens(record), drawn.energy.energy_j, whole)


def _tokens(record: Record) -> tuple[int, ...]:
    """By question; raises UnavailableError where one failed."""
    if record.failures:
        last = record.failures[-1]
        raise UnavailableError(f"a question was not answered: {last.kind}: {last.said}")
    done = {answer.client: answer.output_tokens for answer in record.answers}
    came = {client: len(open_.token_times_s) for client, open_ in record.open.items()}
    return tuple((came | done).get(client, 0) for client in range(len(QUESTIONS)))
