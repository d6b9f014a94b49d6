# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Following green-idle to its verdict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from green_common.errors import UnavailableError
from green_qwen.idle_state import GpuClocks, IdleState
from green_qwen.tune import idle

ASKED_UNIX_S = 1000.0


def gpu(cause: str = "quiet", state: str = "calibrating", **fields: object) -> GpuClocks:
    return GpuClocks("GPU-a", 0, state, cause, "why", **fields)  # type: ignore[arg-type]


FOUND = gpu(state="resting", arm="sm", saved_w=50.0, own_w=124.0, found_unix_s=1100.0)
BEFORE = gpu(state="resting", arm="sm", saved_w=50.0, own_w=124.0, found_unix_s=900.0)


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (FOUND, "GPU 0: lowering the SM clock saves 50.0 W of 124.0 W"),
        (BEFORE, "GPU 0: waits for quiet (why)"),
        (gpu(progress=0.25), "GPU 0: measuring, 25% done"),
        (gpu("request", "awake"), "GPU 0: waits for quiet (why)"),
        (gpu("rests", "awake"), "GPU 0: not measured: why"),
        (
            gpu(arm="own", own_w=8.1, found_unix_s=1100.0),
            "GPU 0: its own clocks draw 8.1 W; lower ones save no more than chance",
        ),
    ],
)
def test_what_is_said_of_a_gpu(shown: GpuClocks, line: str) -> None:
    """A verdict counts from when it was asked for."""
    assert idle.line_of(shown, ASKED_UNIX_S, simulated=False) == line


def test_simulated_watts_are_marked() -> None:
    """In the line."""
    assert idle.line_of(FOUND, ASKED_UNIX_S, simulated=True).endswith("W (simulated)")


def test_it_is_followed_until_each_gpu_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """One measured, one that rests by itself."""
    monkeypatch.setattr("green_qwen.tune.idle.time.sleep", lambda _: None)
    steps: Iterator[GpuClocks] = iter([gpu("request", "awake"), gpu(progress=0.5), FOUND])
    said: list[str] = []

    last = idle.follow(
        lambda: IdleState("", False, (next(steps), gpu("rests", "awake"))), ASKED_UNIX_S, said.append
    )

    assert last.gpus[0] is FOUND
    assert "GPU 0: measuring, 50% done" in said
    assert all(idle.is_fine(one, ASKED_UNIX_S) for one in last.gpus)
    assert idle.as_json(last, ASKED_UNIX_S)["gpus"][0]["measured"] is True  # type: ignore[index]


def test_a_gpu_that_refuses_is_no_success() -> None:
    """It ends the wait all the same."""
    refused = gpu("cannot", "awake")

    assert idle.is_over(refused, ASKED_UNIX_S)
    assert not idle.is_fine(refused, ASKED_UNIX_S)


def test_an_end_of_green_idle_is_told() -> None:
    """Instead of waiting for ever."""
    with pytest.raises(UnavailableError, match="ended meanwhile"):
        idle.follow(lambda: None, ASKED_UNIX_S, lambda _: None)
