# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The decode clock's rim: which GPUs it lowers, and that every trouble leaves them up."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import attrs
import pytest
import structlog
from structlog.testing import capture_logs

from green_common.cgroup import UnitCgroup
from green_common.config import Config
from green_common.config.schema import IdleConfig
from green_common.feed.messages import Accepted, Beat, FirstToken, Forwarded, Hello
from green_common.gpu import Gpu, GpuError, GpuLostError, GpuPermissionError, Unopened
from green_idle.calibration.calibrator import Calibrator
from green_idle.decode.course import PACE
from green_idle.decode.keeper import FILE, DecodeKeeper
from green_idle.decode.knee import PAIRS, Measured, Pair
from green_idle.decode.points import Points, Subject
from green_idle.fleet import Fleet, Parts
from green_idle.gpus import Gpus
from green_idle.held import HeldFile
from green_idle.levers import Levers
from green_idle.policy import Policy
from green_idle.readers import Readers
from green_idle.report import Reporter
from green_idle.watch import Watch
from unit.green_idle.cards import Card

UNIT = "ollama.service"
SERVER_PID, FOREIGN_PID = 100, 200
HAS_MHZ = (345, 1590, 1785, 1980)
KNEE_MHZ = 1590


@dataclass
class Driver:
    """As much of one as green-idle opens."""

    cards: tuple[Card, ...]
    version: str = "580"
    simulated: bool = False
    unopened: tuple[Unopened, ...] = ()

    def open_gpus(self) -> tuple[Gpu, ...]:
        return self.cards

    def close(self) -> None:
        pass


@dataclass
class Rig:
    """Some cards on which one generation decodes; nothing is left to be measured."""

    keeper: DecodeKeeper
    cards: tuple[Card, ...]
    held: Path
    policy: Policy
    urgent: list[int]
    now_s: float = field(default_factory=time.monotonic)

    def decode(self) -> None:
        for message in (Hello(0, 0), Accepted("a", "/"), Forwarded("a", ("a",), "m"), FirstToken("a")):
            self.keeper.heard(message, self.now_s)
        self.wait(PACE.steady_s + 1.0)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.now_s += 0.25
            self.keeper.heard(Beat(1, 1), self.now_s)
            self.keeper.turn(self.now_s)

    @property
    def locked(self) -> list[int | None]:
        return [card.locked_mhz for card in self.cards]


def card(uuid: str = "GPU-a", **more: object) -> Card:
    made = Card(uuid=uuid, has_mhz=HAS_MHZ, busy_percent=99, pids=(SERVER_PID,))
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Rig]:
    """A rig of these cards, and of this much of the configuration."""

    def build(*cards: Card, folder: str = "", **keys: object) -> Rig:
        idle = IdleConfig(
            **{
                "decode_clock": True,
                "state": str(tmp_path),
                "held_file": str(tmp_path / folder / "held"),
                **keys,
            }  # type: ignore[arg-type]
        )
        know(tmp_path, *(one.uuid for one in cards if one.pids == (SERVER_PID,)))
        procs = tmp_path / "system.slice" / UNIT
        procs.mkdir(parents=True)
        (procs / "cgroup.procs").write_text(f"{SERVER_PID}\n")
        config = attrs.evolve(Config(), idle=idle)
        gpus, held = Gpus(config.gpu, Driver(cards)), HeldFile(idle.held_file)
        reporter = Reporter(structlog.get_logger(), simulated=False)
        policy = Policy(idle_after_s=10.0, first_epoch=1, rest_mhz={one.uuid: 345 for one in cards})
        urgent: list[int] = []
        readers = Readers(gpus.open, lambda: urgent)
        watch = Watch(gpus.open, UnitCgroup(UNIT, tmp_path), readers, simulated=False)
        calibrator = Calibrator(config, structlog.get_logger(), simulated=False)
        parts = Parts(policy, gpus, Levers(gpus.open, held, reporter), watch, calibrator, reporter)
        fleet = Fleet(parts, lambda _message, _at_s: None)
        fleet.wait_ms = 1000
        keeper = DecodeKeeper(idle, parts, fleet, structlog.get_logger())
        return Rig(keeper, cards, Path(idle.held_file), policy, urgent)

    return build


def know(folder: Path, *uuids: str) -> None:
    points = Points(folder / FILE)
    for mhz, power_w in ((1785, 520.0), (KNEE_MHZ, 470.0)):
        for _ in range(PAIRS):
            pair = Pair(Measured(80.0, 570.0), Measured(78.0, power_w))
            points.add(Subject(tuple(sorted(uuids)), "580", "m", 1), mhz, pair)
    points.save()


def test_all_gpus_that_decode_together_get_the_knee(make: Callable[..., Rig]) -> None:
    """The file names them, and a new request takes it back on all of them."""
    rig = make(card(), card("GPU-b"))
    rig.decode()
    low, named = rig.locked, rig.held.read_text()

    rig.keeper.heard(Accepted("b", "/"), rig.now_s)

    assert low == [KNEE_MHZ, KNEE_MHZ]
    assert "GPU-a" in named
    assert "GPU-b" in named
    assert rig.locked == [None, None]


