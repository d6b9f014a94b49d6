# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Results in files."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_qwen.bench.files import write_files
from green_qwen.bench.quality.outcome import Quality
from green_qwen.bench.run import Phases
from green_qwen.bench.saved import ResultFileError, read_result, write_json
from unit.green_qwen.bench.taken import ON, pair, result_of, taken

QUALITY = Quality("f16", "q8_0", 8, 512, 300, 0.9, 0.8, 0.99, 10.0, 10.1)
PHASES = Phases(0.0, 50.0, 1000.0, 4000.0, 500.0, 250.0, 55)


def test_a_result_is_read_back_as_it_was(tmp_path: Path) -> None:
    """Figures, surroundings, quality, and whether it is whole."""
    result = result_of(
        *pair(1, 0.1, 0.4), taken(phases=PHASES, power_w=((0.5, 300.0),), bounds=("latency_p95_s",))
    )
    result.quality = QUALITY

    write_json(result, tmp_path / "bench.json")

    assert read_result(tmp_path / "bench.json") == result


def test_what_was_stopped_early_says_so(tmp_path: Path) -> None:
    """For whoever reads the file alone."""
    result = result_of(*pair(1, 0.1, 0.4))
    result.complete = False

    write_json(result, tmp_path / "bench.json")

    assert json.loads((tmp_path / "bench.json").read_text())["complete"] is False


def test_json_csv_and_a_page_are_written(tmp_path: Path) -> None:
    """A line a run in CSV; a page that asks nobody for anything."""
    written = write_files(result_of(*pair(1, 0.1, 0.4)), tmp_path / "new" / "folder")

    rows = list(csv.DictReader(written[1].read_text().splitlines()))
    assert [one["arm"] for one in rows] == ["before", "after"]
    assert float(rows[1]["tokens_per_s_per_w"]) == 0.4
    assert rows[0]["request_fields"] == "{}"
    page = written[2].read_text()
    assert "through green-proxy" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page


def test_the_page_tells_the_fields_that_differ(tmp_path: Path) -> None:
    """Beside each run, and in words."""
    plain = dataclasses.replace(ON, request_fields='{"think": false}')

    page = write_files(result_of(taken(), taken(plain, arm="after")), tmp_path)[2].read_text()

    assert "The requests differ in their fields: think not given before, false after" in page
    assert "{&quot;think&quot;: false}" in page


def test_a_page_of_a_soak_shows_its_windows(tmp_path: Path) -> None:
    """Over time."""
    runs = [taken(arm="after", pair=number, memory_bytes={"green-proxy": 1 << 25}) for number in (1, 2, 3)]
    result = result_of(*runs)
    result.soak = True

    page = write_files(result, tmp_path)[2].read_text()

    assert "Memory of green-proxy" in page
    assert "longest P95 latency" in page


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"green_qwen_bench": 99}', '{"green_qwen_bench": 1, "runs": [{}]}']
)
def test_another_file_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    """Whatever it is."""
    (path := tmp_path / "other.json").write_text(text)

    with pytest.raises(ResultFileError, match=r"other\.json") as caught:
        read_result(path)

    assert caught.value.exit_code == os.EX_DATAERR


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """With the option that chooses another."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="--out"):
        write_files(result_of(*pair(1, 0.1, 0.4)), tmp_path / "file" / "folder")
