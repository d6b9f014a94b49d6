# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""From settled books to the journal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_common.feed.messages import (
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    LoadFinished,
    LoadStarted,
)
from green_common.logs import get_log
from green_telemetry.audit import Audit
from green_telemetry.books import Books
from green_telemetry.clerk import Clerk
from green_telemetry.meter import Meter
from green_telemetry.sampler import Sampler
from green_telemetry.timeline import MAX_GENERATIONS, Timeline


@pytest.fixture
def said() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


class Desk:
    """A clerk with one GPU and a feed, on the GPU's own clock."""

    def __init__(self, gpu: Any) -> None:
        self.gpu = gpu
        self.meter = Meter(Sampler(gpu, clock=lambda: gpu.now_s), Books(700.0, integrate=False))
        self.timeline = Timeline()
        self.clerk = Clerk(Audit(get_log(), simulated=True), self.timeline)

    def pass_time(self, seconds: float, *, quiet: bool) -> None:
        self.gpu.pass_time(seconds)
        sample = self.meter.sampler.sample(with_counter=True)
        self.meter.books.book(sample, quiet=quiet, regular=True)
        self.clerk.settle([self.meter], self.gpu.now_s, feed="connected")

    def say(self, message: Any) -> None:
        self.timeline.apply(message, self.gpu.now_s)


@pytest.fixture
def desk(gpu: Any, said: list[Any]) -> Desk:
    """After 10 s of rest at 100 W."""
    desk = Desk(gpu)
    for _ in range(20):
        desk.pass_time(0.5, quiet=True)
    return desk


def generate(desk: Desk, seconds: float) -> None:
    """One generation at 500 W."""
    desk.say(Forwarded("a", ("request-a",), "qwen3:32b"))
    desk.gpu.power_w = 500.0
    desk.pass_time(0.5, quiet=False)
    desk.say(FirstToken("a"))
    desk.pass_time(seconds - 0.5, quiet=False)
    desk.gpu.power_w = 100.0


def finished() -> Finished:
    return Finished("a", ("request-a",), "qwen3:32b", 200, output_tokens=100, prefill_s=0.5, decode_s=2.5)


def test_a_receipt_comes_with_the_reading_after_the_drain(desk: Desk, said: list[Any]) -> None:
    """Its joules are those above the baseline, in their phases."""
    generate(desk, 3.0)
    desk.say(finished())
    desk.pass_time(0.05, quiet=False)
    too_early = [entry for entry in said if entry["event"] == "receipt"]

    desk.pass_time(0.1, quiet=False)

    (receipt,) = [entry for entry in said if entry["event"] == "receipt"]
    assert too_early == []
    assert receipt["energy_j"] == pytest.approx(1200.0, rel=0.01)
    assert receipt["energy_prefill_j"] == pytest.approx(200.0, rel=0.15)
    assert (receipt["outcome"], receipt["simulated"], receipt["shared"]) == ("finished", True, 0)
    assert desk.timeline.generations == ()


def test_a_window_waits_for_its_generations(desk: Desk, said: list[Any]) -> None:
    """Only the end tells how they divide it."""
    desk.say(Forwarded("a", ("request-a",), "qwen3:32b"))
    desk.pass_time(0.5, quiet=False)
    desk.meter.books.end_window()
    desk.pass_time(0.5, quiet=False)
    before = [entry for entry in said if entry["event"] == "window"]

    desk.say(finished())
    desk.pass_time(0.5, quiet=False)

    assert before == []
    assert [entry["event"] for entry in said].count("window") == 1


def test_a_stop_writes_everything(desk: Desk, said: list[Any]) -> None:
    """Also what is still uncertain."""
    generate(desk, 3.0)
    desk.timeline.lose_sight(desk.gpu.now_s, "unfinished at stop")
    desk.meter.books.end_window()

    desk.clerk.settle([desk.meter], math.inf, feed="connected")

    (receipt,) = [entry for entry in said if entry["event"] == "receipt"]
    assert receipt["outcome"] == "unfinished at stop"
    assert [entry["event"] for entry in said].count("window") == 1


def test_generations_without_room_are_told_with_the_window(desk: Desk, said: list[Any]) -> None:
    """Once, however many there were: a feed that lies must not fill the journal."""
    for number in range(MAX_GENERATIONS + 2):
        desk.say(Forwarded(f"g{number}", (f"r{number}",), "qwen3:32b"))
    desk.timeline.lose_sight(desk.gpu.now_s, "feed lost")

    for _ in range(2):
        desk.pass_time(0.5, quiet=False)
        desk.meter.books.end_window()
    desk.pass_time(0.5, quiet=False)

    told = [entry["generations"] for entry in said if entry["event"] == "generations.unfollowed"]
    assert told == [2]


def load(desk: Desk, seconds: float) -> None:
    """Of the proxy's own: no request has a part in it."""
    desk.say(Forwarded("a", (), "qwen3:32b"))
    desk.say(LoadStarted("a", "qwen3:32b"))
    desk.gpu.power_w = 165.0
    for _ in range(int(2 * seconds)):
        desk.pass_time(0.5, quiet=False)
    desk.gpu.power_w = 100.0


