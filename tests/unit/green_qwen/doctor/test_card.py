# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The driver."""

from __future__ import annotations

from typing import Any

import pytest

from green_qwen.doctor.card import Card, judge_card


def states(**told: Any) -> dict[str, str]:
    return {finding.check: finding.state for finding in judge_card(Card(**told))}


@pytest.mark.parametrize(
    ("version", "knows"),
    [
        ("580.159.04", True),
        ("580.105.08", True),
        ("580.95.05", False),
        ("570.211", False),
        ("590.1", True),
        ("", False),
    ],
)
def test_which_driver_knows_the_switch(version: str, knows: bool) -> None:
    """Since 580.105."""
    assert Card(version).knows_boost is knows


def test_a_driver_that_fails_is_a_trouble() -> None:
    """With its own words, and nothing else is said of it."""
    assert states(trouble="NVML Shared Library Not Found") == {"NVIDIA driver": "warning"}


def test_a_trouble_names_the_driver_once() -> None:
    """Its own words begin with the name too."""
    (finding,) = judge_card(Card(trouble="NVIDIA driver: not found"))

    assert finding.text == "not found:"


def test_an_old_driver_and_no_persistence_are_advice() -> None:
    """Both work."""
    found = states(version="550.1", names=("H100",), persistent=False)

    assert found == {"NVIDIA driver": "advice", "persistence mode": "advice"}
    assert states(version="580.159", names=("H100",), persistent=True)["persistence mode"] == "ok"


def test_a_simulated_one_says_so() -> None:
    """And has no persistence mode."""
    (finding,) = judge_card(Card("1.0", ("H100",), simulated=True))

    assert (finding.state, "(simulated)" in finding.text) == ("ok", True)
