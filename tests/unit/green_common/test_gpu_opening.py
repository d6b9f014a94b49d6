# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Opening several GPUs."""

from __future__ import annotations

import pytest

from green_common.gpu import GpuLostError, Unopened
from green_common.gpu.opening import open_each


def opener(*lost: int):  # type: ignore[no-untyped-def]
    def open_one(index: int) -> str:
        if index in lost:
            raise errors[index]
        return f"GPU {index}"

    errors = {index: GpuLostError(f"GPU {index} is lost") for index in lost}
    return open_one, errors


def test_one_that_is_lost_leaves_the_others() -> None:
    """It is named, with the reason."""
    open_one, errors = opener(1)

    assert open_each(3, open_one) == (("GPU 0", "GPU 2"), (Unopened(1, errors[1]),))


def test_where_all_are_lost_that_is_an_error() -> None:
    """The first one's."""
    open_one, _ = opener(0, 1)

    with pytest.raises(GpuLostError, match="GPU 0"):
        open_each(2, open_one)
