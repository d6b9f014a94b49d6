# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which metrics there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from green_telemetry.views.board import Board
from green_telemetry.views.tally import Tally
from unit.green_telemetry.views.scene import GPU, board, snapshot

MONITORING = Path(__file__).parents[4] / "monitoring"
# Told by what this board's GPU and receipts don't have.
ELSEWHERE = {"green_gpu_throttled", "green_thrown_away_energy_joules_total"}


def names_of(made: Board) -> set[str]:
    text = (made.metrics_text(openmetrics=True) or b"").decode()
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    return {sample.name for family in families for sample in family.samples}


def test_everything_that_is_shipped_for_monitoring_has_its_metric() -> None:
    """Names in the dashboard and in the rules."""
    made = board()
    made.publish(snapshot(alerts={("power", GPU): True}))
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = re.findall(r"^\s+expr: (.*)$", (MONITORING / "prometheus-rules.yml").read_text(), re.MULTILINE)

    # Before a brace or a bracket, or at an end, there is a metric; a name elsewhere is a label.
    found = {
        name
        for text in (*expressions, *rules)
        for name in re.findall(r"\b((?:green|gen_ai|process)_\w+)\b(?!\s*[=,)])", text)
    }

    assert len(found) > 15
    assert found - names_of(made) - ELSEWHERE == set()


def test_a_value_that_the_gpu_does_not_tell_has_no_series() -> None:
    """This one says nothing of its memory."""
    names = names_of(board())

    assert "green_gpu_power_watts" in names
    assert "green_gpu_memory_used_bytes" not in names


def test_base_units_are_used() -> None:
    """Hertz for megahertz, shares for percent."""
    text = (board().metrics_text(openmetrics=False) or b"").decode()

    assert f'green_gpu_sm_clock_hertz{{gpu="{GPU}"}} 1980000000.0' in text
    assert f'green_gpu_utilization_ratio{{gpu="{GPU}"}} 0.5' in text


def test_a_simulation_says_so() -> None:
    """In the metric that everybody joins."""
    text = (board().metrics_text(openmetrics=False) or b"").decode()

    assert re.search(r'green_build_info\{version="[^"]+",simulated="true"\} 1', text)


def test_before_the_first_reading_there_is_nothing() -> None:
    """Rather than zeros."""
    assert Board().metrics_text(openmetrics=True) is None
    assert Tally().accounts_j == {}
