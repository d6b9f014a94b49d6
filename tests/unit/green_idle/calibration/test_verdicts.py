# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Verdicts in their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict
from green_idle.calibration.verdicts import Kept, Subject, Verdicts

SUBJECT = Subject("GPU-1", "580.159.04", 345)
VERDICT = Kept(Verdict(Arm.SM, own_w=124.0, rest_w=72.0, saved_w=52.0, noise_w=0.5), 1_764_000_000.0)


def test_a_verdict_is_known_after_a_restart(tmp_path: Path) -> None:
    """For the same GPU, driver and clock."""
    Verdicts(tmp_path / "verdicts.json").keep(SUBJECT, VERDICT)

    assert Verdicts(tmp_path / "verdicts.json").find(SUBJECT) == VERDICT


def test_another_driver_or_clock_has_no_verdict(tmp_path: Path) -> None:
    """It may behave otherwise."""
    verdicts = Verdicts(tmp_path / "verdicts.json")
    verdicts.keep(SUBJECT, VERDICT)

    assert verdicts.find(Subject("GPU-1", "590.1", 345)) is None
    assert verdicts.find(Subject("GPU-1", "580.159.04", 600)) is None
    assert verdicts.find(Subject("GPU-1", "580.159.04", 345, 1593)) is None


def test_a_forgotten_verdict_is_gone(tmp_path: Path) -> None:
    """From the file too."""
    verdicts = Verdicts(tmp_path / "verdicts.json")
    verdicts.keep(SUBJECT, VERDICT)

    verdicts.forget(SUBJECT)

    assert Verdicts(tmp_path / "verdicts.json").find(SUBJECT) is None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": 2}', '{"format": 1, "verdicts": {"a": {"arm": "FAN"}}}', "[" * 100_000]
)
def test_a_broken_file_counts_as_empty_and_says_so(tmp_path: Path, content: str) -> None:
    """Measuring again mends it."""
    (tmp_path / "verdicts.json").write_text(content)

    verdicts = Verdicts(tmp_path / "verdicts.json")

    assert verdicts.find(SUBJECT) is None
    assert "verdicts.json" in verdicts.trouble


def test_a_verdict_that_cannot_be_written_still_holds(tmp_path: Path) -> None:
    """Until the process ends; the caller is told."""
    verdicts = Verdicts(tmp_path / "missing" / "verdicts.json")

    with pytest.raises(UnavailableError, match="directory has to exist"):
        verdicts.keep(SUBJECT, VERDICT)

    assert verdicts.find(SUBJECT) == VERDICT
