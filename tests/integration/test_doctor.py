# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen doctor` on a simulated machine, with a model server that answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from green_qwen.doctor.ollama import read_ollama
from integration.telemetry_rig import SOURCES, Entry, Simulation, free_port, simulation


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with simulation(tmp_path_factory.mktemp("doctor"), "--load-s", "0", "--context-length", "4096") as made:
        yield made


def test_an_ollama_tells_its_version_and_its_models(sim: Simulation) -> None:
    """With the context of one that is in memory, and whether it can think."""
    sim.chat("x", options={"num_predict": 4})

    found = read_ollama(sim.url)

    (model,) = found.models
    assert found.version
    assert (model.name, model.thinks, model.context_tokens) == ("qwen3:32b", True, 4096)


def test_whoever_is_no_ollama_is_not_known() -> None:
    """Nobody listens there."""
    assert read_ollama(f"http://127.0.0.1:{free_port()}").version is None


def test_every_finding_is_one_object_and_says_what_to_do(sim: Simulation, tmp_path: Path) -> None:
    """On a machine whose GPU and model server are simulated."""
    environ = {
        "PYTHONPATH": SOURCES,
        "GREEN_PROXY_UPSTREAM": sim.url,
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(sim.program.log.parent / "gpu.sock"),
        "GREEN_IDLE_HELD_FILE": str(tmp_path / "held"),
        "GREEN_IDLE_STATE": str(tmp_path),
    }
    asked = subprocess.run(
        [sys.executable, "-m", "green_qwen", "doctor", "--json"],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    findings: list[Entry] = [json.loads(line) for line in asked.stdout.splitlines()]
    found = {one["check"]: one for one in findings}

    assert asked.stderr == ""
    assert asked.returncode == int(any(one["state"] == "warning" for one in findings))
    assert "(simulated)" in found["NVIDIA driver"]["text"]
    assert found["model server"]["state"] in ("ok", "advice")
    assert found["thinking"]["state"] == "advice" and "thinking" in found["thinking"]["mend"][0]
    assert {"configuration", "services", "sockets", "group", "ports", "resting clocks"} <= set(found)
