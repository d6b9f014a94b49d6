# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The rim around calibration: the sampling process, the verdicts' file, and who asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from green_common.config import Config
from green_common.errors import UnavailableError
from green_common.logs import Log
from green_idle.actions import Cause
from green_idle.calibration.arms import Arm
from green_idle.calibration.course import PACE, Pace
from green_idle.calibration.report import CalibrationReporter
from green_idle.calibration.sampling import Sampling
from green_idle.calibration.verdict import Verdict
from green_idle.calibration.verdicts import Kept, Subject, Verdicts
from green_idle.gpu_rest import REMEASURE_AFTER_S, GpuRest
from green_idle.resting import RestClocks

FILE = "verdicts.json"
# Whoever may write into the state folder asks by leaving it there.
REQUEST = "calibrate"


class Calibrator:
    """Keeps what was found by GPU, driver and clocks; `pace` is for tests that can't wait."""

    def __init__(self, config: Config, log: Log, *, simulated: bool, pace: Pace = PACE) -> None:
        self.sampling = Sampling(config.gpu)
        self.kept: dict[str, Kept] = {}
        self._folder = Path(config.idle.state)
        self._report = CalibrationReporter(log, simulated=simulated)
        self._verdicts = Verdicts(self._folder / FILE)
        self._subjects: dict[str, Subject] = {}
        self._pace = pace
        if self._verdicts.trouble:
            self._report.not_kept(self._verdicts.trouble)

    def prepare(self, gpu: GpuRest, rest: RestClocks, driver_version: str, at_s: float) -> None:
        """Give a GPU what was found of it, or the arms to be measured."""
        subject = Subject(gpu.uuid, driver_version, rest.sm_mhz, rest.memory_mhz)
        self._subjects[gpu.uuid] = subject
        gpu.arms, gpu.pace = rest.arms, self._pace
        kept = self._verdicts.find(subject)
        if kept is None:
            # What is known of other clocks or another driver does not hold.
            self.kept.pop(gpu.uuid, None)
            return
        self.kept[gpu.uuid] = kept
        gpu.judged(kept.verdict)
        if kept.verdict.arm is Arm.OWN:
            left_s = kept.at_unix_s + REMEASURE_AFTER_S - time.time()
            gpu.pause(Cause.NOT_WORTH_IT, kept.verdict.in_words, at_s + left_s)

    def judged(self, uuid: str, verdict: Verdict) -> None:
        self.kept[uuid] = kept = Kept(verdict, time.time())
        self._report.judged(uuid, verdict, self._subjects[uuid])
        self._try_to_save(lambda: self._verdicts.keep(self._subjects[uuid], kept))

    def forget(self, uuid: str) -> None:
        self.kept.pop(uuid, None)
        self._report.forgotten(uuid)
        self._try_to_save(lambda: self._verdicts.forget(self._subjects[uuid]))

    def begins(self, uuid: str, arm: Arm, share_done: float) -> None:
        self._report.visits(uuid, arm, share_done)

    def takes_request(self) -> bool:
        """True once for each time that somebody asked for a calibration."""
        try:
            (self._folder / REQUEST).unlink()
        except OSError:
            return False
        return True

    def close(self) -> None:
        self.sampling.close()

    def _try_to_save(self, save: Callable[[], None]) -> None:
        try:
            save()
        except UnavailableError as error:
            self._report.not_kept(str(error))
