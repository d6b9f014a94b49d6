# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is answered where."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from green_common.history import UNIT
from green_telemetry.views.board import Board
from green_telemetry.views.exposition import OPENMETRICS_TYPE, TEXT_TYPE
from green_telemetry.views.reading import Journal
from green_telemetry.views.request import RefusedError, Request
from green_telemetry.views.routes import Routes, history_query
from green_telemetry.views.streams import MAX_QUEUED, MAX_STREAMS, Streams
from unit.green_telemetry.views.scene import board as full_board, receipt, snapshot


class Answer:
    """The way back, kept; stands in for an exchange."""

    def __init__(self, path: str, *, accept: str = "", host: str | None = None, **query: str) -> None:
        self.request = Request("GET", path, query, host, accept, True, "1.1")
        self.status = 0
        self.content_type = ""
        self.body = b""
        self.lines: list[dict[str, Any]] = []
        self.began = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, status: int, content_type: str, body: bytes) -> None:
        self.status, self.content_type, self.body = status, content_type, body

    async def answer_json(self, content: Any, status: int = 200) -> None:
        await self.answer(status, "application/json", json.dumps(content).encode())

    async def begin_lines(self) -> None:
        self.began = True

    async def send_line(self, line: bytes) -> None:
        await self.gate.wait()
        self.lines.append(json.loads(line))

    async def end_lines(self) -> None:
        self.lines.append({"event": "end"})


class World:
    """Routes over a board, with a journalctl of the test's own."""

    def __init__(self, board: Board, journalctl: str) -> None:
        self.board = board
        self.streams = Streams(board)
        board.tell = self.streams.tell
        self.routes = Routes(board, self.streams, Journal(journalctl))

    async def ask(self, path: str, **more: Any) -> Answer:
        answer = Answer(path, **more)
        await self.routes.live(answer)  # type: ignore[arg-type]
        return answer


async def until(true: Callable[[], object]) -> None:
    """Let the others of this loop go on until it is so; the scene's own time limit ends it."""
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0)


Scene = Callable[[World], Awaitable[None]]


@pytest.fixture
def journalctl(tmp_path: Path) -> str:
    """Prints one receipt and one forged one, whatever is asked."""
    ours = {
        "_SYSTEMD_UNIT": UNIT,
        "GREEN_EVENT": "receipt",
        "GREEN_RECEIPT": '{"request": "old", "energy_j": 7.0}',
    }
    forged = ours | {"_SYSTEMD_UNIT": "user@1000.service", "GREEN_RECEIPT": '{"request": "forged"}'}
    path = tmp_path / "journalctl"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(forged)}\n{json.dumps(ours)}\nEND\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


@pytest.fixture
def play(journalctl: str) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        async def whole() -> None:
            await asyncio.wait_for(scene(World(full_board(), journalctl)), 20)

        asyncio.run(whole())

    return run


Play = Callable[[Scene], None]


def test_metrics_come_in_the_format_that_was_asked_for(play: Play) -> None:
    """At both doors."""

    async def scene(world: World) -> None:
        new = await world.ask("/metrics", accept="application/openmetrics-text;version=1.0.0")
        old = Answer("/metrics", host="127.0.0.1:9838")
        await world.routes.public(old, "127.0.0.1")  # type: ignore[arg-type]

        assert (new.content_type, old.content_type) == (OPENMETRICS_TYPE, TEXT_TYPE)
        assert new.body.endswith(b"# EOF\n")

    play(scene)


@pytest.mark.parametrize(
    "path", ["/v1/snapshot", "/v1/recent", "/v1/stream", "/v1/receipts/r1", "/v1/history", "/"]
)
def test_nothing_but_figures_is_told_over_tcp(play: Play, path: str) -> None:
    """Any user of the machine can connect there."""

    async def scene(world: World) -> None:
        with pytest.raises(RefusedError) as refused:
            await world.routes.public(Answer(path, host="localhost"), "127.0.0.1")  # type: ignore[arg-type]
        assert refused.value.status == 404

    play(scene)


def test_the_last_minutes_have_power_and_phase_and_no_names(play: Play) -> None:
    """As the chart of a page that is opened now needs them."""

    async def scene(world: World) -> None:
        answer = await world.ask("/v1/recent")

        assert json.loads(answer.body) == {
            "simulated": True,
            "points": [
                {
                    "at_s": 1_700_000_000.0,
                    "power_w": 120.0,
                    "baseline_w": 100.0,
                    "limit_w": None,
                    "phase": "decode",
                    "in_flight": 1,
                }
            ],
        }

    play(scene)


