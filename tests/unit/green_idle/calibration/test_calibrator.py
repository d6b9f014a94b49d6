# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is known of a GPU when it is set up, again and again."""

from __future__ import annotations

from pathlib import Path

import attrs
import structlog
from structlog.testing import capture_logs

from green_common.config import Config
from green_common.config.schema import IdleConfig
from green_idle.calibration.arms import Arm
from green_idle.calibration.calibrator import Calibrator
from green_idle.calibration.verdict import Verdict
from green_idle.gpu_rest import GpuRest
from green_idle.resting import RestClocks

VERDICT = Verdict(Arm.SM, 120.0, 72.0, 48.0, 0.5)


def calibrator_in(folder: Path) -> Calibrator:
    config = attrs.evolve(Config(), idle=IdleConfig(state=str(folder)))
    return Calibrator(config, structlog.get_logger(), simulated=False)


def test_a_verdict_counts_for_its_clocks_alone(tmp_path: Path) -> None:
    """With others after a reload nothing is known, nor shown; with the old ones it is known again."""
    calibrator, gpu = calibrator_in(tmp_path), GpuRest("GPU-a", 345)
    calibrator.prepare(gpu, RestClocks(345), "580", 0.0)
    with capture_logs():
        calibrator.judged("GPU-a", VERDICT)

    calibrator.prepare(gpu, RestClocks(360), "580", 1.0)
    at_others = dict(calibrator.kept)
    calibrator.prepare(gpu, RestClocks(345), "580", 2.0)

    assert at_others == {}
    assert calibrator.kept["GPU-a"].verdict == gpu.verdict == VERDICT
