# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated server's models."""

from __future__ import annotations

from pathlib import Path

from green_sim.ollama.models import Catalogue, Model


def test_parameters_are_told_as_a_line_each() -> None:
    """The name, then the value as a Modelfile has it."""
    card = Model("m:latest", {"num_ctx": 4096, "use_mmap": False}).card()

    assert [line.split() for line in card["parameters"].splitlines()] == [
        ["num_ctx", "4096"],
        ["use_mmap", "false"],
    ]


def test_a_file_keeps_models_over_a_restart(tmp_path: Path) -> None:
    """Those that were made, and not those that were removed."""
    before = Catalogue(["old"], tmp_path / "models.json")
    before.put(Model("new:latest", {"num_ctx": 4096}))
    before.drop(before.find("old"))

    after = Catalogue(["old"], tmp_path / "models.json")

    assert after.models == {"new:latest": Model("new:latest", {"num_ctx": 4096})}


def test_without_a_file_nothing_is_kept() -> None:
    """The usual simulation."""
    Catalogue(["old"]).put(Model("new:latest"))

    assert list(Catalogue(["old"]).models) == ["old:latest"]
