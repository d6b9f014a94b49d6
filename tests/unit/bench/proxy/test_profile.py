# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Stacks summed up by function."""

from __future__ import annotations

from bench.proxy.profile import profile_report, read_stacks, short

STACKS = [
    "thread (0x7f): MainThread;main (a/b/run.py:3);send (c/net.py:10) 6",
    "thread (0x7f): MainThread;main (a/b/run.py:3);send (c/net.py:12);write (c/io.py:1) 3",
    "",
]


def test_lines_of_one_function_are_one_entry() -> None:
    """Self is the top of the stack, total is anywhere in it."""
    own, total = read_stacks(STACKS)

    assert own == {"send (c/net.py)": 6, "write (c/io.py)": 3}
    assert total["main (b/run.py)"] == 9
    assert total["send (c/net.py)"] == 9


def test_a_function_is_counted_once_where_it_calls_itself() -> None:
    """A total above the whole would be nonsense."""
    _, total = read_stacks(["walk (a.py:1);walk (a.py:1) 2"])

    assert total["walk (a.py)"] == 2


def test_a_frame_without_a_place_keeps_its_name() -> None:
    """As those of native code have."""
    assert short("epoll_wait") == "epoll_wait"


def test_a_report_has_shares() -> None:
    """Of all samples."""
    assert "66.7%  send (c/net.py)" in profile_report("closed", STACKS)
