# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A real green-idle rests the simulated GPU by agreement, and wakes it in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.idle_rig import IdleRig, ScriptedProxy, SimulatedServer, idle_rig, wait_for

from green_common.feed.messages import Hold, Released

LOWEST = [345, 345]


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[SimulatedServer]:
    with SimulatedServer(tmp_path) as server:
        yield server


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ScriptedProxy]:
    with ScriptedProxy(tmp_path / "activity.sock") as scripted:
        yield scripted


@pytest.fixture
def idle(tmp_path: Path, sim: SimulatedServer, proxy: ScriptedProxy) -> Iterator[IdleRig]:
    with idle_rig(tmp_path, sim, proxy.path) as rig:
        yield rig


def test_quiet_lowers_the_clocks_and_a_request_gives_them_back(
    idle: IdleRig, sim: SimulatedServer, proxy: ScriptedProxy
) -> None:
    """After the quiet the lock is on the GPU and in the file; `accepted` ends both."""
    idle.start()
    wait_for(lambda: sim.locked() == LOWEST, "clocks are lowered")
    assert sim.gpu()["uuid"] in idle.held.read_text()
    accepted_at_s = proxy.accept()

    wait_for(lambda: proxy.said(Released), "green-idle says released")
    assert sim.locked() is None
    assert proxy.said(Released)[-1].epoch == proxy.said(Hold)[-1].epoch
    reset_at_s = sim.gpu()["history"][-1]["at_monotonic_s"]
    assert accepted_at_s < reset_at_s < proxy.when(Released)
    wait_for(lambda: not idle.held.exists(), "the held file is gone")
    assert idle.await_event("clocks.released")["cause"] == "request"
