# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Faults are named, and an unknown name is refused with the list of those that exist."""

from __future__ import annotations

import pytest

from green_common.errors import UsageError
from green_sim.gpu.faults import parse_faults


@pytest.mark.parametrize("name", ["no-permission", "gpu-lost", "gpu-lost:3", "not-supported:energy", "mig"])
def test_known_faults_are_taken(name: str) -> None:
    """Plain ones, and those with an argument."""
    assert {name} == parse_faults([name]).names


@pytest.mark.parametrize("name", ["", "gpu-melted", "gpu-lost:x", "not-supported:", "no-permission:1"])
def test_unknown_faults_are_refused(name: str) -> None:
    """The message names what is allowed."""
    with pytest.raises(UsageError, match="frozen-sensor"):
        parse_faults([name])
