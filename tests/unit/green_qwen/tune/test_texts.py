# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The files of a choice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from green_common.config import load_config
from green_qwen.tune.keep_alive import KeepAlive
from green_qwen.tune.setting import Setting
from green_qwen.tune.writing.texts import (
    argument_lines,
    drop_in_text,
    files_for,
    modelfile_text,
    proxy_text,
)

CHOICE = Setting(16, 8192, batch_tokens=2048, mmap=False, perf_boost=False, gpu_sampling=True)


def test_the_drop_in_sets_what_was_chosen() -> None:
    """And the keep-alive that follows from what was measured."""
    lines = drop_in_text(CHOICE, KeepAlive(120.0, 70.0, 5000.0, 100.0)).splitlines()

    assert "Environment=OLLAMA_NUM_PARALLEL=16" in lines
    assert "Environment=OLLAMA_KEEP_ALIVE=100s" in lines


def test_the_drop_in_can_be_told_from_an_edited_one() -> None:
    """By its last line, as the package's postrm looks at it."""
    *lines, last = drop_in_text(CHOICE, None).splitlines(keepends=True)

    assert last == f"# sha256 of the lines above: {hashlib.sha256(''.join(lines).encode()).hexdigest()}\n"


def test_the_modelfile_has_parameters_that_exist() -> None:
    """use_mmap, and not the recipe's no_mmap."""
    assert modelfile_text("qwen3:32b", CHOICE).splitlines()[1:] == [
        "FROM qwen3:32b",
        "PARAMETER num_ctx 8192",
        "PARAMETER num_batch 2048",
        "PARAMETER use_mmap false",
    ]


def test_the_proxy_takes_the_file_that_is_written_for_it(tmp_path: Path) -> None:
    """Its own reader says so."""
    text = next(
        text for place, text in files_for("o.service", "m", CHOICE, None).items() if place.suffix == ".toml"
    )
    (tmp_path / "green-qwen.toml").write_text(text)

    assert load_config(tmp_path / "green-qwen.toml", {}).config.shaping.slots == 16


def test_the_proxy_is_told_which_models_may_not_think(tmp_path: Path) -> None:
    """Its own reader says so, whatever characters their names have."""
    names = ('a "model":1', "qwen3-green")
    (tmp_path / "green-qwen.toml").write_text(proxy_text(CHOICE, names))

    assert load_config(tmp_path / "green-qwen.toml", {}).config.shaping.thinking_off_models == names


def test_without_consent_the_proxy_is_told_nothing_of_thinking() -> None:
    """The user's own word for it stands."""
    assert "thinking" not in proxy_text(CHOICE, ())


def test_llama_servers_arguments_are_those_of_its_command_line() -> None:
    """For who has no Ollama."""
    assert argument_lines(CHOICE)[0].endswith(
        "CUDA_DISABLE_PERF_BOOST=1 llama-server -np 16 -c 131072 -b 2048 -ub 2048 -lm none -bs"
    )