def test_a_load_of_the_proxys_own_has_one_receipt(desk: Desk, said: list[Any]) -> None:
    """Under the name of its generation, and all of it was loading: nothing was prefilled."""
    load(desk, 40.0)
    desk.say(LoadFinished("a", "qwen3:32b"))
    desk.say(Finished("a", (), "qwen3:32b", 200))

    desk.pass_time(0.5, quiet=False)
    desk.pass_time(0.5, quiet=True)

    (receipt,) = [entry for entry in said if entry["event"] == "receipt"]
    assert (receipt["request"], receipt["requests"], receipt["outcome"]) == ("a", 1, "finished")
    assert receipt["energy_j"] == pytest.approx(40 * 65.0, rel=0.02)
    assert receipt["energy_loading_j"] == pytest.approx(receipt["energy_j"], rel=0.02)


def test_a_load_that_broke_off_has_its_receipt(desk: Desk, said: list[Any]) -> None:
    """It was paid for."""
    load(desk, 5.0)
    desk.say(Cancelled((), "model server gave no answer", "a"))

    desk.pass_time(0.5, quiet=False)
    desk.pass_time(0.5, quiet=True)

    (receipt,) = [entry for entry in said if entry["event"] == "receipt"]
    assert (receipt["outcome"], receipt["reason"]) == ("cancelled", "model server gave no answer")
    assert receipt["energy_loading_j"] == pytest.approx(5 * 65.0, rel=0.05)


def receipts(said: list[Any]) -> list[Any]:
    return [entry for entry in said if entry["event"] == "receipt"]


def supersede(desk: Desk) -> None:
    """A second of work for request-a, then a newer generation takes its place."""
    desk.say(Forwarded("a", ("request-a",), "qwen3:32b", "alice"))
    desk.gpu.power_w = 500.0
    for _ in range(2):
        desk.pass_time(0.5, quiet=False)
    desk.say(Cancelled((), "superseded", "a", 5))
    desk.gpu.power_w = 100.0
    for _ in range(2):
        desk.pass_time(0.5, quiet=True)


def test_a_superseded_request_has_one_receipt(desk: Desk, said: list[Any]) -> None:
    """With what both of its generations took, and how much of that was thrown away."""
    supersede(desk)
    before = receipts(said)

    desk.say(Forwarded("b", ("request-a", "request-b"), "qwen3:32b", "alice"))
    desk.gpu.power_w = 500.0
    for _ in range(4):
        desk.pass_time(0.5, quiet=False)
    desk.gpu.power_w = 100.0
    desk.say(Finished("b", ("request-a", "request-b"), "qwen3:32b", 200, output_tokens=10))
    desk.pass_time(0.5, quiet=True)
    desk.pass_time(0.5, quiet=True)

    assert before == []
    first, second = receipts(said)
    assert (first["request"], second["request"]) == ("request-a", "request-b")
    assert (first["outcome"], first["client"], first["generation"]) == ("finished", "alice", "b")
    assert first["superseded_j"] == pytest.approx(400.0, rel=0.02)
    assert first["energy_j"] == pytest.approx(400.0 + 400.0, rel=0.02)
    assert second["energy_j"] == pytest.approx(400.0, rel=0.02)
    assert "thrown_away" not in first


def test_thrown_away_work_is_an_account_of_the_window(desk: Desk, said: list[Any]) -> None:
    """Of the one in which it ended."""
    supersede(desk)
    desk.meter.books.end_window()
    desk.pass_time(0.5, quiet=True)

    (window,) = [entry for entry in said if entry["event"] == "window"]
    assert window["thrown_away_j"] == pytest.approx(400.0, rel=0.02)


def test_a_superseded_request_that_leaves_has_its_receipt(desk: Desk, said: list[Any]) -> None:
    """It never got another generation, and what was done for it was for nothing."""
    supersede(desk)

    desk.say(Cancelled(("request-a",), "client left"))
    desk.pass_time(0.5, quiet=True)

    (receipt,) = receipts(said)
    assert (receipt["request"], receipt["reason"], receipt["thrown_away"]) == (
        "request-a",
        "client left",
        "superseded",
    )


def test_a_stop_leaves_no_superseded_request_out(desk: Desk, said: list[Any]) -> None:
    """Its receipt is written as far as it is known."""
    supersede(desk)

    desk.clerk.settle([desk.meter], math.inf, feed="connected")

    assert [receipt["request"] for receipt in receipts(said)] == ["request-a"]


def test_a_lost_gpu_makes_partial_what_ran_meanwhile(desk: Desk, said: list[Any]) -> None:
    """Also what began while it was lost, and what goes on after it was found."""
    desk.meter.lose()
    desk.say(Forwarded("a", ("request-a",), "qwen3:32b"))
    desk.gpu.pass_time(1.0)
    desk.meter.find()
    for _ in range(4):
        desk.pass_time(0.5, quiet=False)
    desk.say(Finished("a", ("request-a",), "qwen3:32b", 200, output_tokens=10))
    desk.pass_time(0.5, quiet=True)

    (receipt,) = receipts(said)
    assert receipt["partial"]
