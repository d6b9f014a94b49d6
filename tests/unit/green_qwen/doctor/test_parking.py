# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether unloading would pay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, Finding
from green_qwen.doctor.parking import MEND, check_parking, judge

PRICES = {"resident_w": [124.0], "absent_w": [72.4], "loads": {"m": [[2000.0, 14.0], [2100.0, 16.0]]}}


def content(**changes: Any) -> dict[str, Any]:
    """Two days with a day between them, on which a kilowatt-hour and a half could have been saved."""
    known = {
        "format": 1,
        "simulated": False,
        "prices": PRICES,
        "days": {"2026-01-01": [20, 3_600_000, 900_000], "2026-01-03": [9, 3_600_000, 900_000]},
    }
    return {**known, **changes}


def test_where_it_pays_it_is_advised_with_the_figure() -> None:
    """And with what it costs the user; a day without a quiet counts too."""
    finding = judge(content())

    assert finding == Finding(
        "unloading unused models",
        ADVICE,
        "it would save 500 Wh a day at the habits of the last 3 days; "
        "whoever comes back after such a quiet waits 15 s for the load:",
        MEND,
    )
    assert finding.well


def test_simulated_figures_say_so() -> None:
    """Nobody should switch it on for them."""
    assert "500 Wh a day (simulated)" in judge(content(simulated=True)).text


@pytest.mark.parametrize(
    ("changes", "state", "text"),
    [
        ({"days": {"2026-01-01": [20, 9000, 8000]}}, OK, "would not pay at the habits of one day: 0 Wh"),
        ({"days": {}}, UNKNOWN, "no quiet"),
        ({"prices": {**PRICES, "loads": {}}}, UNKNOWN, "a load was not measured"),
        ({"prices": {**PRICES, "absent_w": []}}, UNKNOWN, "without a model was not measured"),
        ({"prices": {**PRICES, "resident_w": []}}, UNKNOWN, "with a model was not measured"),
    ],
)
def test_what_is_said_elsewhere(changes: dict[str, Any], state: str, text: str) -> None:
    """Nothing is to be mended."""
    finding = judge(content(**changes))

    assert (finding.state, finding.mend) == (state, ())
    assert text in finding.text


@pytest.mark.parametrize(
    "written", ["", "[]", "{}", '{"format": 2}', '{"format": 1}', json.dumps(content(days={"x": 1}))]
)
def test_a_broken_file_is_no_finding(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Green-idle writes it anew."""
    monkeypatch.setenv("GREEN_IDLE_STATE", str(tmp_path))
    (tmp_path / "parking.json").write_text(written)

    assert check_parking().state == UNKNOWN


def test_nothing_learned_is_nothing_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the first day."""
    monkeypatch.setenv("GREEN_IDLE_STATE", str(tmp_path))

    assert "learned nothing yet" in check_parking().text


def test_where_it_is_on_there_is_nothing_to_advise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is not even looked at."""
    monkeypatch.setenv("GREEN_IDLE_PARK", "true")

    assert (check_parking().state, check_parking().text) == (OK, "it is on (idle.park)")
