# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Parking as a whole: green-idle decides, green-proxy unloads, the simulation shows what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.idle_rig import (
    LOWEST,
    MODEL_PID,
    IdleRig,
    SimulatedServer,
    free_port,
    start,
    stop,
    wait_for,
)

MODEL = "qwen3:32b"
# As measured on the simulation: a load of one second, 124 W with a context and 72 W without.
PRICES = {"resident_w": [124.0], "absent_w": [72.4], "loads": {MODEL: [[165.0, 1.0]]}}
PARK_MIN_S = 2


class Parkable:
    """The three processes; the card refuses to set clocks, so that a resident model costs its full watts."""

    def __init__(self, folder: Path, sim: SimulatedServer, api: str) -> None:
        self.sim = sim
        self.api = f"http://{api}"
        self.idle = IdleRig(folder, sim, folder / "activity.sock")
        self.state = folder / "parking.json"
        self.idle.environ |= {"GREEN_IDLE_STATE": str(folder), "GREEN_IDLE_PARK_MIN_S": str(PARK_MIN_S)}
        sim.fail("no-permission")

    def knows(self, prices: dict[str, Any] = PRICES) -> None:
        """What an earlier run has learned."""
        content = {
            "format": 1,
            "gpus": [self.sim.gpu()["uuid"]],
            "prices": prices,
            "credit_j": 0.0,
            "days": {},
            "quiets_s": [[]] * 24,
        }
        self.state.write_text(json.dumps(content))

    def start(self, *, park: bool = True) -> None:
        self.idle.environ["GREEN_IDLE_PARK"] = "true" if park else "false"
        self.idle.start()
        wait_for(lambda: "waiting" not in (self.idle.status() or "waiting"), "the feed is heard")

    def ask(self, tokens: int = 2, **fields: Any) -> httpx.Response:
        options = {"num_predict": tokens}
        body = {"model": MODEL, "prompt": "x", "stream": False, "think": False, "options": options, **fields}
        return httpx.post(f"{self.api}/api/generate", json=body, timeout=60).raise_for_status()

    def resident(self) -> list[str]:
        return [model["name"] for model in httpx.get(f"{self.sim.url}/api/ps").json()["models"]]

    def learned(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state.read_text())
        return found


@pytest.fixture
def parkable(tmp_path: Path) -> Iterator[Parkable]:
    api = f"127.0.0.1:{free_port()}"
    with SimulatedServer(tmp_path, "--load-s", "1", "--answer-tokens", "600") as sim:
        httpx.post(f"{sim.url}/sim/processes", json={"pid": MODEL_PID}).raise_for_status()
        environ = {
            "GREEN_PROXY_LISTEN": api,
            "GREEN_PROXY_GATEWAY": "",
            "GREEN_PROXY_UPSTREAM": sim.url,
            "GREEN_FEED_SOCKET": str(tmp_path / "activity.sock"),
        }
        proxy = start("green_proxy", environ=environ, log=tmp_path / "proxy.log")
        made = Parkable(tmp_path, sim, api)
        try:
            wait_for(lambda: _answers(made.api), "green-proxy answers")
            yield made
        finally:
            made.idle.close()
            stop(proxy)


def test_a_quiet_parks_the_model_and_the_next_request_is_answered(parkable: Parkable) -> None:
    """After the least quiet at the earliest; the load is the proxy's own, and its price is measured anew."""
    parkable.knows()
    parkable.start()
    parkable.ask()
    ended_s = time.monotonic()
    wait_for(lambda: not parkable.resident(), "the model is unloaded")
    quiet_s = time.monotonic() - ended_s
    parked = parkable.idle.await_event("model.parked")
    wait_for(lambda: "parked: qwen3:32b was unloaded" in parkable.idle.status(), "the status says so")

    answer = parkable.ask()

    assert quiet_s >= PARK_MIN_S
    assert "(simulated)" in parked["say"]
    assert answer.json()["done"] is True
    assert parkable.resident() == [MODEL]
    wait_for(lambda: "parked" not in parkable.idle.status(), "the status forgets it")
    parkable.idle.stop()
    loads = parkable.learned()["prices"]["loads"][MODEL]
    assert len(loads) == 3
    assert all(100 < energy_j < 300 and 0.8 < took_s < 2 for energy_j, took_s in loads)


