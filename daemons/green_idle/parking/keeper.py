# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The rim around parking: the GPUs, the wall clock, the file and the journal."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from functools import partial

from green_common.config.schema import IdleConfig
from green_common.errors import UnavailableError
from green_common.feed.messages import FromProxy, Park, Parked, ParkRefused
from green_common.gpu import Gpu, GpuError, GpuUnsupportedError
from green_common.logs import Log
from green_idle.parking.attendant import Attendant
from green_idle.parking.learned import LearnedFile
from green_idle.parking.load_meter import LoadMeter
from green_idle.parking.quiet import Glance, When
from green_idle.parking.report import ParkingReporter
from green_idle.readers import AGAIN_AFTER_S, Readers
from green_idle.watch import read

LOOK_EVERY_S = 1.0
# Long after the last change, a look is for a model that leaves by itself, or comes back past us.
LOOK_SELDOM_S = 15.0
CHANGE_S = 40.0
SAVE_EVERY_S = 60.0
# The unload itself works on the GPU, and utilisation shows it for a while.
UNLOAD_LAG_S = 3.0


class Keeper:
    """Learns from every quiet and every load; asks for an unload only where idle.park is on."""

    def __init__(
        self, config: IdleConfig, gpus: Collection[Gpu], readers: Readers, log: Log, *, simulated: bool
    ) -> None:
        self._gpus = gpus
        self._readers = readers
        self._report = ParkingReporter(log, simulated=simulated)
        self._file = LearnedFile(config.state, [gpu.uuid for gpu in gpus], simulated=simulated)
        self._learned = self._file.load()
        if self._file.trouble:
            self._report.forgetful(self._file.trouble)
        self._attendant = Attendant(self._learned, park=config.park, idle_after_s=config.idle_after_s)
        self._meter = LoadMeter(self._read_energy_j)
        self._look_at_s = self._save_at_s = 0.0
        self._unloaded_at_s = float("-inf")
        self.configure(config)

    def configure(self, config: IdleConfig) -> None:
        self._attendant.park = config.park
        self._attendant.idle_after_s = config.idle_after_s
        self._learned.parking.least_s = config.park_min_s

    def connected(self, at_s: float) -> None:
        self._attendant.connected(at_s)
        self._meter.connected()

    def disconnected(self) -> None:
        self._attendant.disconnected()

    def unloading(self, at_s: float) -> bool:
        """True while the GPU may show the work of an unload that we asked for."""
        quiet = self._attendant.quiet
        asked = quiet is not None and quiet.asked_at_s is not None
        return asked or at_s - self._unloaded_at_s < UNLOAD_LAG_S

    def heard(self, message: FromProxy, at_s: float) -> Parked | None:
        """Take in one message of the feed; returned where a model has gone at our wish."""
        load = self._meter.heard(message, at_s)
        if load:
            self._learned.prices.loaded(*load)
            self._learned.is_new = True
        answer = self._attendant.heard(message, at_s)
        if isinstance(answer, ParkRefused):
            self._report.refused(answer)
        elif isinstance(answer, Parked) and (quiet := self._attendant.quiet):
            self._unloaded_at_s = at_s
            self._report.parked(quiet, at_s - quiet.began_s)
            return answer
        return None

    def turn(self, at_s: float, *, look: bool = True) -> Park | None:
        """Look at the GPUs where that is due and wanted; returns what is to be sent."""
        if look:
            self._look(at_s)
        now = time.localtime()
        due = self._attendant.tick(at_s, When(now.tm_hour, time.strftime("%Y-%m-%d", now)))
        if isinstance(due, ParkRefused):
            self._report.refused(due)
        if self._attendant.quiet and at_s >= self._save_at_s:
            self._save_at_s = at_s + SAVE_EVERY_S
            self.save()
        return due if isinstance(due, Park) else None

    def status(self, at_s: float) -> str:
        """Empty where no model is parked."""
        quiet = self._attendant.quiet
        return self._report.status(quiet, at_s - quiet.began_s if quiet else 0.0)

    def save(self) -> None:
        if not self._learned.is_new:
            return
        try:
            self._file.save(self._learned)
        except UnavailableError as error:
            if self._attendant.park:
                self._report.forgetful(str(error))

    def _look(self, at_s: float) -> None:
        quiet = self._attendant.quiet
        if quiet is None or at_s < self._look_at_s:
            return
        self._look_at_s = at_s + (LOOK_EVERY_S if at_s - quiet.settled_s < CHANGE_S else LOOK_SELDOM_S)
        answers = self._readers.read({gpu.uuid: partial(_glance, gpu) for gpu in self._gpus})
        if answers is None:
            self._look_at_s = at_s + AGAIN_AFTER_S
            return
        glances = [answer for answer in answers.values() if isinstance(answer, Glance)]
        if len(glances) < len(self._gpus):
            # The policy reads the same cards and says what is wrong with them.
            return
        self._attendant.saw(_together(glances), at_s)
        prices = self._learned.prices
        self._report.learned(quiet.model, prices.tariff(quiet.model), prices)

    def _read_energy_j(self) -> float | None:
        try:
            return sum(gpu.read_energy_j() for gpu in self._gpus)
        except GpuUnsupportedError as error:
            if self._attendant.park:
                self._report.unmeasurable(error)
        except GpuError:
            pass
        return None


def _glance(gpu: Gpu) -> Glance:
    """Raises GpuError."""
    reading = read(gpu)
    return Glance(reading.power_w, busy=reading.busy_percent > 0, empty=not _computes(gpu))


def _together(glances: Sequence[Glance]) -> Glance:
    return Glance(
        sum(glance.power_w for glance in glances),
        busy=any(glance.busy for glance in glances),
        empty=all(glance.empty for glance in glances),
    )


def _computes(gpu: Gpu) -> bool:
    try:
        return bool(gpu.read_compute_pids())
    except GpuUnsupportedError:
        # Then only the proxy's word tells of a model that has gone.
        return True
