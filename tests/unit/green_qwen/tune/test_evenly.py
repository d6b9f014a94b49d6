# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The load of a trial."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

from green_qwen.load.dialogues import Turn
from green_qwen.tune.evenly import Evenly, Lengths


def turns(source: Evenly, count: int) -> list[Turn]:
    return [source.next_for(0).turns[0] for _ in range(count)]


def test_any_stretch_has_nearly_the_same_answers() -> None:
    """Sixteen in a row, wherever it begins."""
    dealt = turns(Evenly(1, Lengths(), slots=0), 160)

    means = [fmean(one.answer_tokens or 0 for one in dealt[at : at + 16]) for at in range(0, 144, 8)]

    assert all(abs(later - sooner) < 12 for sooner, later in pairwise(means))


def test_who_is_served_first_asks_briefly() -> None:
    """So many as there are slots; then the load is what it is."""
    dealt = turns(Evenly(1, Lengths(prompts=(400, 500)), slots=3), 4)

    lengths = [len(str(one.messages[0]["content"]).split()) for one in dealt]
    assert max(lengths[:3]) < 40
    assert lengths[3] >= 300


def test_runs_share_no_beginning() -> None:
    """A server that remembers prompts gives none of them for nothing."""
    first, second = (str(turns(Evenly(1, Lengths(), 0, run), 1)[0].messages[0]["content"]) for run in (1, 2))

    assert first.split()[0] != second.split()[0]


def test_the_same_run_is_the_same() -> None:
    """For the same seed."""
    assert turns(Evenly(1, Lengths(), 2, 3), 9) == turns(Evenly(1, Lengths(), 2, 3), 9)
