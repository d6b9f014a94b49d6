# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal and `systemctl status` are told."""

from __future__ import annotations

from collections.abc import Mapping

from green_common.errors import GreenError
from green_common.gpu import Unopened
from green_common.logs import Log
from green_idle.actions import Cause, Release
from green_idle.hold import Saving
from green_idle.policy import Mode, Policy

OWN_EVENTS = {
    Cause.BYPASS: "clocks.bypass",
    Cause.RIVAL: "clocks.rival",
    Cause.NOT_OBEYED: "clocks.not_obeyed",
    Cause.NOT_WORTH_IT: "clocks.not_worth_it",
}
CONSEQUENCE = {
    Cause.BYPASS: "somebody uses the GPU without green-proxy, so it stays awake until it is quiet again",
    Cause.RIVAL: "it is left to them, and clocks stay up until green-idle is reloaded or restarted",
    Cause.NOT_OBEYED: "clocks stay up for 10 minutes",
    Cause.NOT_WORTH_IT: "lowering clocks does not pay here; they stay up for a day or until a reload",
}


class Reporter:
    """Writes each event once, as a line and as fields; simulated watts say so."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self.simulated = simulated
        self._simulated = simulated or None
        self._mark = " (simulated)" if simulated else ""

    def lowered(self, locked_mhz: Mapping[str, int], before_w: float, epoch: int) -> None:
        clocks = ", ".join(sorted({f"{mhz} MHz" for mhz in locked_mhz.values()}))
        say = f"{_gpus(len(locked_mhz))} rest at {clocks}; {before_w:.1f} W before{self._mark}"
        self._log.info(
            "clocks.lowered",
            say=say,
            gpus=sorted(locked_mhz),
            rest_sm_clock_mhz=min(locked_mhz.values()),
            power_before_w=round(before_w, 3),
            epoch=epoch,
            simulated=self._simulated,
        )

    def unopened(self, absent: Unopened) -> None:
        self._log.error("gpu.unopened", say=f"left out until a restart: {absent.error}", gpu=absent.index)

    def saves(self, saving: Saving) -> None:
        say = f"resting saves {saving.saved_w:.1f} W: {_watts(saving)}{self._mark}"
        self._log.info("clocks.saving", say=say, **_fields(saving), simulated=self._simulated)

    def released(self, release: Release, took_ms: float, gpus: list[str]) -> None:
        self._trouble(release)
        self._log.info(
            "clocks.released",
            say=f"clocks released in {took_ms:.2f} ms: {release.detail}",
            gpus=gpus,
            cause=release.cause.value,
            wake_ms=round(took_ms, 3),
            epoch=release.epoch,
            simulated=self._simulated,
        )

    def not_lowered(self, uuid: str, error: GreenError) -> None:
        say = f"cannot lower clocks: {error}"
        self._log.error("clocks.not_lowered", say=say, gpu=uuid, simulated=self._simulated)

    def stuck(self) -> None:
        say = "clocks were reset, and a GPU that works still runs low; resetting again every second"
        self._log.error("clocks.stuck", say=say, simulated=self._simulated)

    def recovered(self, uuids: list[str]) -> None:
        say = f"gave back the clocks of {_gpus(len(uuids))} that an earlier green-idle had lowered"
        self._log.warning("clocks.recovered", say=say, gpus=uuids, simulated=self._simulated)

    def _trouble(self, release: Release) -> None:
        event = OWN_EVENTS.get(release.cause)
        if event:
            fields = _fields(release.saving) if release.saving else {}
            say = f"{release.detail}{self._mark}: {CONSEQUENCE[release.cause]}"
            self._log.warning(event, say=say, **fields, simulated=self._simulated)

    def status(self, policy: Policy, locked_mhz: Mapping[str, int], at_s: float, trouble: str) -> str:
        if policy.mode is Mode.HELD and locked_mhz:
            return self._resting(policy, locked_mhz)
        if policy.is_paused(at_s):
            return f"awake, and {_pause(policy)}: {policy.paused_detail}"
        if policy.activity is None or not policy.activity.greeted or policy.cause is Cause.BEAT_LATE:
            reason = trouble or policy.detail
            return "awake: waiting for green-proxy's feed" + (f" ({reason})" if reason else "")
        return f"awake: {_awake(policy)}"

    def _resting(self, policy: Policy, locked_mhz: Mapping[str, int]) -> str:
        line = f"resting: {_gpus(len(locked_mhz))} at {min(locked_mhz.values())} MHz"
        saving = policy.hold.saving if policy.hold else None
        return f"{line}, saves {saving.saved_w:.0f} W{self._mark}" if saving else line


def _awake(policy: Policy) -> str:
    if policy.in_flight:
        return f"{policy.in_flight} in flight"
    if policy.rests_by_itself:
        return "the GPU rests by itself, nothing to lower"
    if policy.cause is Cause.REFUSED:
        return f"green-proxy refused a rest: {policy.detail}"
    if policy.cause is Cause.BYPASS:
        return f"{policy.detail}; rests after {policy.idle_after_s:g} s of quiet"
    return f"nothing in flight, rests after {policy.idle_after_s:g} s of quiet"


def _pause(policy: Policy) -> str:
    if policy.paused_for in (Cause.NOT_WORTH_IT, Cause.RIVAL):
        return "stays so"
    return "cannot lower clocks"


def _fields(saving: Saving) -> dict[str, float]:
    return {
        "power_before_w": round(saving.before_w, 3),
        "power_held_w": round(saving.held_w, 3),
        "saving_w": round(saving.saved_w, 3),
        "noise_w": round(saving.noise_w, 3),
    }


def _watts(saving: Saving) -> str:
    return f"{saving.before_w:.1f} W before, {saving.held_w:.1f} W now"


def _gpus(count: int) -> str:
    return f"{count} GPU" if count == 1 else f"{count} GPUs"
