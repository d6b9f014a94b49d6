# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Modelfiles read again."""

from __future__ import annotations

import pytest

from green_qwen.tune.setting import Setting
from green_qwen.tune.writing.modelfile import Recipe, recipe_of
from green_qwen.tune.writing.texts import modelfile_text, parameters_of


@pytest.mark.parametrize(
    "setting", [Setting(4), Setting(16, 8192, batch_tokens=2048, threads=16, mmap=False)]
)
def test_what_tune_writes_is_read_back(setting: Setting) -> None:
    """Model and parameters, with their types."""
    text = modelfile_text("qwen3:32b", setting)

    assert recipe_of(text) == Recipe("qwen3:32b", dict(parameters_of(setting)))


@pytest.mark.parametrize(
    "line",
    [
        "SYSTEM be brief",
        "FROM other",
        "PARAMETER num_ctx 4096",
        "PARAMETER temperature 0.6",
        'PARAMETER stop "a b"',
        "",
    ],
)
def test_what_somebody_has_added_is_left_to_ollama(line: str) -> None:
    """A part of it would be another model."""
    assert recipe_of(f"{modelfile_text('m', Setting(1, 8192))}{line}\n") is None


def test_without_a_model_there_is_nothing_to_make() -> None:
    """An empty file, or parameters alone."""
    assert recipe_of("") is None
    assert recipe_of("PARAMETER num_ctx 4096\n") is None
