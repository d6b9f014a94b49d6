# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is kept of an interrupted search."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.errors import ConfigError
from green_qwen.tune.measured import Outcome, Stage, Trial
from green_qwen.tune.setting import Setting
from green_qwen.tune.state import Done, State
from unit.green_qwen.tune.cards import measured

SETTING = Setting(slots=16, gpu_sampling=True)
DONE = Done(Trial(SETTING, 10.0, Stage.SCREENING, "why"), Outcome(25.0, measured(SETTING, 0.5)))


def test_what_was_measured_comes_back_as_it_was(tmp_path: Path) -> None:
    """Failures too."""
    failed = Done(
        Trial(Setting(slots=50), 10.0, Stage.SCREENING, "why"), Outcome(4.0, failure="out of memory")
    )
    state = State(tmp_path / "tune.json", {"model": "qwen3"})
    state.add(DONE)
    state.add(failed)

    assert State(tmp_path / "tune.json", {"model": "qwen3"}).resumed() == [DONE, failed]


def test_another_model_is_named(tmp_path: Path) -> None:
    """Its figures would be somebody else's."""
    State(tmp_path / "tune.json", {"model": "qwen3"}).add(DONE)

    with pytest.raises(ConfigError, match="model was qwen3, is llama"):
        State(tmp_path / "tune.json", {"model": "llama"}).resumed()


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(ConfigError, match="start without --resume"):
        State(tmp_path / "tune.json", {}).resumed()


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1, "identity": {}, "trials": [{}]}'])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with it."""
    (tmp_path / "tune.json").write_text(text)

    with pytest.raises(ConfigError, match=r"tune\.json"):
        State(tmp_path / "tune.json", {}).resumed()
