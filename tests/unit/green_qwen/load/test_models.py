# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which model is measured where nobody names one."""

from __future__ import annotations

import pytest

from green_qwen.load.models import preferred


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["qwen3-green:latest", "llama3:8b", "qwen3:32b"], "qwen3:32b"),
        (["llama3:8b", "gemma3:4b"], "llama3:8b"),
        (["qwen3-green:latest"], "qwen3-green:latest"),
        (["qwen3-greenish:1b", "qwen3:32b"], "qwen3-greenish:1b"),
    ],
)
def test_the_first_qwen3_that_tune_has_not_made(names: list[str], chosen: str) -> None:
    """A second tune would else start from the choice of the first."""
    assert preferred(names) == chosen
