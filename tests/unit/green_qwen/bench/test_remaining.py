# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is left to do."""

from __future__ import annotations

import pytest

from green_qwen.bench.progress import duration_text
from green_qwen.bench.remaining import Remaining


def test_before_any_run_nobody_knows() -> None:
    """So nothing is said."""
    assert Remaining(("before", "after"), 2).left_s("before", 10.0) is None


def test_an_arm_that_was_not_run_yet_is_taken_for_the_other() -> None:
    """Three runs of a hundred seconds, forty of them over."""
    remaining = Remaining(("before", "after"), 2)
    remaining.add("before", 100.0)

    assert remaining.left_s("after", 40.0) == pytest.approx(260.0)


def test_each_arm_has_its_own_length() -> None:
    """One of each is left."""
    remaining = Remaining(("before", "after"), 2)
    remaining.add("before", 100.0)
    remaining.add("after", 40.0)

    assert remaining.left_s("before", 0.0) == pytest.approx(140.0)


def test_it_is_never_less_than_nothing() -> None:
    """A run may take longer than the last one."""
    remaining = Remaining(("after",), 2)
    remaining.add("after", 10.0)

    assert remaining.left_s("after", 50.0) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"), [(42.0, "42 s"), (61.0, "1 min"), (3700.0, "62 min"), (9000.0, "2.5 h")]
)
def test_it_is_said_as_people_say_it(seconds: float, text: str) -> None:
    """In seconds, minutes or hours."""
    assert duration_text(seconds) == text
