# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-idle's file, as others read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from green_common.errors import UnavailableError
from green_qwen.idle_state import read_idle_state

# The example of docs/monitoring.md.
STATE: dict[str, Any] = {
    "format": 1,
    "simulated": False,
    "pid": 812,
    "at_unix_s": 1764000012.4,
    "say": "resting: 1 GPU at 345 MHz, saves 48 W",
    "gpus": [
        {
            "gpu": "GPU-513",
            "index": 0,
            "name": "NVIDIA H100 80GB HBM3",
            "state": "resting",
            "cause": "quiet",
            "say": "10 s of quiet",
            "since_unix_s": 1764000012.4,
            "retry_unix_s": None,
            "sm_clock_mhz": 345,
            "memory_clock_mhz": None,
            "saving_w": 48.1,
            "noise_w": 0.6,
            "progress": None,
            "verdict": {"arm": "sm", "own_w": 121.0, "rest_w": 73.0, "saved_w": 48.0, "noise_w": 0.5},
        }
    ],
}


def write(folder: Path, content: object) -> str:
    (folder / "state.json").write_text(json.dumps(content))
    return str(folder / "held")


def test_each_gpu_tells_its_state_and_why(tmp_path: Path) -> None:
    """Beside the file of what is held."""
    state = read_idle_state(write(tmp_path, STATE))

    assert state is not None
    (gpu,) = state.gpus
    assert (gpu.state, gpu.cause, gpu.say, gpu.saving_w) == ("resting", "quiet", "10 s of quiet", 48.1)
    assert (gpu.arm, gpu.saved_w) == ("sm", 48.0)


def test_without_green_idle_there_is_none(tmp_path: Path) -> None:
    """It takes its file away."""
    assert read_idle_state(str(tmp_path / "held")) is None


@pytest.mark.parametrize("content", [[], {"format": 2}, {**STATE, "gpus": [{}]}, "x"])
def test_a_file_of_another_format_is_refused(tmp_path: Path, content: object) -> None:
    """With its path."""
    with pytest.raises(UnavailableError, match=r"state\.json"):
        read_idle_state(write(tmp_path, content))
