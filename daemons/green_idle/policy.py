# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
When clocks are lowered and when they go back: a state machine over the feed, the GPUs and the clock.

It touches nothing: each event comes with its time and returns what is to be done. There is one lease,
since green-proxy can't know which GPU a request will use; under it each GPU rests or not for itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from green_common.feed.messages import FromProxy, Granted, Refused
from green_idle.actions import (
    Action,
    Cause,
    Forget,
    Judged,
    LeaveAlone,
    Lower,
    Raise,
    Release,
    Tell,
    Visit,
)
from green_idle.calibration.arms import Arm
from green_idle.gpu_rest import GpuRest
from green_idle.hold import Finding, NotObeyed, Reading, Rival, Saving, Working
from green_idle.lease import Lease, Mode

COMPARE_BEFORE_S = 2.5


class Policy(Lease):
    """One lease for all GPUs; `cause` and `detail` say why it is in its mode, each GPU says it of itself."""

    def __init__(self, *, idle_after_s: float, first_epoch: int, rest_mhz: Mapping[str, int]) -> None:
        super().__init__(idle_after_s, first_epoch)
        self.gpus = {uuid: GpuRest(uuid, mhz) for uuid, mhz in rest_mhz.items()}

    @property
    def measured(self) -> frozenset[str]:
        """The GPUs that are calibrated just now."""
        return frozenset(gpu.uuid for gpu in self.gpus.values() if gpu.course and gpu.is_occupied)

    def due_in_s(self, at_s: float) -> float:
        """Seconds until a GPU's quiet has lasted long enough; infinite where nothing waits for it."""
        if not self._is_live(at_s) or self.in_flight:
            return math.inf
        return min((self._due_in_s(gpu, at_s) for gpu in self.gpus.values()), default=math.inf)

    def watched(self, at_s: float) -> list[str]:
        """The GPUs whose readings can matter now: in a quiet, and while clocks are held."""
        if self.mode is Mode.AWAKE and self.due_in_s(at_s) == math.inf:
            return []
        return [uuid for uuid, gpu in self.gpus.items() if gpu.is_occupied or not gpu.is_paused(at_s)]

    def wants_readings(self, at_s: float) -> bool:
        return bool(self.watched(at_s))

    def compares(self, at_s: float) -> bool:
        """True while readings should come densely, because power before and after is compared."""
        return any(self._compares(gpu, at_s) for gpu in self.gpus.values())

    def disconnected(self, reason: str, at_s: float) -> list[Action]:
        self.activity = None
        return self.wake(Cause.FEED_LOST, reason, at_s)

    def heard(self, message: FromProxy, at_s: float) -> list[Action]:
        """Take in one message of the feed."""
        if self.activity is None:
            return []
        active = self.activity.shown_by(message)
        self.activity = self.activity.after(message, at_s)
        if active:
            return self.wake(Cause.REQUEST, f"'{type(message).__name__.lower()}' on the feed", at_s)
        if isinstance(message, Granted):
            return self._granted(message.epoch, at_s)
        if isinstance(message, Refused) and self._is_asking(message.epoch):
            return self.wake(Cause.REFUSED, message.reason, at_s)
        return []

    def saw(self, readings: Iterable[Reading], at_s: float) -> list[Action]:
        """Take in readings that were made with nothing in flight on the feed."""
        return [action for one in readings for action in self._saw_one(self.gpus[one.uuid], one, at_s)]

    def sampled(self, uuid: str, power_w: float, at_s: float) -> list[Action]:
        """Take in one of the dense power samples of a calibration."""
        gpu = self.gpus[uuid]
        if not gpu.sampled(power_w, at_s) or gpu.course is None:
            return []
        verdict = gpu.course.verdict
        if verdict is None:
            return [self._visit(gpu)]
        gpu.judged(verdict)
        judged = Judged(uuid, verdict)
        if verdict.arm is not Arm.OWN:
            gpu.sets(measured=False)
            return [judged, Visit(self.epoch, uuid, verdict.arm)]
        return [judged, *self.wake_gpu(uuid, Cause.NOT_WORTH_IT, verdict.in_words, at_s)]

    def tick(self, at_s: float) -> list[Action]:
        """What is due by the clock alone; call it once every message that waited has been heard."""
        if self.activity is None:
            return []
        if late := self._late(at_s):
            return self.wake(*late, at_s)
        if self.mode is Mode.HELD:
            return self._use_hold(at_s)
        return self._ask(at_s) if self.mode is Mode.AWAKE and self._ready(at_s) else []

    def lowered(self, gpus: Iterable[str], at_s: float) -> None:
        """The clocks of these GPUs were set as asked."""
        for uuid in gpus:
            self.gpus[uuid].is_set(f"{self.idle_after_s:g} s of quiet", at_s)

    def wake(self, cause: Cause, detail: str, at_s: float) -> list[Action]:
        """Back to awake with every GPU, whatever the mode; a new quiet has to pass."""
        for gpu in self.gpus.values():
            if gpu.is_occupied or not gpu.is_paused(at_s):
                gpu.woke(cause, detail, at_s)
        self._quiet_since_s = at_s
        return self._release(Release(self.epoch, cause, detail), at_s)

    def wake_gpu(
        self, uuid: str, cause: Cause, detail: str, at_s: float, *, saving: Saving | None = None
    ) -> list[Action]:
        """One GPU is no good to rest, or not now; the others go on."""
        gpu = self.gpus[uuid]
        was_occupied = gpu.is_occupied
        gpu.woke(cause, detail, at_s)
        leave = cause is Cause.RIVAL
        if self.mode is Mode.HELD and self._is_occupied:
            return [Raise(uuid, cause, detail, leave=leave, saving=saving)] if was_occupied else []
        if self.mode is Mode.AWAKE or self._ready(at_s):
            return []
        left = uuid if leave else None
        return self._release(Release(self.epoch, cause, detail, leave=left, saving=saving), at_s)

    def without_memory(self, uuid: str) -> list[Action]:
        """Its memory clock can't be locked after all: that arm is left out."""
        gpu = self.gpus[uuid]
        gpu.not_offered(Arm.SM_AND_MEMORY)
        return [self._visit(gpu)]

    def calibrate(self) -> list[str]:
        """Measure anew, in the next quiet that green-proxy grants; returns the GPUs that can be."""
        wanted = [gpu for gpu in self.gpus.values() if len(gpu.arms) > 1]
        for gpu in wanted:
            gpu.measure_anew()
        return [gpu.uuid for gpu in wanted]

    def _use_hold(self, at_s: float) -> list[Action]:
        """Lower what is ready, measure what is due; without any GPU at rest the lease goes back."""
        ready = self._ready(at_s)
        visits = [gpu for gpu in ready if gpu.wants_course]
        visits += [gpu for gpu in self.gpus.values() if gpu.measures_now(at_s)]
        lower = [gpu for gpu in ready if gpu not in visits]
        for gpu in lower:
            gpu.sets(measured=False)
        actions: list[Action] = [self._visit(gpu) for gpu in visits]
        if lower:
            actions.insert(0, Lower(self.epoch, tuple(gpu.uuid for gpu in lower)))
        if actions or self._is_occupied:
            return actions
        return self.wake(Cause.RESTS, "no GPU is left to rest", at_s)

    def _visit(self, gpu: GpuRest) -> Visit:
        return Visit(self.epoch, gpu.uuid, gpu.sets(measured=True))

    def _saw_one(self, gpu: GpuRest, reading: Reading, at_s: float) -> list[Action]:
        gpu.latest = reading
        if reading.foreign_pid is not None:
            detail = f"process {reading.foreign_pid}, which is not the model server's, computes on it"
            return self.wake_gpu(gpu.uuid, Cause.FOREIGN, detail, at_s)
        if reading.served is False and gpu.is_occupied:
            return self.wake_gpu(gpu.uuid, Cause.UNUSED, "the model server has left it", at_s)
        if reading.busy_percent and self._is_bypass(at_s):
            detail = f"the GPU is {reading.busy_percent} % busy with nothing in flight"
            return self.wake_gpu(gpu.uuid, Cause.BYPASS, detail, at_s)
        finding = gpu.saw(reading, at_s)
        if finding:
            return self._judged(gpu, finding, at_s)
        if self._due_in_s(gpu, at_s) == 0 and gpu.begins_low():
            gpu.left_alone(f"it rests at {reading.sm_clock_mhz} MHz by itself", at_s)
            return [LeaveAlone(gpu.uuid, reading.sm_clock_mhz, reading.power_w)]
        return []

    def _judged(self, gpu: GpuRest, finding: Finding, at_s: float) -> list[Action]:
        if not isinstance(finding, Saving):
            return self.wake_gpu(gpu.uuid, *_reason(finding), at_s)
        if finding.pays:
            return [Tell(gpu.uuid, finding)]
        dropped: list[Action] = [Forget(gpu.uuid)] if gpu.doubt() else []
        detail = f"{finding.held_w:.1f} W at lowered clocks, {finding.before_w:.1f} W before"
        return [*dropped, *self.wake_gpu(gpu.uuid, Cause.NOT_WORTH_IT, detail, at_s, saving=finding)]

    @property
    def _is_occupied(self) -> bool:
        return any(gpu.is_occupied for gpu in self.gpus.values())

    def _ready(self, at_s: float) -> list[GpuRest]:
        if not self._is_live(at_s) or self.in_flight:
            return []
        gpus = self.gpus.values()
        return [gpu for gpu in gpus if self._due_in_s(gpu, at_s) == 0 and gpu.may_rest(at_s)]

    def _due_in_s(self, gpu: GpuRest, at_s: float) -> float:
        return gpu.due_in_s(self._quiet_since_s, self.idle_after_s, at_s)

    def _compares(self, gpu: GpuRest, at_s: float) -> bool:
        if gpu.is_occupied:
            return gpu.course is None and not (gpu.hold and gpu.hold.saving)
        live = self._is_live(at_s) and not self.in_flight
        return live and self._due_in_s(gpu, at_s) <= COMPARE_BEFORE_S and not gpu.rests_by_itself


def _reason(finding: NotObeyed | Rival | Working) -> tuple[Cause, str]:
    if isinstance(finding, NotObeyed):
        return Cause.NOT_OBEYED, (
            f"{finding.uuid} still runs at {finding.sm_clock_mhz} MHz: the driver did not obey"
        )
    if isinstance(finding, Rival):
        return Cause.RIVAL, f"{finding.uuid} was set to {finding.sm_clock_mhz} MHz by somebody else"
    detail = f"{finding.power_w:.1f} W with nothing in flight, {finding.held_w:.1f} W at rest"
    return Cause.BYPASS, detail
