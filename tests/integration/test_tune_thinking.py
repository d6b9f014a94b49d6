# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What thinking costs, measured on a simulated Ollama; all figures are simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from green_common.config import GpuConfig
from green_qwen.tune.ground import SIMULATION, Ground
from green_qwen.tune.knobs import Verdict
from green_qwen.tune.servers.ollama_api import thinks_in_ollama
from green_qwen.tune.servers.simulated import MODEL, SHAPE, SimulatedServer
from green_qwen.tune.setting import Setting
from green_qwen.tune.thinking.asking import Rehearsal
from green_qwen.tune.thinking.cost import Thinking
from green_qwen.tune.thinking.questions import QUESTIONS
from integration.sim_rig import simulation


@pytest.fixture
def ground() -> Iterator[Ground]:
    """In a folder with a short name, for the names of sockets."""
    with TemporaryDirectory(prefix="green-") as name:
        server = SimulatedServer(Path(name), "")
        gpu = GpuConfig(driver="simulated", simulated_socket=server.gpu_socket)
        made = Ground(SIMULATION, server, MODEL, SHAPE, gpu, "", "", "")
        yield made
        made.close()


def rehearsed(ground: Ground, setting: Setting, within_s: float) -> Thinking:
    rehearsal = Rehearsal(ground.server, ground.open_gpus, consent=False)
    return asyncio.run(rehearsal.run(setting, within_s, lambda what, moment: None))


def test_the_same_questions_cost_more_with_thinking(ground: Ground) -> None:
    """In tokens and in joules; it is left on for want of consent."""
    found = rehearsed(ground, Setting(16, 8192), 90.0)

    assert found.on is not None
    assert found.off is not None
    assert found.verdict is Verdict.CONSENT
    assert len(found.on.tokens) == len(QUESTIONS)
    # The simulation thinks for 64 to 192 tokens.
    assert 64 <= found.on.tokens_each - found.off.tokens_each <= 192
    assert found.on.joules_each > found.off.joules_each


def test_with_too_little_time_nothing_is_said_of_it(ground: Ground) -> None:
    """Twelve answers, one after another, take a minute."""
    found = rehearsed(ground, Setting(1, 8192), 6.0)

    assert found.verdict is Verdict.NO_TIME
    assert found.off is not None
    assert not found.off.whole


@pytest.mark.parametrize(("name", "thinks"), [("qwen3:32b", True), ("gemma3:1b", False), ("nobody:1", False)])
def test_ollama_tells_which_model_thinks(tmp_path: Path, name: str, thinks: bool) -> None:
    """One that is not there, which other questions name, does not."""
    with simulation(tmp_path, "--models", "qwen3:32b,gemma3:1b") as running:
        assert asyncio.run(thinks_in_ollama(running.url, name)) is thinks
