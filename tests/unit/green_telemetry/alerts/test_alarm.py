# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When an alert begins and when it is over."""

from __future__ import annotations

from hypothesis import given, strategies as st

from green_telemetry.alerts.alarm import Alarm


def test_it_begins_after_a_while_and_ends_after_a_while() -> None:
    """A moment of the other kind starts the wait anew."""
    alarm = Alarm(2.0, 3.0)
    judgements = [True, False, True, True, True, False, False, True, False, False, False, False]

    turns = [alarm.observe(bad, float(second)) for second, bad in enumerate(judgements)]

    assert turns == [None] * 4 + ["begun"] + [None] * 6 + ["over"]
    assert alarm.since_s == 4.0


def test_what_cannot_be_told_turns_nothing() -> None:
    """Neither on nor off."""
    alarm = Alarm(0.0, 0.0)

    turns = [alarm.observe(bad, 0.0) for bad in (None, True, None, None, False)]

    assert turns == [None, "begun", None, None, "over"]


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.sampled_from([True, False, None])), max_size=100))
def test_beginnings_and_ends_take_turns(seen: list[tuple[float, bool | None]]) -> None:
    """Whatever is judged; a beginning comes first."""
    alarm, now_s, turns = Alarm(3.0, 3.0), 0.0, []
    for pause_s, bad in seen:
        now_s += pause_s
        turns.append(alarm.observe(bad, now_s))

    told = [turn for turn in turns if turn]
    assert told == [("begun", "over")[place % 2] for place in range(len(told))]
    assert alarm.stands == bool(len(told) % 2)
