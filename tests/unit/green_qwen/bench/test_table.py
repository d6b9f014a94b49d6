# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table at the end."""

from __future__ import annotations

import dataclasses

import pytest

from green_qwen.bench.result import Taken
from green_qwen.bench.run import AFTER, Phases
from green_qwen.bench.table import table_lines
from unit.green_qwen.bench.taken import ON, pair, result_of, run, taken

PHASES = Phases(0.0, 50.0, 1000.0, 4000.0, 500.0, 250.0, 55)


def row(lines: list[str], name: str) -> list[str]:
    (line,) = (line for line in lines if line.startswith(name))
    return line.removeprefix(name).split()


def test_a_change_comes_with_its_interval() -> None:
    """Four times, within what the pairs allow."""
    result = result_of(*pair(1, 0.100, 0.400), *pair(2, 0.110, 0.440), *pair(3, 0.120, 0.480))

    lines = list(table_lines(result))

    assert row(lines, "yield, tokens/s/W") == ["0.110", "0.440", "x", "4.00", "x", "4.00", "to", "x", "4.00"]
    assert any("paired t" in line for line in lines)


def test_one_pair_has_no_interval() -> None:
    """And no claim of one."""
    lines = list(table_lines(result_of(*pair(1, 0.1, 0.4))))

    assert row(lines, "yield, tokens/s/W") == ["0.100", "0.400", "x", "4.00", "-"]
    assert not any("paired t" in line for line in lines)


def test_what_is_not_comparable_has_no_change() -> None:
    """The figures of each are shown, and why they stand alone."""
    before, after = pair(1, 0.1, 0.4)
    lines = list(table_lines(result_of(before, Taken(after.run, dataclasses.replace(ON, driver="570.1")))))

    assert row(lines, "yield, tokens/s/W") == ["0.100", "0.400"]
    assert "  other driver: 580.159 and 570.1" in lines


def test_phases_and_waste_are_by_answered_request() -> None:
    """Where receipts told them; else there is no figure."""
    lines = list(table_lines(result_of(pair(1, 0.1, 0.4)[0], taken(arm=AFTER, phases=PHASES))))

    assert row(lines, "of it decode, J")[:2] == ["-", "80.0"]
    assert row(lines, "wasted, J")[:2] == ["-", "5.00"]


def test_a_bound_is_told_as_one() -> None:
    """Too few were answered to say more."""
    lines = list(table_lines(result_of(Taken(run(bounds=("latency_p95_s",)), ON))))

    assert row(lines, "P95 latency, s") == [">=", "80.0"]


def test_alerts_are_extrapolated_to_a_day() -> None:
    """One in a hundred seconds."""
    lines = list(table_lines(result_of(taken(temperature_alerts=1))))

    assert row(lines, "temperature alerts, a day") == ["864.0"]


def test_what_is_partial_simulated_or_unsteady_says_so() -> None:
    """Below the table."""
    result = result_of(taken(dataclasses.replace(ON, simulated=True), waiting_clients=3, counted=False))
    result.complete = False

    said = "\n".join(table_lines(result))

    assert "All figures are simulated." in said
    assert "Stopped early: this is a partial result." in said
    assert "3 clients had had no answer yet" in said
    assert "no energy counter" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "{}",
            '{"think": false}',
            "The requests differ in their fields: think not given before, false after",
        ),
        (
            '{"think": true, "options": {"temperature": 0}}',
            '{"options": {"temperature": 1}, "think": 1}',
            "think true before, 1 after; options.temperature 0 before, 1 after",
        ),
        ('{"think": false}', '{"think": false}', 'Each request had these fields besides: {"think": false}'),
        (None, "{}", "before: saved by an earlier version, without the fields of its requests (--fields)"),
    ],
)
def test_the_fields_of_requests_are_told(before: str | None, after: str, said: str) -> None:
    """Those that differ with both values; the change is shown all the same."""
    one, other = (dataclasses.replace(ON, request_fields=fields) for fields in (before, after))

    lines = list(table_lines(result_of(taken(one), taken(other, arm=AFTER))))

    assert any(said in line for line in lines)
    assert "change" in lines[0]


def test_what_only_one_side_has_told_is_not_said_of_both() -> None:
    """The other may have had any."""
    old, new = (dataclasses.replace(ON, request_fields=fields) for fields in (None, '{"think": false}'))

    lines = list(table_lines(result_of(taken(old), taken(new, arm=AFTER))))

    assert not any("Each request" in line for line in lines)


def test_without_fields_nothing_is_said_of_them() -> None:
    """The usual case."""
    assert "fields" not in "\n".join(table_lines(result_of(*pair(1, 0.1, 0.4))))


def test_of_a_bound_no_change_follows() -> None:
    """It may be any."""
    before = taken(bounds=("latency_p95_s",))

    lines = list(table_lines(result_of(before, taken(arm=AFTER, latency_p95_s=8.0))))

    assert row(lines, "P95 latency, s") == [">=", "80.0", "8.00", "-", "-"]
