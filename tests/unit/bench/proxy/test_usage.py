# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What /proc says."""

from __future__ import annotations

import os

import pytest

from bench.proxy.usage import cpu_s, memory, parse_machine, tree


def test_the_machines_use_leaves_out_idle_and_waiting() -> None:
    """Stolen time is told apart, guests are part of user."""
    stat = "cpu  100 20 30 4000 500 6 4 70 10 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"

    found = parse_machine(stat, ticks_per_s=100)

    assert (found.busy_s, found.stolen_s) == pytest.approx((1.6, 0.7))


def test_a_process_has_itself_cpu_time_and_memory() -> None:
    """Read of this test's own."""
    pid = os.getpid()

    assert tree(pid)[0] == pid
    assert cpu_s(pid) > 0
    assert memory(pid).rss_mib > 1


def test_a_process_that_is_gone_has_used_nothing() -> None:
    """It may end between two looks; no process has this number."""
    assert cpu_s(1 << 30) == 0
    assert memory(1 << 30).rss_mib == 0
