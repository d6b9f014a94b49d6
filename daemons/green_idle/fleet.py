# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The GPUs in the hands of the policy: its wishes are carried out, and it is told what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from green_common.errors import GreenError, UnavailableError
from green_common.feed.messages import FromReader, Hold, Released
from green_common.gpu import Gpu, GpuError, GpuLostError, GpuPermissionError, GpuUnsupportedError
from green_idle.actions import (
    Action,
    Ask,
    Cause,
    Decline,
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
from green_idle.calibration.calibrator import Calibrator
from green_idle.clocks import LOCKED_WITHIN_S
from green_idle.giving_back import GivingBack
from green_idle.gpu_rest import GpuRest, Part
from green_idle.gpus import Gpus
from green_idle.hold import Reading
from green_idle.levers import Levers
from green_idle.policy import Policy
from green_idle.report import Reporter
from green_idle.resting import Choice, RestClocks
from green_idle.watch import Watch

Send = Callable[[FromReader, float], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a fleet works with."""

    policy: Policy
    gpus: Gpus
    levers: Levers
    watch: Watch
    calibrator: Calibrator
    report: Reporter


class Fleet:
    """`fatal` is set where clocks can't be given back: then this process has to end."""

    def __init__(self, parts: Parts, send: Send) -> None:
        self._policy, self._gpus, self._levers = parts.policy, parts.gpus, parts.levers
        self._watch, self._calibrator, self._report = parts.watch, parts.calibrator, parts.report
        self._send = send
        self.rests: dict[str, RestClocks] = {}
        self.wait_ms = 0
        # A lock is read back at once.
        self.has_lowered = False
        self.fatal: GreenError | None = None

    def rest_at(self, choice: Choice, *, calibrate: bool) -> None:
        """From now on; what was measured at these clocks counts, else it is measured."""
        now_s = time.monotonic()
        for uuid, clocks in choice.rests.items():
            rest = self._policy.gpus.setdefault(uuid, GpuRest(uuid, clocks.sm_mhz))
            rest.rests_at(clocks.sm_mhz)
            self.rests[uuid] = clocks
            if calibrate:
                self._calibrator.prepare(rest, clocks, self._gpus.driver_version, now_s)
        for uuid, error in choice.cannot.items():
            if isinstance(error, GpuLostError):
                self.lose(uuid, error, now_s)
                continue
            self._policy.gpus.setdefault(uuid, GpuRest(uuid, 0))
            self._report.not_lowered(uuid, error)
            self.wake_gpu(uuid, Cause.CANNOT, str(error), now_s)

    def do(self, actions: Iterable[Action], at_s: float) -> None:
        for action in actions:
            # The first is what requests wait for.
            if isinstance(action, Release | Raise):
                self._give_back(action, at_s)
            elif isinstance(action, Lower):
                self._lower(action, at_s)
            elif isinstance(action, Visit):
                self._visit(action, at_s)
            elif isinstance(action, Ask):
                self._send(Hold(action.epoch), at_s)
            elif isinstance(action, Decline):
                self._send(Released(action.epoch), at_s)
            else:
                self._say(action)

    def wake(self, cause: Cause, detail: str, at_s: float) -> None:
        self.do(self._policy.wake(cause, detail, at_s), at_s)

    def wake_gpu(self, uuid: str, cause: Cause, detail: str, at_s: float) -> None:
        self.do(self._policy.wake_gpu(uuid, cause, detail, at_s), at_s)

    def follow_up(self, at_s: float) -> None:
        """What has come of calls that were late, and of the search for lost GPUs, is not waited for."""
        try:
            done = self._levers.late(at_s)
        except GpuError as error:
            self.fatal = error
            return
        for giving in done:
            self._is_back(giving, at_s)

    def read(self, uuids: Iterable[str], at_s: float) -> list[Reading] | None:
        """Of those that can be read; the others are dealt with. None where something urgent came first."""
        answers = self._watch.read(uuids, at_s)
        if answers is None:
            return None
        for uuid, answer in answers.items():
            if isinstance(answer, GpuLostError):
                self.lose(uuid, answer, at_s)
            elif isinstance(answer, GpuError):
                self.wake_gpu(uuid, Cause.GPU_ERROR, str(answer), at_s)
        return [answer for answer in answers.values() if isinstance(answer, Reading)]

    def sample(self, at_s: float) -> None:
        """Take in the dense readings of a calibration, and go on with them while it is measured."""
        sampling = self._calibrator.sampling
        for uuid, power_w, sampled_at_s in sampling.read():
            if uuid in self._policy.gpus:
                self.do(self._policy.sampled(uuid, power_w, sampled_at_s), at_s)
        if sampling.ended:
            sampling.ended = False
            for uuid in self._policy.measured:
                self.wake_gpu(uuid, Cause.GPU_ERROR, "its power can't be sampled", at_s)
        sampling.want(self._policy.measured)

    def lose(self, uuid: str, error: GpuError, at_s: float) -> None:
        """The others go on without it."""
        if uuid not in self._gpus.open:
            return
        self._gpus.lose(uuid, at_s)
        self._levers.forget(uuid)
        self._watch.forget(uuid)
        self._report.lost(uuid, error)
        if uuid in self._policy.gpus:
            self.wake_gpu(uuid, Cause.LOST, str(error), at_s)

    def find(self, gpu: Gpu, at_s: float) -> bool:
        """It was lost, or is new; False where it is lost again at once."""
        self._report.found(gpu.uuid)
        try:
            self._levers.take_back(gpu, at_s)
        except GpuError as error:
            self.lose(gpu.uuid, error, at_s)
            return False
        if gpu.uuid in self._policy.gpus:
            self._policy.gpus[gpu.uuid].found()
        return True

    def _give_back(self, wish: Release | Raise, received_at_s: float) -> None:
        """The clocks first, and only once the driver has returned the word to the proxy."""
        giving = self._levers.give_back(wish, received_at_s, self.wait_ms)
        if giving:
            self._is_back(giving, received_at_s)

    def _is_back(self, giving: GivingBack, at_s: float) -> None:
        if giving.failed:
            # Saying 'released' would be a lie. The process ends, and what follows it resets again.
            self.fatal = next(iter(giving.failed.values()))
            return
        if isinstance(giving.wish, Release):
            self._send(Released(giving.wish.epoch), at_s)
        self._levers.follow(giving, time.monotonic())
        for uuid, error in giving.lost.items():
            self.lose(uuid, error, at_s)

    def _lower(self, action: Lower, at_s: float) -> None:
        # What was done for an action before this one may have ended the lease.
        gpus = [self._policy.gpus[uuid] for uuid in action.gpus]
        wanted = {gpu.uuid: self.rests[gpu.uuid].of(gpu.arm) for gpu in gpus if gpu.part is Part.SETTING}
        failed = self._lock(wanted, at_s, only_above=True)
        self._are_low(
            [uuid for uuid in wanted if uuid in self._levers.locked and uuid not in failed], action.epoch
        )
        for uuid in wanted.keys() - self._levers.locked.keys() - failed:
            self.wake_gpu(uuid, Cause.RESTS, "the GPU rests by itself", at_s)

    def _visit(self, action: Visit, at_s: float) -> None:
        rest = self._policy.gpus[action.gpu]
        if rest.part is not Part.SETTING:
            return
        if rest.course:
            self._calibrator.begins(action.gpu, action.arm, rest.course.share_done)
        if action.arm is Arm.OWN:
            if refusal := self._levers.unlock(action.gpu, LOCKED_WITHIN_S):
                self._could_not(action.gpu, refusal, at_s)
                return
        elif self._lock({action.gpu: self.rests[action.gpu].of(action.arm)}, at_s, only_above=False):
            return
        if rest.course:
            self._policy.lowered([action.gpu], time.monotonic())
        else:
            self._are_low([action.gpu], action.epoch)

    def _are_low(self, uuids: list[str], epoch: int) -> None:
        if not uuids:
            return
        self.has_lowered = True
        self._policy.lowered(uuids, time.monotonic())
        holds = [self._policy.gpus[uuid].hold for uuid in uuids]
        before_w = sum(hold.before_w for hold in holds if hold)
        self._report.lowered({uuid: self._levers.locked[uuid] for uuid in uuids}, before_w, epoch)

    def _lock(self, wanted: Mapping[str, RestClocks], at_s: float, *, only_above: bool) -> set[str]:
        """Those that could not be locked are dealt with."""
        try:
            failed = self._levers.lock(wanted, only_above=only_above)
        except UnavailableError as error:
            self.wake(Cause.GPU_ERROR, str(error), at_s)
            return set(wanted)
        for uuid, refusal in failed.items():
            self._could_not(uuid, refusal, at_s)
        return set(failed)

    def _could_not(self, uuid: str, error: GpuError, at_s: float) -> None:
        rest = self._policy.gpus[uuid]
        if isinstance(error, GpuUnsupportedError) and rest.arm is Arm.SM_AND_MEMORY:
            self.do(self._policy.without_memory(uuid), at_s)
        elif isinstance(error, GpuLostError):
            self.lose(uuid, error, at_s)
        else:
            self._report.not_lowered(uuid, error)
            final = isinstance(error, GpuPermissionError | GpuUnsupportedError)
            self.wake_gpu(uuid, Cause.CANNOT if final else Cause.GPU_ERROR, str(error), at_s)

    def _say(self, action: Tell | Judged | Forget | LeaveAlone) -> None:
        if isinstance(action, Tell):
            self._report.saves(action)
        elif isinstance(action, LeaveAlone):
            self._report.left_alone(action)
        elif isinstance(action, Judged):
            self._calibrator.judged(action.gpu, action.verdict)
        else:
            self._calibrator.forget(action.gpu)
