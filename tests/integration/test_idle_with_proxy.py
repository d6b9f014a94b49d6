# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The whole agreement: green-proxy, green-idle and the simulation as three real processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.idle_rig import LOWEST, IdleRig, SimulatedServer, free_port, start, stop, wait_for


@dataclass(frozen=True, slots=True)
class Chain:
    """A client's view of green-proxy, and what lies behind it."""

    api: str
    sim: SimulatedServer
    idle: IdleRig

    def chat(self) -> None:
        messages = [{"role": "user", "content": "hello"}]
        body = {"model": "qwen3:32b", "messages": messages, "stream": False, "think": False}
        httpx.post(f"{self.api}/api/chat", json=body, timeout=30).raise_for_status()

    def last_request(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.sim.url}/sim/requests").json()["requests"][-1]
        return found

    def answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.api}/api/version").is_success
        return False


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    feed, api = tmp_path / "activity.sock", f"127.0.0.1:{free_port()}"
    with SimulatedServer(tmp_path, "--answer-tokens", "8") as sim:
        environ = {
            "GREEN_PROXY_LISTEN": api,
            "GREEN_PROXY_UPSTREAM": sim.url,
            "GREEN_FEED_SOCKET": str(feed),
            # Long enough that a busy machine shows a missing release, and not its own slowness.
            "GREEN_PROXY_WAKE_WAIT_MS": "1000",
        }
        proxy = start("green_proxy", environ=environ, log=tmp_path / "proxy.log")
        made = Chain(f"http://{api}", sim, IdleRig(tmp_path, sim, feed))
        try:
            wait_for(made.answers, "green-proxy answers")
            made.idle.start()
            yield made
        finally:
            made.idle.close()
            stop(proxy)


def test_no_request_meets_lowered_clocks(chain: Chain) -> None:
    """After each rest, the next request finds the lock gone when it reaches the model server."""
    chain.chat()

    for _ in range(2):
        wait_for(lambda: chain.sim.locked() == LOWEST, "the GPU rests")
        chain.chat()
        request = chain.last_request()
        assert request["sm_locked_at_arrival"] is False
        assert request["sm_clock_at_arrival_mhz"] == 1980


def test_polls_and_lists_wake_nothing(chain: Chain) -> None:
    """A client that only looks around leaves the GPU at rest."""
    chain.chat()
    wait_for(lambda: chain.sim.locked() == LOWEST, "the GPU rests")
    for path in ("/api/tags", "/api/ps", "/api/version", "/v1/models"):
        httpx.get(f"{chain.api}{path}").raise_for_status()

    assert chain.idle.events("clocks.released") == []
    assert chain.sim.locked() == LOWEST