def test_nothing_is_parked_while_something_is_in_flight(parkable: Parkable) -> None:
    """However long it takes; the quiet begins with its end."""
    parkable.knows()
    parkable.ask()
    parkable.start()

    began_s = time.monotonic()
    parkable.ask(tokens=600)

    assert time.monotonic() - began_s > 2 * PARK_MIN_S
    assert parkable.idle.events("model.parked") == []
    parkable.idle.await_event("model.parked")


def test_a_pinned_model_stays_and_that_is_said_once(parkable: Parkable) -> None:
    """A client asked to keep it for ever; each further quiet would say the same."""
    parkable.knows()
    parkable.start()
    for _ in range(2):
        parkable.ask(keep_alive=-1)
        seen = len(_refusals(parkable))
        wait_for(lambda seen=seen: len(_refusals(parkable)) > seen, "green-proxy refuses")  # type: ignore[misc]

    assert parkable.resident() == [MODEL]
    refused = parkable.idle.events("model.park_refused")
    assert [fields["reason"] for fields in refused] == ["a request asked to keep it for ever"]


def test_nothing_is_parked_where_parking_is_off(parkable: Parkable) -> None:
    """It only learns."""
    parkable.knows()
    parkable.start(park=False)
    parkable.ask()

    time.sleep(4 * PARK_MIN_S)

    assert parkable.resident() == [MODEL]
    assert parkable.idle.events("model.parked") == []
    parkable.ask()
    parkable.idle.stop()
    days = list(parkable.learned()["days"].values())
    quiets, as_was_j, parking_j = map(sum, zip(*days, strict=True))
    assert quiets >= 1
    assert as_was_j > parking_j


def test_a_model_that_costs_nothing_at_rest_stays(parkable: Parkable) -> None:
    """Where clocks can be lowered, this card draws as little with the model as without."""
    parkable.knows({**PRICES, "resident_w": [72.6]})
    parkable.sim.fail()
    parkable.start()
    parkable.ask()
    wait_for(lambda: parkable.sim.locked() == LOWEST, "the GPU rests")

    time.sleep(2 * PARK_MIN_S)

    assert parkable.resident() == [MODEL]


def test_parking_gives_lowered_clocks_back(parkable: Parkable) -> None:
    """An empty card rests by itself, and some draw more when locked."""
    parkable.knows({**PRICES, "resident_w": [124.0] * 9})
    parkable.sim.fail()
    parkable.idle.environ["GREEN_IDLE_PARK_MIN_S"] = "6"
    parkable.start()
    parkable.ask()
    wait_for(lambda: parkable.sim.locked() == LOWEST, "the GPU rests")

    parkable.idle.await_event("model.parked")

    wait_for(lambda: parkable.sim.locked() is None, "clocks are given back")
    assert parkable.idle.await_event("clocks.released")["cause"] == "parked"
    assert parkable.idle.events("clocks.bypass") == []


def test_the_price_is_learned_from_nothing(parkable: Parkable) -> None:
    """From the empty card at the start, the first load and the first rest with the model."""
    parkable.start()
    time.sleep(20)
    parkable.ask()

    measured = wait_for(lambda: parkable.idle.events("parking.measured"), "it is measured", within_s=40)[-1]

    assert measured["simulated"] is True
    assert 45 < measured["saved_w"] < 58
    assert 60 < measured["load_j"] < 200
    parkable.idle.await_event("model.parked")


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/api/version").is_success
    except httpx.TransportError:
        return False


def _refusals(parkable: Parkable) -> list[str]:
    log = parkable.state.parent / "proxy.log"
    return [line for line in log.read_text().splitlines() if "stays loaded" in line]
