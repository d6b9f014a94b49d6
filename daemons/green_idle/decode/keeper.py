# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The rim around the decode clock: the GPUs, their locks, the file of what was measured, and the journal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from green_common.config.schema import IdleConfig
from green_common.errors import UnavailableError
from green_common.feed.messages import FromProxy
from green_common.gpu import GpuError, GpuLostError, GpuPermissionError, GpuUnsupportedError
from green_common.logs import Log
from green_idle.actions import Cause, Raise
from green_idle.decode.clock import Cards, DecodeClock, Learned
from green_idle.decode.course import PACE, Pace
from green_idle.decode.knee import choose_candidates_mhz
from green_idle.decode.points import Points
from green_idle.decode.report import DecodeReporter
from green_idle.fleet import Fleet, Parts
from green_idle.hold import Hold, NotObeyed, Reading, Rival
from green_idle.readers import AGAIN_AFTER_S
from green_idle.resting import RestClocks

FILE = "decode.json"
LOOK_EVERY_S = 1.0
READINGS_A_VISIT = 12
RETRY_AFTER_S = 600.0


class DecodeKeeper:
    """Listens always, and touches no GPU unless idle.decode_clock is on."""

    def __init__(
        self, config: IdleConfig, parts: Parts, fleet: Fleet, log: Log, *, pace: Pace = PACE
    ) -> None:
        self._parts, self._fleet, self._levers = parts, fleet, parts.levers
        self._report = DecodeReporter(log, simulated=parts.gpus.simulated)
        self._config = config
        points = Points(Path(config.state) / FILE)
        self._clock = DecodeClock(points, most_slowdown_percent=config.decode_max_slowdown_percent, pace=pace)
        self._measure_every_s = pace.measured_s / READINGS_A_VISIT
        self._holds: dict[str, Hold] = {}
        self._mhz: int | None = None
        self._look_at_s = self._retry_at_s = -math.inf
        if config.decode_clock and points.trouble:
            self._report.not_kept(points.trouble)

    def configure(self, config: IdleConfig, at_s: float) -> None:
        self._raise(Cause.RELOAD, "the configuration was read anew", at_s)
        self._config, self._retry_at_s = config, -math.inf
        self._clock.found(None)
        self._clock.judge_anew(config.decode_max_slowdown_percent)

    def heard(self, message: FromProxy, at_s: float) -> None:
        """Take in one message of the feed; what needs full clocks gets them at once."""
        self._clock.heard(message, at_s)
        if self._holds and self._clock.wish(at_s).sm_clock_mhz is None:
            self._follow(at_s)

    def disconnected(self, detail: str, at_s: float) -> None:
        self._clock.lost(Cause.FEED_LOST, detail, at_s)
        self._follow(at_s)

    def stop(self, at_s: float) -> None:
        self._raise(Cause.STOP, "green-idle stops", at_s)

    def due_in_s(self, at_s: float) -> float:
        """When to turn at the latest."""
        if not self._config.decode_clock:
            return math.inf
        return max(self._clock.due_in_s(at_s), self._look_at_s - at_s)

    def turn(self, at_s: float) -> None:
        """What is due by the clock and by what the GPUs show; call it once the feed was heard."""
        if not self._config.decode_clock:
            return
        if at_s >= self._look_at_s and (self._holds or self._clock.is_steady(at_s)):
            self._look(at_s)
        elif self._holds.keys() - self._levers.locked.keys():
            self._clock.found(None)
        learned = self._clock.turn(at_s)
        if learned:
            self._keep(learned)
        self._follow(at_s)

    def shown(self, uuid: str) -> dict[str, object]:
        """What the state file says of a GPU while its clock is held here; nothing otherwise."""
        if uuid not in self._holds:
            return {}
        return {"state": "decoding", "cause": Cause.DECODED.value, "say": "only decoding goes on"}

    @property
    def status(self) -> str:
        """Empty where nothing is held."""
        mark = " (simulated)" if self._parts.gpus.simulated else ""
        measured = ", measuring what that saves" if self._clock.is_measuring else ""
        return f"decoding at {self._mhz} MHz{mark}{measured}" if self._holds else ""

    def _follow(self, at_s: float) -> None:
        wish = self._clock.wish(at_s)
        if wish.sm_clock_mhz == self._mhz:
            return
        if wish.sm_clock_mhz is None:
            self._raise(wish.cause, wish.detail, at_s)
        elif self._levers.restored.isdisjoint(self._clock.uuids):
            self._lower(wish.sm_clock_mhz, at_s)

    def _lower(self, mhz: int, at_s: float) -> None:
        wanted = {uuid: RestClocks(mhz) for uuid in self._clock.uuids}
        try:
            # A card that heat or its power limit holds lower is left alone.
            failed = self._levers.lock(wanted, only_above=not self._holds)
        except UnavailableError as error:
            self._report.not_lowered(error)
            self._retry_at_s = at_s + RETRY_AFTER_S
            self._give_up(Cause.GPU_ERROR, str(error), at_s)
            return
        self._holds = {uuid: Hold(mhz, (), at_s) for uuid in wanted if uuid in self._levers.locked}
        self._mhz = mhz if self._holds else None
        # A lock is read back at once.
        self._look_at_s = at_s
        for uuid, refusal in failed.items():
            self._could_not(uuid, refusal, at_s)
        if self._holds:
            self._report.lowered(sorted(self._holds), mhz)

    def _could_not(self, uuid: str, error: GpuError, at_s: float) -> None:
        self._give_up(Cause.GPU_ERROR, str(error), at_s)
        if isinstance(error, GpuLostError):
            self._fleet.lose(uuid, error, at_s)
            return
        self._parts.report.not_lowered(uuid, error)
        final = isinstance(error, GpuPermissionError | GpuUnsupportedError)
        self._fleet.wake_gpu(uuid, Cause.CANNOT if final else Cause.GPU_ERROR, str(error), at_s)

    def _give_up(self, cause: Cause, detail: str, at_s: float, *, leave: str | None = None) -> None:
        self._clock.found(None)
        self._raise(cause, detail, at_s, leave=leave)

    def _raise(self, cause: Cause, detail: str, at_s: float, *, leave: str | None = None) -> None:
        held, self._holds, self._mhz = self._holds, {}, None
        routine = cause in (Cause.REQUEST, Cause.DECODED)
        self._fleet.do(
            [Raise(uuid, cause, detail, leave=uuid == leave, routine=routine) for uuid in held], at_s
        )

    def _look(self, at_s: float) -> None:
        self._look_at_s = at_s + (self._measure_every_s if self._clock.is_measuring else LOOK_EVERY_S)
        readings = self._fleet.read([uuid for uuid in self._parts.gpus.open if self._may(uuid, at_s)], at_s)
        if readings is None:
            self._look_at_s = at_s + AGAIN_AFTER_S
            return
        if self._judge([reading for reading in readings if reading.uuid in self._holds], at_s):
            return
        serving = [one for one in readings if one.served is not False and one.foreign_pid is None]
        if not self._clock.uuids:
            self._clock.found(self._cards([one for one in serving if one.busy_percent]))
            return
        # Those that decode were found before; between two steps a card may show no work.
        known = [reading for reading in serving if reading.uuid in self._clock.uuids]
        if len(known) < len(self._clock.uuids):
            self._clock.found(None)
            return
        power_w = sum(reading.power_w for reading in known)
        self._clock.saw(power_w, max(reading.sm_clock_mhz for reading in known), at_s)

    def _judge(self, held: Sequence[Reading], at_s: float) -> bool:
        """True where the clocks are not what we set, and so were given up."""
        for reading in held:
            finding = self._holds[reading.uuid].judge_clock(reading, at_s)
            if isinstance(finding, Rival):
                detail = f"{reading.uuid} was set to {finding.sm_clock_mhz} MHz by somebody else"
                self._give_up(Cause.RIVAL, detail, at_s, leave=reading.uuid)
                self._fleet.wake_gpu(reading.uuid, Cause.RIVAL, detail, at_s)
                return True
            if isinstance(finding, NotObeyed):
                detail = f"{reading.uuid} still runs at {finding.sm_clock_mhz} MHz: the driver did not obey"
                self._give_up(Cause.NOT_OBEYED, detail, at_s)
                self._fleet.wake_gpu(reading.uuid, Cause.NOT_OBEYED, detail, at_s)
                return True
        return False

    def _may(self, uuid: str, at_s: float) -> bool:
        """Not one whose clocks are on their way back, or that could not be lowered, or not for long."""
        rest = self._parts.policy.gpus.get(uuid)
        if rest is None or at_s < self._retry_at_s or self._levers.due_in_s < math.inf:
            return False
        return not rest.is_paused(at_s) or rest.paused_for is Cause.NOT_WORTH_IT

    def _cards(self, chosen: Sequence[Reading]) -> Cards | None:
        clocks: set[int] | None = None
        for reading in chosen:
            try:
                has_mhz = self._parts.gpus.open[reading.uuid].read_supported_sm_clocks_mhz()
            except GpuError:
                return None
            candidates = set(choose_candidates_mhz(has_mhz))
            clocks = candidates if clocks is None else clocks & candidates
        ceiling_mhz = self._config.restore_sm_clock_mhz or math.inf
        below = tuple(sorted((mhz for mhz in clocks or () if mhz < ceiling_mhz), reverse=True))
        uuids = tuple(sorted(reading.uuid for reading in chosen))
        return Cards(uuids, self._parts.gpus.driver_version, below) if below else None

    def _keep(self, learned: Learned) -> None:
        self._report.learned(learned)
        try:
            self._clock.points.save()
        except UnavailableError as error:
            self._report.not_kept(str(error))
