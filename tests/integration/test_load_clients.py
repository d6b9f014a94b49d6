# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The load's clients against the simulated Ollama in both of its APIs, and against servers that fail."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from green_common.errors import UnavailableError
from green_common.gpu.simulated import SimulatedDriver
from green_qwen.load.clients import Server, hold_dialogues, load_model
from green_qwen.load.dialects import OLLAMA, OPENAI, Dialect
from green_qwen.load.dialogues import Counted, Dialogue, Endless, Mix, MixedAuthor, Turn
from green_qwen.load.figures import figures_of
from green_qwen.load.measure import Plan, measure
from green_qwen.load.meter import Meter
from green_qwen.load.record import Record
from integration.sim_rig import Simulation, simulation

MODEL = "qwen3:32b"
SHORT = Mix(prompts=((1.0, 20, 40),), answers=(8, 16))
FIELDS = {"think": False}
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
TOKEN = b'{"message":{"content":"x"},"done":false}\n'


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with simulation(tmp_path_factory.mktemp("sim"), "--parallel", "4") as running:
        yield running


@pytest.mark.parametrize("dialect", [OLLAMA, OPENAI])
def test_each_token_has_its_time_and_counts_are_the_servers(sim: Simulation, dialect: Dialect) -> None:
    """In either API: pieces in order, between start and end, as many as the server says."""
    record = Record()
    server = Server(sim.url, MODEL, dialect, FIELDS if dialect is OLLAMA else {"reasoning_effort": "none"})

    asyncio.run(hold_dialogues(server, Counted(MixedAuthor(1, SHORT), 6), 3, record))

    assert not record.failures
    assert len(record.answers) == 6
    for answer in record.answers:
        times_s = list(answer.token_times_s)
        assert times_s == sorted(times_s)
        assert answer.start_s < times_s[0] and times_s[-1] <= answer.end_s
        assert answer.output_tokens == len(times_s)
        assert answer.prompt_tokens > 10
    assert not record.open and record.ran_out_s is not None


def test_later_turns_carry_the_servers_own_answers(sim: Simulation) -> None:
    """So prompts grow by what was said before, and the prompt cache has its use."""
    record = Record()
    author = MixedAuthor(1, Mix(prompts=SHORT.prompts, answers=(8, 8), turns=(3, 3)))

    asyncio.run(hold_dialogues(Server(sim.url, MODEL, OLLAMA, FIELDS), Counted(author, 1), 1, record))

    first, second, third = (answer.prompt_tokens for answer in record.answers)
    assert second > first + 8
    assert third > second + 8


def test_a_window_has_the_energy_of_the_card_and_the_tokens_in_it(sim: Simulation) -> None:
    """Watts as the card's own, and a yield that follows from both."""
    driver = SimulatedDriver(str(sim.gpu_socket))
    server = Server(sim.url, MODEL, OLLAMA, FIELDS)

    async def run() -> tuple[float, float, float]:
        await load_model(server)
        meter = Meter(driver.open_gpus())
        async with meter.watching():
            plan = Plan(clients=4, warm_up_s=0.5, warm_up_most_s=5.0, window_s=2.0)
            load = await measure(server, Endless(MixedAuthor(1, SHORT)), plan, meter)
        figures = figures_of(load.record, load.window, meter.logs, clients=4)
        assert figures.waiting_clients == 0
        # Those that were cut off were open at the window's end, and their tokens count.
        assert len(load.record.open) == 4
        assert sum(len(one.token_times_s) for one in load.record.open.values()) > 0
        ended = sum(answer.output_tokens for answer in load.record.answers)
        assert figures.tokens > 0 and ended > 0
        without = dataclasses.replace(load.record, open={})
        assert figures_of(without, load.window, meter.logs).tokens < figures.tokens
        return figures.drawn.mean_power_w, figures.tokens_per_s, figures.tokens_per_joule

    power_w, tokens_per_s, tokens_per_joule = asyncio.run(run())
    driver.close()

    assert 300 < power_w < 700
    assert tokens_per_s > 50
    assert tokens_per_joule == pytest.approx(tokens_per_s / power_w)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", "status 503"),
        (STREAM_HEAD + TOKEN, "broken"),
        (STREAM_HEAD + TOKEN + b'{"error":"no memory left"}\n', "error"),
        (STREAM_HEAD + TOKEN + b'{"done":true,"eval_count":"x"}\n', "broken"),
        (b"", "broken"),
        (None, "timeout"),
    ],
)
def test_failures_are_told_by_their_kind(reply: bytes | None, kind: str) -> None:
    """And none of them counts as an answer."""
    record = Record()

    async def run() -> None:
        async with _serving(reply) as url:
            server = Server(url, MODEL, answer_within_s=0.5)
            await hold_dialogues(server, Once(), 1, record)

    asyncio.run(run())

    assert [failure.kind for failure in record.failures] == [kind]
    assert not record.answers and not record.open


def test_nobody_there_is_a_failure_to_connect() -> None:
    """And of a measurement the end."""
    record = Record()

    asyncio.run(hold_dialogues(Server("http://127.0.0.1:9", MODEL), Once(), 1, record))

    assert [failure.kind for failure in record.failures] == ["connect"]


def test_a_server_that_answers_nobody_ends_the_measurement(sim: Simulation) -> None:
    """Long before the window would be over."""
    driver = SimulatedDriver(str(sim.gpu_socket))

    async def run() -> None:
        meter = Meter(driver.open_gpus())
        async with meter.watching():
            plan = Plan(clients=2, warm_up_s=60.0)
            await measure(Server("http://127.0.0.1:9", MODEL), Endless(MixedAuthor(1)), plan, meter)

    began_s = time.monotonic()
    with pytest.raises(UnavailableError, match="answered nobody"):
        asyncio.run(run())
    driver.close()

    assert time.monotonic() - began_s < 20


class Once:
    """One dialogue of one turn."""

    def __init__(self) -> None:
        self._left = [Dialogue((Turn(({"role": "user", "content": "x"},), 8),))]

    def next_for(self, client: int) -> Dialogue | None:
        return self._left.pop() if self._left else None


@contextlib.asynccontextmanager
async def _serving(reply: bytes | None) -> AsyncIterator[str]:
    """A server that reads a request and says that, or nothing and keeps the line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if reply is None:
                await reader.read()
            writer.write(reply or b"")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
