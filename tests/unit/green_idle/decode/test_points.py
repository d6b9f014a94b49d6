# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was measured of decoding outlives a restart, and holds for its subject alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_idle.decode.knee import Measured, Pair
from green_idle.decode.points import MOST_SUBJECTS, Points, Subject

SUBJECT = Subject(("GPU-a",), "580.159", "qwen3:32b", 4)
PAIR = Pair(Measured(209.0, 579.0), Measured(201.5, 470.25))


def test_pairs_outlive_a_restart(tmp_path: Path) -> None:
    """In their order, by clock."""
    points = Points(tmp_path / "decode.json")
    points.add(SUBJECT, 1590, PAIR)
    points.add(SUBJECT, 1590, PAIR)
    points.save()

    found = Points(tmp_path / "decode.json").of(SUBJECT)

    assert found[1590].pairs == (PAIR, PAIR)


@pytest.mark.parametrize(
    "other",
    [
        replace(SUBJECT, uuids=("GPU-b",)),
        replace(SUBJECT, driver_version="590.1"),
        replace(SUBJECT, model="other"),
        replace(SUBJECT, batch=8),
    ],
)
def test_another_subject_has_to_be_measured_itself(tmp_path: Path, other: Subject) -> None:
    """Another GPU, driver, model or size of batch."""
    points = Points(tmp_path / "decode.json")
    points.add(SUBJECT, 1590, PAIR)

    assert points.of(other) == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": 2, "decode": {}}',
        '{"format": 1, "decode": {"x": [{"sm_clock_mhz": 1590, "pairs": [[1, 2, 3]]}]}}',
        '{"format": 1, "decode": {"x": [{"sm_clock_mhz": 1590, "pairs": [[1, 2, 0, 4]]}]}}',
        '{"format": 1, "decode": {"x": [{"sm_clock_mhz": 1590, "pairs": [[1, 2, NaN, 4]]}]}}',
    ],
)
def test_a_file_that_is_no_measurement_is_said_and_measured_again(tmp_path: Path, content: str) -> None:
    """It counts as empty."""
    path = tmp_path / "decode.json"
    path.write_text(content)

    points = Points(path)

    assert points.of(SUBJECT) == {}
    assert str(path) in points.trouble


def test_without_a_file_nothing_is_wrong(tmp_path: Path) -> None:
    """As after the installation."""
    assert Points(tmp_path / "decode.json").trouble == ""


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """What was measured holds until the end of the process."""
    points = Points(tmp_path / "absent" / "decode.json")
    points.add(SUBJECT, 1590, PAIR)

    with pytest.raises(UnavailableError, match="absent"):
        points.save()

    assert points.of(SUBJECT)


def test_the_file_can_not_grow_for_ever(tmp_path: Path) -> None:
    """The oldest subject goes."""
    points = Points(tmp_path / "decode.json")
    for number in range(MOST_SUBJECTS + 1):
        points.add(replace(SUBJECT, model=str(number)), 1590, PAIR)

    assert points.of(replace(SUBJECT, model="0")) == {}
    assert points.of(replace(SUBJECT, model="1"))
