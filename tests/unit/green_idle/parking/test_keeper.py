# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The rim around parking, with GPUs in memory."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from structlog.testing import capture_logs

from green_common.config.schema import IdleConfig
from green_common.feed.messages import (
    Accepted,
    Beat,
    Forwarded,
    Hello,
    LoadFinished,
    LoadStarted,
    Park,
    Parked,
    ParkRefused,
)
from green_common.gpu import GpuError, GpuUnsupportedError
from green_idle.parking.keeper import UNLOAD_LAG_S, Keeper
from green_idle.readers import Readers
from unit.green_idle.cards import Card

PRICES = {"resident_w": [120.0], "absent_w": [70.0], "loads": {"m": [[1200.0, 10.0]]}}


@dataclass
class ParkCard(Card):
    """With a counter of 100 W and a model server's process."""

    energy_j: float = 0.0
    pids: tuple[int, ...] = (1,)

    def read_energy_j(self) -> float:
        self._call("read_energy_j")
        self.energy_j += 1000.0
        return self.energy_j

    def read_compute_pids(self) -> tuple[int, ...]:
        self._call("read_compute_pids")
        return self.pids


class Scene:
    def __init__(self, folder: Path, card: ParkCard, *, priced: bool = True, park: bool = True) -> None:
        if priced:
            known = {"format": 1, "gpus": ["GPU-a"], "prices": PRICES, "credit_j": 0, "days": {}}
            (folder / "parking.json").write_text(json.dumps({**known, "quiets_s": [[]] * 24}))
        config = IdleConfig(state=str(folder), park=park, park_min_s=5.0)
        self.urgent: list[int] = []
        readers = Readers([card.uuid], lambda: self.urgent)
        self.keeper = Keeper(config, [card], readers, structlog.get_logger(), simulated=True)
        self.keeper.connected(0.0)
        self.keeper.heard(Hello(0, 0), 0.0)
        self.accepted = 0

    def request(self, at_s: float) -> None:
        self.accepted += 1
        self.keeper.heard(Accepted("r", "/api/chat"), at_s)
        self.keeper.heard(Forwarded("g", ("r",), "m"), at_s)

    def turns(self, since_s: int, until_s: int) -> list[Any]:
        found = []
        for second in range(since_s, until_s):
            self.keeper.heard(Beat(self.accepted, 0), float(second))
            found.append(self.keeper.turn(float(second)))
        return [one for one in found if one]

    def load(self, at_s: float) -> None:
        for message in (Forwarded("l", (), "m"), LoadStarted("l", "m")):
            self.keeper.heard(message, at_s)
        self.keeper.heard(LoadFinished("l", "m"), at_s + 5)


def test_a_parked_model_is_told_with_what_it_saves(tmp_path: Path) -> None:
    """In the journal and in the status, and the figures are marked as simulated."""
    scene = Scene(tmp_path, ParkCard())
    scene.request(0.0)
    with capture_logs() as logs:
        asked = scene.turns(0, 20)
        scene.keeper.heard(Parked("m"), 20.0)

    assert asked == [Park("m")]
    assert logs[-1]["event"] == "model.parked"
    assert "0.50 kJ" in logs[-1]["say"]
    assert "(simulated)" in logs[-1]["say"]
    assert scene.keeper.status(25.0) == "parked: m was unloaded, 25 s of quiet, saves 50 W (simulated)"


def test_the_work_of_an_unload_is_nobody_elses(tmp_path: Path) -> None:
    """From the question until the utilisation of the last second has passed."""
    scene = Scene(tmp_path, ParkCard())
    scene.request(0.0)
    before = scene.keeper.unloading(0.0)
    scene.turns(0, 20)
    asked = scene.keeper.unloading(20.0)
    scene.keeper.heard(Parked("m"), 20.0)

    assert (before, asked) == (False, True)
    assert scene.keeper.unloading(20.0 + UNLOAD_LAG_S / 2)
    assert not scene.keeper.unloading(20.0 + UNLOAD_LAG_S)


