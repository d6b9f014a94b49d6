# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The state file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from green_common.errors import UnavailableError
from green_idle.parking.learned import FILE, Learned, LearnedFile
from green_idle.parking.prices import MeasuredLoad

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def file_in(folder: Path, *gpus: str) -> LearnedFile:
    return LearnedFile(str(folder), gpus or ("GPU-a",), simulated=True)


def known() -> Learned:
    learned = Learned()
    learned.prices.loaded("m", MeasuredLoad(3000.0, 10.0))
    learned.prices.rested(124.0, resident=True)
    learned.prices.rested(74.0, resident=False)
    learned.parking.credit_j = 12.5
    learned.parking.lasted(3, 600.0)
    learned.days.book("2026-01-01", 10.0, 5.0)
    learned.is_new = True
    return learned


def test_what_was_learned_outlives_a_restart(tmp_path: Path) -> None:
    """Prices, habits, credit and days; and it says where figures are simulated."""
    file = file_in(tmp_path)
    learned = known()
    file.save(learned)
    read = file.load()

    assert not learned.is_new
    assert read.prices.tariff("m") == learned.prices.tariff("m")
    assert read.parking.credit_j == 12.5
    assert read.parking.habits.to_json() == learned.parking.habits.to_json()
    assert read.days.to_json() == learned.days.to_json()
    assert json.loads((tmp_path / FILE).read_text())["simulated"] is True


def test_prices_of_another_card_are_not_ours(tmp_path: Path) -> None:
    """Habits are: they are the users'."""
    file_in(tmp_path, "GPU-a").save(known())
    read = file_in(tmp_path, "GPU-b").load()

    assert read.prices.tariff("m") is None
    assert read.parking.credit_j == 12.5


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    """And nothing is wrong."""
    file = file_in(tmp_path)

    assert file.load().prices.resident_w is None
    assert file.trouble == ""


@pytest.mark.parametrize("written", ["", "{", "[]", '{"format": 2}', '{"format": 1}', "\xff", "[" * 9999])
def test_a_broken_file_is_said_and_ignored(written: str, tmp_path: Path) -> None:
    """It is learned again."""
    (tmp_path / FILE).write_text(written, encoding="latin-1")
    file = file_in(tmp_path)

    assert file.load().prices.resident_w is None
    assert FILE in file.trouble


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.dictionaries(st.sampled_from(["gpus", "prices", "credit_j", "days", "quiets_s"]), JSON))
def test_no_content_breaks_the_start(tmp_path: Path, changes: dict[str, object]) -> None:
    """The daemon runs as root, and the folder may be anybody's in a checkout."""
    file_in(tmp_path).save(known())
    content = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**content, **changes}))

    assert isinstance(file_in(tmp_path).load(), Learned)


@pytest.mark.parametrize("changes", [{"credit_j": 10**400}, {"quiets_s": [[10**400]] * 24}])
def test_numbers_beyond_all_bounds_are_refused(changes: dict[str, object], tmp_path: Path) -> None:
    """JSON has no largest one."""
    file_in(tmp_path).save(known())
    content = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**content, **changes}))
    file = file_in(tmp_path)

    assert file.load().parking.credit_j == 0.0
    assert file.trouble


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(UnavailableError, match=r"missing/parking.json: can't be written: .*idle\.state"):
        file_in(tmp_path / "missing").save(known())
