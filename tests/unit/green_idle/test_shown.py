# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file that shows the state of each GPU's clocks."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from green_common.errors import UnavailableError
from green_idle.actions import Cause
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict
from green_idle.calibration.verdicts import Kept
from green_idle.gpu_rest import GpuRest
from green_idle.resting import RestClocks
from green_idle.shown import MOST_GPUS, ShownFile, describe
from unit.green_idle.cards import Card

KEPT = Kept(Verdict(Arm.SM, own_w=124.0, rest_w=72.0, saved_w=52.0, noise_w=0.5), 1_764_000_000.4)


@pytest.fixture
def file(tmp_path: Path) -> ShownFile:
    return ShownFile(str(tmp_path / "held"), simulated=True)


def content(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "state.json").read_text())
    return found


def test_everybody_may_read_it(file: ShownFile, tmp_path: Path) -> None:
    """Whatever the unit's umask; simulated watts say so."""
    file.show("resting", [{"gpu": "GPU-a"}])

    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o644
    assert (content(tmp_path)["format"], content(tmp_path)["simulated"]) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_it_is_written_where_something_changed(file: ShownFile, tmp_path: Path) -> None:
    """And not at every turn."""
    file.show("awake", [])
    (tmp_path / "state.json").unlink()

    file.show("awake", [])
    unchanged = (tmp_path / "state.json").exists()
    file.show("resting", [])

    assert not unchanged
    assert content(tmp_path)["say"] == "resting"


def test_it_is_bounded(file: ShownFile, tmp_path: Path) -> None:
    """However much there is to say."""
    rest = GpuRest("GPU-a", 345)
    rest.woke(Cause.GPU_ERROR, "x" * 10_000, 0.0)

    file.show("y" * 10_000, [describe(rest, Card(), None, KEPT)] * 1000)

    assert len(content(tmp_path)["gpus"]) == MOST_GPUS
    assert (tmp_path / "state.json").stat().st_size < 64 * 1024


def test_a_folder_that_is_missing_is_told_once(tmp_path: Path) -> None:
    """It is tried again with the next change."""
    file = ShownFile(str(tmp_path / "missing" / "held"), simulated=False)

    with pytest.raises(UnavailableError, match="can't be written"):
        file.show("awake", [])
    file.show("awake", [])


def test_it_is_gone_with_green_idle(file: ShownFile, tmp_path: Path) -> None:
    """Nobody is to believe it."""
    file.show("awake", [])

    file.remove()
    file.remove()

    assert not list(tmp_path.iterdir())


def test_a_gpu_is_described_with_its_lock_and_its_verdict() -> None:
    """In the words of docs/monitoring.md."""
    rest = GpuRest("GPU-a", 345)
    rest.judged(KEPT.verdict)
    rest.sets(measured=False)
    rest.is_set("10 s of quiet", 7.0)

    shown = describe(rest, Card(), RestClocks(345), KEPT)

    assert (shown["state"], shown["cause"], shown["say"]) == ("resting", "quiet", "10 s of quiet")
    assert (shown["sm_clock_mhz"], shown["memory_clock_mhz"], shown["saving_w"]) == (345, None, 52.0)
    watts = {"own_w": 124.0, "rest_w": 72.0, "saved_w": 52.0, "noise_w": 0.5}
    assert shown["verdict"] == {"arm": "sm", **watts, "at_unix_s": 1_764_000_000}


def test_times_are_on_the_wall_clock(file: ShownFile) -> None:
    """What is no time is none."""
    first = file.unix_s(100.0)

    assert file.unix_s(float("inf")) is None
    assert first is not None and first > 1e6
    assert file.unix_s(100.0) == first
