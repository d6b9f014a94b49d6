# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Metrics as text, in both formats."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from green_telemetry.views.exposition import (
    COUNTER,
    GAUGE,
    HISTOGRAM,
    INFO,
    Family,
    Histogram,
    text_of,
    wants_openmetrics,
)


def test_a_counter_has_its_unit_and_suffix_where_each_format_wants_it() -> None:
    """OpenMetrics names the family without _total, the older format with it."""
    family = Family("green_energy_joules", COUNTER, "Energy.", "joules")
    family.add(2.5, gpu="a")

    assert text_of([family], openmetrics=True).decode().splitlines() == [
        "# HELP green_energy_joules Energy.",
        "# TYPE green_energy_joules counter",
        "# UNIT green_energy_joules joules",
        'green_energy_joules_total{gpu="a"} 2.5',
        "# EOF",
    ]
    assert text_of([family], openmetrics=False).decode().splitlines() == [
        "# HELP green_energy_joules_total Energy.",
        "# TYPE green_energy_joules_total counter",
        'green_energy_joules_total{gpu="a"} 2.5',
    ]


def test_a_histogram_counts_upwards() -> None:
    """Buckets hold all that is not above their bound, the last one everything."""
    histogram = Histogram((1.0, 10.0))
    for value in (0.5, 1.0, 5.0, 100.0):
        histogram.observe(value)
    family = Family("green_size_joules", HISTOGRAM, "Sizes.", "joules")
    family.add_histogram(histogram)

    text = text_of([family], openmetrics=True).decode()
    (found,) = read_openmetrics(text)  # type: ignore[no-untyped-call]

    values = [(sample.name, sample.labels.get("le"), sample.value) for sample in found.samples]
    assert values == [
        ("green_size_joules_bucket", "1.0", 2),
        ("green_size_joules_bucket", "10.0", 3),
        ("green_size_joules_bucket", "+Inf", 4),
        ("green_size_joules_count", None, 4),
        ("green_size_joules_sum", None, 106.5),
    ]


@given(st.text(max_size=128))
def test_any_name_survives_as_a_label(name: str) -> None:
    """A model's or a client's name is somebody else's text."""
    family = Family("green_x", GAUGE, "X.")
    family.add(1, model=name)
    text = text_of([family], openmetrics=True).decode(errors="replace")

    (found,) = read_openmetrics(text)  # type: ignore[no-untyped-call]

    assert found.samples[0].labels["model"] == name.encode(errors="replace").decode()


def test_a_long_name_is_cut() -> None:
    """No label grows without bound."""
    family = Family("green_x", GAUGE, "X.")
    family.add(1, model="m" * 1000)

    assert len(text_of([family], openmetrics=False)) < 250


def test_what_is_not_known_is_left_out() -> None:
    """With nothing known there is no family either."""
    family = Family("green_x", GAUGE, "X.")
    family.add(None, gpu="a")

    assert text_of([family], openmetrics=False) == b""


def test_an_older_reader_takes_what_only_describes_for_a_gauge() -> None:
    """The format 0.0.4 has no kind 'info'."""
    family = Family("green_build", INFO, "Build.")
    family.add(1, version="1")

    (found,) = read_text(text_of([family], openmetrics=False).decode())

    assert (found.name, found.type) == ("green_build_info", "gauge")


def test_infinity_is_written_as_both_formats_read_it() -> None:
    """Not in Python's way."""
    family = Family("green_x", GAUGE, "X.")
    family.add(-math.inf)

    assert text_of([family], openmetrics=False).endswith(b"green_x -Inf\n")


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", True),
        ("text/plain;version=0.0.4", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=x", True),
        ("*/*", False),
        ("", False),
    ],
)
def test_who_asks_for_openmetrics_gets_it(accept: str, openmetrics: bool) -> None:
    """Everybody else gets what a person can read too."""
    assert wants_openmetrics(accept) is openmetrics
