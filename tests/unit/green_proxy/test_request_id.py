# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ids that sort by time."""

from __future__ import annotations

from green_proxy.request_id import ALPHABET, CHARACTERS, RANDOM_CHARACTERS, new_id


def test_ids_sort_by_time() -> None:
    """An id made a millisecond later sorts behind."""
    assert new_id(1_800_000_000.000) < new_id(1_800_000_000.001) < new_id(1_900_000_000)


def test_ids_of_one_moment_differ() -> None:
    """Eighty bits are random."""
    assert len({new_id(1_800_000_000) for _ in range(100)}) == 100


def test_an_id_has_26_plain_characters() -> None:
    """Lower case letters and digits, none of them easily mistaken."""
    made = new_id(1_800_000_000)

    assert len(made) == CHARACTERS
    assert set(made) <= set(ALPHABET)


def test_the_time_comes_first() -> None:
    """In milliseconds, the lowest five bits in the last of its characters."""
    assert new_id(0.032)[:-RANDOM_CHARACTERS] == "0" * 8 + "10"
