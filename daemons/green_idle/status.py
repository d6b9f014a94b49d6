# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What `systemctl status` shows: one line on all GPUs."""

from __future__ import annotations

from collections.abc import Mapping

from green_idle.actions import Cause
from green_idle.gpu_rest import GpuRest, State
from green_idle.lease import Mode
from green_idle.policy import Policy
from green_idle.report import gpus as count_gpus
from green_idle.resting import RestClocks


def status_line(
    policy: Policy, locked: Mapping[str, RestClocks], at_s: float, trouble: str, *, simulated: bool
) -> str:
    """`trouble` is the feed's."""
    calibrating = [gpu for gpu in policy.gpus.values() if gpu.state is State.CALIBRATING]
    others = [gpu for gpu in policy.gpus.values() if not gpu.is_occupied and gpu.is_paused(at_s)]
    if calibrating:
        return _calibrating(calibrating) + _apart(others)
    if policy.mode is Mode.HELD and locked:
        return _resting(policy, locked, " (simulated)" if simulated else "") + _apart(others)
    if others and len(others) == len(policy.gpus):
        return f"awake, and {_pause(others[0])}: {others[0].paused_detail}"
    if policy.activity is None or not policy.activity.greeted or policy.cause is Cause.BEAT_LATE:
        reason = trouble or policy.detail
        return "awake: waiting for green-proxy's feed" + (f" ({reason})" if reason else "")
    return f"awake: {_awake(policy, at_s)}{_apart(others)}"


def _calibrating(measured: list[GpuRest]) -> str:
    share = min(gpu.course.share_done if gpu.course else 1.0 for gpu in measured)
    return f"calibrating: {count_gpus(len(measured))}, {share:.0%} done"


def _resting(policy: Policy, locked: Mapping[str, RestClocks], mark: str) -> str:
    line = f"resting: {count_gpus(len(locked))} at {min(rest.sm_mhz for rest in locked.values())} MHz"
    holds = [policy.gpus[uuid].hold for uuid in locked if uuid in policy.gpus]
    savings = [hold.saving for hold in holds if hold and hold.saving]
    return f"{line}, saves {sum(saving.saved_w for saving in savings):.0f} W{mark}" if savings else line


def _apart(others: list[GpuRest]) -> str:
    return f"; {count_gpus(len(others))} not: {others[0].paused_detail}" if others else ""


def _awake(policy: Policy, at_s: float) -> str:
    if policy.in_flight:
        return f"{policy.in_flight} in flight"
    gpus = [gpu for gpu in policy.gpus.values() if not gpu.is_paused(at_s)]
    if gpus and all(gpu.rests_by_itself for gpu in gpus):
        return "the GPU rests by itself, nothing to lower"
    if policy.cause is Cause.REFUSED:
        return f"green-proxy refused a rest: {policy.detail}"
    for gpu in gpus:
        if gpu.cause in (Cause.BYPASS, Cause.FOREIGN, Cause.UNUSED):
            return f"{gpu.detail}; rests after {policy.idle_after_s:g} s of quiet"
    return f"nothing in flight, rests after {policy.idle_after_s:g} s of quiet"


def _pause(gpu: GpuRest) -> str:
    if gpu.paused_for in (Cause.NOT_WORTH_IT, Cause.RIVAL):
        return "stays so"
    return "cannot lower clocks"