def test_a_refusal_is_said_once(tmp_path: Path) -> None:
    """Until the reason is another one."""
    scene = Scene(tmp_path, ParkCard())
    with capture_logs() as logs:
        for at_s, reason in ((0, "pinned"), (1000, "pinned"), (2000, "2 more in memory")):
            scene.request(float(at_s))
            scene.turns(at_s, at_s + 20)
            scene.keeper.heard(ParkRefused("m", reason), at_s + 20.0)

    refused = [entry["reason"] for entry in logs if entry["event"] == "model.park_refused"]
    assert refused == ["pinned", "2 more in memory"]


def test_the_counter_is_read_at_loads_alone(tmp_path: Path) -> None:
    """It is slow."""
    card = ParkCard()
    scene = Scene(tmp_path, card)
    scene.request(0.0)
    scene.turns(0, 20)
    read_before = card.said("read_energy_j")
    scene.keeper.connected(20.0)
    scene.load(20.0)
    scene.keeper.save()

    assert (read_before, card.said("read_energy_j")) == (0, 2)
    kept = json.loads((tmp_path / "parking.json").read_text())["prices"]["loads"]["m"]
    assert kept == [[1200.0, 10.0], [1000.0, 5.0]]


def test_a_card_without_a_counter_says_once_that_nothing_is_parked(tmp_path: Path) -> None:
    """And nothing where parking is off."""
    error = GpuUnsupportedError("no counter")
    with capture_logs() as logs:
        for park in (True, False):
            scene = Scene(tmp_path, ParkCard(failing={"read_energy_j": error}), priced=False, park=park)
            scene.load(0.0)
            scene.load(10.0)

    said = [entry for entry in logs if entry["event"] == "parking.unmeasurable"]
    assert len(said) == 1
    assert "no counter" in said[0]["say"]


def test_a_card_that_can_not_be_read_is_looked_at_again(tmp_path: Path) -> None:
    """What is wrong with it is said elsewhere."""
    card = ParkCard(failing={"read_power_w": GpuError("gone for now")})
    scene = Scene(tmp_path, card)
    scene.request(0.0)

    assert scene.turns(0, 20) == [Park("m")]


def test_a_look_that_was_broken_off_says_nothing_of_a_card(tmp_path: Path) -> None:
    """It is not taken for empty; a moment later it is looked at again, and is."""
    scene = Scene(tmp_path, ParkCard(pids=()))
    bell = os.eventfd(1)
    scene.urgent.append(bell)
    scene.request(0.0)

    asked_in_the_dark = scene.turns(0, 20)
    os.close(scene.urgent.pop())
    scene.request(30.0)

    assert asked_in_the_dark == [Park("m")]
    assert scene.turns(30, 60) == []


def test_a_card_that_tells_no_processes_is_never_empty(tmp_path: Path) -> None:
    """Only the proxy's word tells that a model has gone."""
    card = ParkCard(failing={"read_compute_pids": GpuUnsupportedError("no processes")}, pids=())
    scene = Scene(tmp_path, card, priced=False)
    scene.request(0.0)
    scene.turns(0, 40)
    scene.keeper.save()

    prices = json.loads((tmp_path / "parking.json").read_text())["prices"]
    assert prices["absent_w"] == []
    assert prices["resident_w"] == [120.0]


def test_what_can_not_be_kept_is_said_once(tmp_path: Path) -> None:
    """It goes on with what it knows."""
    with capture_logs() as logs:
        scene = Scene(tmp_path, ParkCard())
        tmp_path.joinpath("parking.json").unlink()
        tmp_path.joinpath("parking.json.new").mkdir()
        for at_s in (0, 200):
            scene.request(float(at_s))
            scene.turns(at_s, at_s + 120)

    assert [entry["event"] for entry in logs].count("parking.not_kept") == 1


def test_a_broken_file_is_said_at_the_start(tmp_path: Path) -> None:
    """And learned again."""
    (tmp_path / "parking.json").write_text("{")
    with capture_logs() as logs:
        Scene(tmp_path, ParkCard(), priced=False)

    assert [entry["event"] for entry in logs] == ["parking.not_kept"]
