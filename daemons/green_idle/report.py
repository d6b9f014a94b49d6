# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from green_common.errors import GreenError
from green_common.gpu import Unopened
from green_common.logs import Log
from green_idle.actions import Cause, LeaveAlone, Raise, Release, Tell
from green_idle.hold import Saving
from green_idle.resting import RestClocks

OWN_EVENTS = {
    Cause.BYPASS: "clocks.bypass",
    Cause.FOREIGN: "clocks.foreign",
    Cause.RIVAL: "clocks.rival",
    Cause.NOT_OBEYED: "clocks.not_obeyed",
    Cause.NOT_WORTH_IT: "clocks.not_worth_it",
}
CONSEQUENCE = {
    Cause.BYPASS: "somebody uses the GPU without green-proxy, so it stays awake until it is quiet again",
    Cause.FOREIGN: "that GPU stays awake while it does",
    Cause.RIVAL: "it is left to them, and its clocks stay up until green-idle is reloaded or restarted",
    Cause.NOT_OBEYED: "its clocks stay up for 10 minutes",
    Cause.NOT_WORTH_IT: "lowering its clocks does not pay, so they stay up until it is measured anew",
}


class Reporter:
    """Writes each event once, as a line and as fields; simulated watts say so."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self.simulated = simulated
        self._simulated = simulated or None
        self._mark = " (simulated)" if simulated else ""

    def lowered(self, locked: Mapping[str, RestClocks], before_w: float, epoch: int) -> None:
        clocks = ", ".join(sorted({f"{rest.sm_mhz} MHz" for rest in locked.values()}))
        rest = "rests" if len(locked) == 1 else "rest"
        say = f"{gpus(len(locked))} {rest} at {clocks}; {before_w:.1f} W before{self._mark}"
        self._log.info(
            "clocks.lowered",
            say=say,
            gpus=sorted(locked),
            rest_sm_clock_mhz=min(rest.sm_mhz for rest in locked.values()),
            power_before_w=round(before_w, 3),
            epoch=epoch,
            simulated=self._simulated,
        )

    def unopened(self, absent: Unopened) -> None:
        self._log.error(
            "clocks.gpu_unopened", say=f"left out until it is back: {absent.error}", gpu=absent.index
        )

    def lost(self, uuid: str, error: GreenError) -> None:
        say = f"lost, and looked for until it is back: {error}"
        self._log.error("clocks.gpu_lost", say=say, gpu=uuid, simulated=self._simulated)

    def found(self, uuid: str) -> None:
        self._log.info("clocks.gpu_found", say=f"{uuid} can be used", gpu=uuid, simulated=self._simulated)

    def saves(self, told: Tell) -> None:
        say = f"resting saves {told.saving.saved_w:.1f} W: {_watts(told.saving)}{self._mark}"
        self._log.info(
            "clocks.saving", say=say, gpu=told.gpu, **_fields(told.saving), simulated=self._simulated
        )

    def left_alone(self, seen: LeaveAlone) -> None:
        self._log.info(
            "clocks.left_alone",
            say=f"{seen.gpu} is left alone: it rests by itself at {seen.sm_clock_mhz} MHz, "
            f"{seen.power_w:.1f} W{self._mark}",
            gpu=seen.gpu,
            sm_clock_mhz=seen.sm_clock_mhz,
            power_w=round(seen.power_w, 3),
            simulated=self._simulated,
        )

    def released(self, wish: Release | Raise, took_ms: float, uuids: Sequence[str]) -> None:
        self._trouble(wish)
        write = self._log.debug if isinstance(wish, Raise) and wish.routine else self._log.info
        write(
            "clocks.released",
            say=f"clocks released in {took_ms:.2f} ms: {wish.detail}",
            gpus=sorted(uuids),
            cause=wish.cause.value,
            wake_ms=round(took_ms, 3),
            epoch=wish.epoch if isinstance(wish, Release) else None,
            simulated=self._simulated,
        )

    def slow(self, uuids: Sequence[str], wait_ms: int) -> None:
        say = f"the driver takes more than {wait_ms} ms to give clocks back; requests go on without"
        self._log.warning("clocks.slow", say=say, gpus=sorted(uuids), simulated=self._simulated)

    def not_lowered(self, uuid: str, error: GreenError) -> None:
        say = f"cannot lower clocks: {error}"
        self._log.error("clocks.not_lowered", say=say, gpu=uuid, simulated=self._simulated)

    def stuck(self, uuid: str) -> None:
        say = f"{uuid} works, and still runs low after a reset; its clocks are reset again every second"
        self._log.error("clocks.stuck", say=say, gpu=uuid, simulated=self._simulated)

    def recovered(self, uuids: Sequence[str]) -> None:
        say = f"gave back the clocks of {gpus(len(uuids))} that an earlier green-idle had lowered"
        self._log.warning("clocks.recovered", say=say, gpus=uuids, simulated=self._simulated)

    def not_recovered(self, error: GreenError) -> None:
        say = f"a GPU whose clocks may be low is lost; they are given back when it is found: {error}"
        self._log.error("clocks.not_recovered", say=say, simulated=self._simulated)

    def unshown(self, error: GreenError) -> None:
        self._log.warning("state.unshown", say=str(error))

    def _trouble(self, wish: Release | Raise) -> None:
        event = OWN_EVENTS.get(wish.cause)
        if event:
            fields = _fields(wish.saving) if wish.saving else {}
            say = f"{wish.detail}{self._mark}: {CONSEQUENCE[wish.cause]}"
            self._log.warning(event, say=say, **fields, simulated=self._simulated)


def gpus(count: int) -> str:
    return f"{count} GPU" if count == 1 else f"{count} GPUs"


def _fields(saving: Saving) -> dict[str, float]:
    return {
        "power_before_w": round(saving.before_w, 3),
        "power_held_w": round(saving.held_w, 3),
        "saving_w": round(saving.saved_w, 3),
        "noise_w": round(saving.noise_w, 3),
    }


def _watts(saving: Saving) -> str:
    return f"{saving.before_w:.1f} W before, {saving.held_w:.1f} W now"
