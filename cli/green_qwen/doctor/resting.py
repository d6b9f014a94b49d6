# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-idle does with the clocks, and what its own measurement has shown."""

from __future__ import annotations

from collections.abc import Iterator

from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding
from green_qwen.idle_state import CALIBRATING, LOST, GpuClocks, IdleState

NAME = "resting clocks"
# Causes that don't pass by themselves, and what to do.
TROUBLES = {
    "rival": "somebody else has locked the clocks; once that is over:",
    "not_obeyed": "the driver does not obey:",
    "cannot": "the driver refuses:",
    "gpu_error": "the driver fails:",
    "no_answer": "green-proxy does not answer:",
}
MENDS = {"rival": "sudo systemctl reload green-idle", "no_answer": "systemctl status green-proxy"}


def judge_resting(state: IdleState | None) -> Iterator[Finding]:
    if state is None:
        yield Finding(NAME, UNKNOWN, "green-idle does not run, or does not tell")
        return
    mark = " (simulated)" if state.simulated else ""
    for gpu in state.gpus:
        yield _judge(gpu, mark)


def _judge(gpu: GpuClocks, mark: str) -> Finding:
    name = f"GPU {gpu.index}"
    if gpu.state == LOST:
        return Finding(NAME, WARNING, f"{name} is lost: {gpu.say}", ("nvidia-smi",))
    if gpu.cause in TROUBLES:
        text = f"{name} stays awake: {gpu.say}; {TROUBLES[gpu.cause]}"
        return Finding(NAME, WARNING, text, (MENDS.get(gpu.cause, "journalctl -u green-idle -n 50"),))
    if gpu.cause == "bypass":
        return Finding(NAME, WARNING, f"{name} stays awake: {gpu.say}", ("journalctl -u green-idle -n 50",))
    if gpu.state == CALIBRATING:
        done = "" if gpu.progress is None else f", {100 * gpu.progress:.0f} % done"
        return Finding(NAME, OK, f"{name}: which clocks save is being measured{done}")
    if gpu.arm == "own":
        return Finding(
            NAME, OK, f"{name}: lowering clocks saves nothing here, as measured; it rests by itself"
        )
    if gpu.saved_w is not None:
        return Finding(
            NAME, OK, f"{name}: lowering clocks saves {gpu.saved_w:.0f} W at rest, as measured here{mark}"
        )
    if gpu.saving_w is not None:
        return Finding(NAME, OK, f"{name}: its rest saves {gpu.saving_w:.0f} W{mark}")
    text = f"{name} is {gpu.state}: {gpu.say}; what resting saves was not measured yet"
    return Finding(NAME, ADVICE, text)
