# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told about calibration."""

from __future__ import annotations

from green_common.logs import Log
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict
from green_idle.calibration.verdicts import Subject


class CalibrationReporter:
    """Each thing once; simulated figures say so."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self._simulated = simulated or None
        self._mark = " (simulated)" if simulated else ""

    def visits(self, uuid: str, arm: Arm, share_done: float) -> None:
        if share_done:
            self._log.debug("calibration.visit", say=f"{uuid}: {arm.value}, {share_done:.0%} done", gpu=uuid)
            return
        say = f"measuring which clocks save power on {uuid}; a request interrupts it at once"
        self._log.info("calibration.started", say=say, gpu=uuid, simulated=self._simulated)

    def judged(self, uuid: str, verdict: Verdict, subject: Subject) -> None:
        self._log.info(
            "calibration.verdict",
            say=f"{uuid}: {verdict.in_words}{self._mark}",
            gpu=uuid,
            arm=verdict.arm.name.lower(),
            own_w=round(verdict.own_w, 3),
            rest_w=round(verdict.rest_w, 3),
            saving_w=round(verdict.saved_w, 3),
            noise_w=round(verdict.noise_w, 3),
            driver=subject.driver_version,
            simulated=self._simulated,
        )

    def forgotten(self, uuid: str) -> None:
        say = f"{uuid}: what its calibration found does not hold any more; it is measured again"
        self._log.warning("calibration.forgotten", say=say, gpu=uuid, simulated=self._simulated)

    def not_kept(self, trouble: str) -> None:
        self._log.warning("calibration.not_kept", say=trouble)