def test_a_receipt_comes_from_memory(play: Play) -> None:
    """With its line for people."""

    async def scene(world: World) -> None:
        found = json.loads((await world.ask("/v1/receipts/r1")).body)

        assert (found["request"], found["energy_j"]) == ("r1", 30.0)

    play(scene)


def test_an_older_receipt_comes_from_the_journal(play: Play) -> None:
    """A forged one does not."""

    async def scene(world: World) -> None:
        found = json.loads((await world.ask("/v1/receipts/old")).body)

        assert (found["request"], found["energy_j"]) == ("old", 7.0)
        with pytest.raises(RefusedError) as refused:
            await world.ask("/v1/receipts/forged")
        assert refused.value.status == 404

    play(scene)


def test_who_waits_for_a_receipt_gets_it_when_it_comes(play: Play) -> None:
    """Long before the end of the time."""

    async def scene(world: World) -> None:
        asking = asyncio.create_task(world.ask("/v1/receipts/new", wait_s="15"))
        await until(lambda: world.board.awaited)
        world.board.receipt(receipt(request="new", energy_j=1.5))

        assert json.loads((await asking).body)["energy_j"] == 1.5
        assert world.board.awaited == 0

    play(scene)


def test_history_comes_line_by_line(play: Play) -> None:
    """With the journal's own entries alone, and an end."""

    async def scene(world: World) -> None:
        answer = await world.ask("/v1/history", kind="receipt", since="0", limit="5")

        assert [line.get("request", line["event"]) for line in answer.lines] == ["old", "end"]

    play(scene)


@pytest.mark.parametrize(
    "parameters",
    [
        {"kind": "receipt window"},
        {"kind": "a|b|c|d|e|f|g|h|i"},
        {"kind": "--file=x"},
        {"since": "yesterday"},
        {"until": "nan"},
        {"limit": "-1"},
        {"limit": "1e9"},
        {"unit": "ssh"},
    ],
)
def test_a_strange_question_to_history_is_refused(parameters: dict[str, str]) -> None:
    """Nothing of it reaches journalctl's command line."""
    with pytest.raises(RefusedError) as refused:
        history_query(parameters)

    assert refused.value.status == 400


def test_a_stream_begins_with_what_is_known_and_goes_on_with_what_comes(play: Play) -> None:
    """Receipts, snapshots, alerts."""

    async def scene(world: World) -> None:
        answer = Answer("/v1/stream")
        following = asyncio.create_task(world.routes.live(answer))  # type: ignore[arg-type]
        await until(lambda: world.board.watched)
        world.board.receipt(receipt(request="new"))
        world.board.publish(snapshot(alerts={("power", "GPU-1"): True}))
        await until(lambda: len(answer.lines) == 4)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

        assert [line["event"] for line in answer.lines] == ["snapshot", "receipt", "snapshot", "alert"]
        assert not world.board.watched

    play(scene)


def test_a_stream_that_falls_behind_is_dropped_with_a_reason(play: Play) -> None:
    """It is told, and so is the journal."""

    async def scene(world: World) -> None:
        answer = Answer("/v1/stream")
        answer.gate.clear()
        following = asyncio.create_task(world.routes.live(answer))  # type: ignore[arg-type]
        await until(lambda: world.board.watched)
        for _ in range(MAX_QUEUED + 1):
            world.board.publish(snapshot())
        answer.gate.set()
        await following

        assert [line["event"] for line in answer.lines] == ["snapshot", "dropped", "end"]
        assert "64 lines behind" in answer.lines[1]["reason"]
        assert "64 lines behind" in world.board.take_notes()[0]

    play(scene)


def test_streams_are_bounded(play: Play) -> None:
    """One more is refused."""

    async def scene(world: World) -> None:
        answers = [Answer("/v1/stream") for _ in range(MAX_STREAMS)]
        tasks = [asyncio.create_task(world.routes.live(answer)) for answer in answers]  # type: ignore[arg-type]
        await until(lambda: world.board.streams == MAX_STREAMS)

        with pytest.raises(RefusedError) as refused:
            await world.ask("/v1/stream")

        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert refused.value.status == 503

    play(scene)


def test_health_is_that_of_the_loop(play: Play) -> None:
    """A thread that answers while the loop hangs is not well."""

    async def scene(world: World) -> None:
        assert (await world.ask("/-/healthz")).status == 503
        world.board.publish(snapshot(now_s=time.monotonic()))
        assert (await world.ask("/-/healthz")).status == 200

    play(scene)


def test_before_the_first_reading_nothing_is_told(journalctl: str) -> None:
    """503 rather than zeros."""

    async def scene() -> None:
        world = World(Board(), journalctl)
        for path in ("/metrics", "/v1/snapshot"):
            with pytest.raises(RefusedError) as refused:
                await world.ask(path)
            assert refused.value.status == 503

    asyncio.run(scene())
