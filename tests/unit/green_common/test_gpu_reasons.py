# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Names of why clocks are what they are."""

from __future__ import annotations

import pynvml
import pytest

from green_common.gpu.reasons import REASONS, THROTTLING, reason_names


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        (0, ()),
        (0x1, ("gpu_idle",)),
        (0x24, ("power_cap", "thermal_slowdown")),
        (0x8000_0000_0000_0008, ("hardware_slowdown", "0x8000000000000000")),
    ],
)
def test_each_bit_has_its_name(mask: int, names: tuple[str, ...]) -> None:
    """One that is not known goes by its number."""
    assert reason_names(mask) == names


def test_all_bits_of_nvml_are_named() -> None:
    """Of the version that we are built with."""
    assert sum(REASONS) == pynvml.nvmlClocksEventReasonAll


def test_idling_is_no_throttling() -> None:
    """Nor is a clock that somebody has set."""
    assert "gpu_idle" not in reason_names(THROTTLING)
    assert "clocks_setting" not in reason_names(THROTTLING)
