# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was learned, from one run to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_common.logs import get_log
from green_telemetry.costs import prior
from green_telemetry.costs.model import Costs
from green_telemetry.costs.store import FILE, SAVE_EVERY_S, Store

GPU = "GPU-fake"


@pytest.fixture
def said() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def store(folder: Path, environ: dict[str, str] | None = None) -> Store:
    return Store(str(folder), get_log(), environ or {})


@pytest.fixture
def learned() -> dict[str, Costs]:
    """Prompts cost twice of what is believed."""
    costs = Costs()
    for _ in range(30):
        costs["m"].estimate.learn({prior.PREFILL: 100.0}, 200.0, 4.0, 1.0)
    costs["m"].speed.observe(1000, 0.5)
    return {GPU: costs}


def test_costs_survive_a_restart(tmp_path: Path, learned: dict[str, Costs]) -> None:
    """With their errors."""
    store(tmp_path).save(learned)
    again = {GPU: Costs()}

    store(tmp_path).load(again)

    before, after = learned[GPU]["m"].estimate, again[GPU]["m"].estimate
    assert after.multiples == pytest.approx(before.multiples, rel=1e-4)
    assert after.error_j({prior.PREFILL: 1.0}) == pytest.approx(
        before.error_j({prior.PREFILL: 1.0}), rel=1e-3
    )
    assert again[GPU].prefill_tokens_per_s("m") == 2000.0


def test_the_folder_of_systemd_wins(tmp_path: Path, learned: dict[str, Costs]) -> None:
    """It is where the unit may write."""
    given = tmp_path / "given"
    given.mkdir()

    store(tmp_path / "absent", {"STATE_DIRECTORY": f"{given}:/other"}).save(learned)

    assert json.loads((given / FILE).read_text())["version"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2}',
        '{"version": 1, "costs": [{}]}',
        "\xff",
        '{"version": 1, "costs": [NaN]}',
    ],
)
def test_a_broken_file_is_said_and_left_aside(tmp_path: Path, text: str, said: list[dict[str, Any]]) -> None:
    """In one line, with its name."""
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    costs = {GPU: Costs()}

    store(tmp_path).load(costs)

    assert [entry["event"] for entry in said] == ["costs.refused"]
    assert str(tmp_path / FILE) in said[0]["say"]
    assert costs[GPU].items() == []


@pytest.mark.parametrize("number", ["NaN", "-1", "0", "1e999", '"x"', "null"])
def test_no_figure_of_a_file_is_trusted(
    tmp_path: Path, number: str, learned: dict[str, Costs], said: list[dict[str, Any]]
) -> None:
    """A cost has to be a positive number."""
    store(tmp_path).save(learned)
    document = json.loads((tmp_path / FILE).read_text())
    document["costs"][0]["prefill_j"][0] = "HERE"
    (tmp_path / FILE).write_text(json.dumps(document).replace('"HERE"', number))
    costs = {GPU: Costs()}

    store(tmp_path).load(costs)

    assert [entry["event"] for entry in said] == ["costs.refused"]
    assert costs[GPU].items() == []


def test_a_folder_that_is_not_there_is_said_once(
    tmp_path: Path, learned: dict[str, Costs], said: list[dict[str, Any]]
) -> None:
    """And the daemon goes on."""
    absent = store(tmp_path / "absent")

    absent.load(learned)
    absent.save(learned)
    absent.save(learned)

    assert [entry["event"] for entry in said] == ["costs.unsaved"]


def test_it_is_written_once_a_minute_at_most(tmp_path: Path, learned: dict[str, Costs]) -> None:
    """And not at all where nothing has changed."""
    keeping = store(tmp_path)
    keeping.save_now_and_then(learned, 1000.0)
    (tmp_path / FILE).unlink()

    learned[GPU]["m"].estimate.learn({prior.PREFILL: 100.0}, 100.0, 4.0, 1.0)
    keeping.save_now_and_then(learned, 1000.0 + SAVE_EVERY_S / 2)
    early = (tmp_path / FILE).exists()
    keeping.save_now_and_then(learned, 1000.0 + SAVE_EVERY_S)

    assert not early
    assert (tmp_path / FILE).exists()


def test_costs_of_absent_gpus_are_left_aside(tmp_path: Path, learned: dict[str, Costs]) -> None:
    """They belong to another card."""
    store(tmp_path).save(learned)
    others = {"GPU-other": Costs()}

    store(tmp_path).load(others)

    assert others["GPU-other"].items() == []