def test_a_reading_that_was_broken_off_gives_up_no_clock(make: Callable[..., Rig]) -> None:
    """It says nothing of the cards; one that is over is needed for that."""
    rig = make(card())
    rig.decode()
    rig.urgent.append(os.eventfd(1))
    rig.cards[0].pids = (FOREIGN_PID,)

    rig.wait(3.0)
    in_the_dark = rig.locked
    os.close(rig.urgent.pop())
    rig.wait(3.0)

    assert (in_the_dark, rig.locked) == ([KNEE_MHZ], [None])


def test_what_it_does_is_shown(make: Callable[..., Rig]) -> None:
    """While it does it."""
    rig = make(card())
    before = rig.keeper.status, rig.keeper.shown("GPU-a")

    rig.decode()

    assert before == ("", {})
    assert rig.keeper.status == f"decoding at {KNEE_MHZ} MHz"
    assert rig.keeper.shown("GPU-a")["state"] == "decoding"


def test_switched_off_no_gpu_is_even_read(make: Callable[..., Rig]) -> None:
    """As installed."""
    rig = make(card(), decode_clock=False)

    rig.decode()

    assert rig.cards[0].calls == []
    assert rig.keeper.due_in_s(rig.now_s) == float("inf")


def test_a_gpu_of_somebody_else_is_left_alone(make: Callable[..., Rig]) -> None:
    """Its clocks are no business of the model server's."""
    rig = make(card(), card("GPU-b", pids=(FOREIGN_PID,)), card("GPU-c", pids=()))

    rig.decode()

    assert rig.locked == [KNEE_MHZ, None, None]


def test_a_foreign_process_that_comes_gets_full_clocks(make: Callable[..., Rig]) -> None:
    """Within the second in which it is looked for."""
    rig = make(card())
    rig.decode()

    rig.cards[0].pids = (SERVER_PID, FOREIGN_PID)
    rig.wait(2.5)

    assert rig.locked == [None]


def test_a_card_that_heat_holds_lower_is_not_locked(make: Callable[..., Rig]) -> None:
    """There is nothing to lower."""
    rig = make(card(natural_mhz=1200))

    rig.decode()

    assert rig.cards[0].said("lock_sm_clocks") == 0


def test_the_restored_clock_of_an_administrator_is_the_ceiling(make: Callable[..., Rig]) -> None:
    """A knee at or above it lowers nothing."""
    rig = make(card(), restore_sm_clock_mhz=KNEE_MHZ)

    rig.decode()

    assert rig.cards[0].said("lock_sm_clocks") == 0


def test_without_the_held_file_nothing_is_locked(make: Callable[..., Rig]) -> None:
    """Nobody could give it back after a crash; it is said, and not tried every second."""
    rig = make(card(), folder="absent")

    with capture_logs() as logs:
        rig.decode()
        rig.wait(5.0)

    assert rig.cards[0].said("lock_sm_clocks") == 0
    assert [line["event"] for line in logs] == ["decode.not_lowered"]


@pytest.mark.parametrize("error", [GpuPermissionError("no"), GpuError("odd"), GpuLostError("gone")])
def test_a_lock_that_fails_is_not_tried_again(make: Callable[..., Rig], error: GpuError) -> None:
    """And those that were locked with it are up again."""
    rig = make(card(), card("GPU-b", failing={"lock_sm_clocks": error}))

    rig.decode()
    rig.wait(5.0)

    assert rig.locked == [None, None]
    assert rig.cards[1].said("lock_sm_clocks") == 1


def test_a_gpu_that_can_not_be_read_any_more_is_up(make: Callable[..., Rig]) -> None:
    """What it does is not known."""
    rig = make(card())
    rig.decode()

    rig.cards[0].failing["read_power_w"] = GpuError("odd")
    rig.wait(2.0)

    assert rig.locked == [None]


def test_a_driver_that_does_not_obey_is_left_alone(make: Callable[..., Rig]) -> None:
    """Two seconds after the lock; it is paused like at rest."""
    rig = make(card(obeys=False))

    with capture_logs() as logs:
        rig.decode()
        rig.wait(4.0)

    assert "clocks.not_obeyed" in [line["event"] for line in logs]
    assert rig.policy.gpus["GPU-a"].is_paused(rig.now_s)
    assert rig.cards[0].said("lock_sm_clocks") == 1


def test_a_reload_gives_the_clock_back_and_takes_the_new_bound(make: Callable[..., Rig]) -> None:
    """2.6 % more time were allowed before."""
    rig = make(card())
    rig.decode()
    low = rig.locked

    rig.keeper.configure(IdleConfig(decode_clock=True, decode_max_slowdown_percent=1.0), rig.now_s)
    rig.wait(4.0)

    assert low == [KNEE_MHZ]
    assert rig.locked == [None]


def test_a_feed_that_ends_gives_the_clock_back(make: Callable[..., Rig]) -> None:
    """At once."""
    rig = make(card())
    rig.decode()

    rig.keeper.disconnected("closed", rig.now_s)

    assert rig.locked == [None]
