# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a template adds is learned from the server's counts."""

from __future__ import annotations

from hypothesis import given, strategies as some

from green_proxy.tokens.overhead import MAX_KINDS, Overhead, Overheads


@given(some.integers(0, 500), some.integers(0, 20), some.lists(some.integers(1, 80), min_size=6, max_size=30))
def test_a_template_that_adds_evenly_is_learned(fixed: int, each: int, sizes: list[int]) -> None:
    """From two sizes on the third count is right."""
    overhead = Overhead()
    for messages in (3, 5, *sizes):
        overhead.observe(messages, fixed + each * messages)

    assert [overhead.tokens(one) for one in sizes] == [fixed + each * one for one in sizes]
    assert overhead.exact


def test_it_is_an_estimate_until_it_was_right() -> None:
    """Three times in a row."""
    overhead = Overhead()
    exact = []
    for messages in (1, 3, 5, 7, 9):
        overhead.observe(messages, 10 + 4 * messages)
        exact.append(overhead.exact)

    assert exact == [False, False, False, False, True]


def test_known_marks_are_exact_until_the_server_counts_otherwise() -> None:
    """Then they have to be learned as well."""
    overhead = Overheads().of(1, known=True)
    assert overhead.exact

    overhead.observe(3, 2)

    assert not overhead.exact
    assert overhead.tokens(9) == 2


def test_a_prompt_that_the_server_has_cut_teaches_nothing() -> None:
    """Its count says nothing of the template."""
    overhead = Overheads().of(1, known=True)

    overhead.observe(3, -500)

    assert overhead.exact


def test_kinds_are_bounded() -> None:
    """Those that were not used for longest are forgotten."""
    overheads = Overheads()
    first = overheads.of(0, known=True)
    for kind in range(1, MAX_KINDS + 1):
        overheads.of(kind, known=True)

    assert overheads.of(0, known=True) is not first
