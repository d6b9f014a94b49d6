# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What several modules' integration tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.idle_rig import SimulatedServer, World, idle_world

# A shell's background job, or nohup, has some of these ignored, which every program of a test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedServer]:
    """One simulation for the tests of a module."""
    with SimulatedServer(tmp_path_factory.mktemp("sim")) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, sim: SimulatedServer) -> Iterator[World]:
    """A real green-idle on that simulation, with a feed that the test speaks on."""
    with idle_world(tmp_path, sim) as made:
        yield made
