# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal and `systemctl status` are told about parking."""

from __future__ import annotations

import math

from green_common.errors import GreenError
from green_common.feed.messages import ParkRefused
from green_common.logs import Log
from green_idle.parking.prices import Prices
from green_idle.parking.quiet import Quiet
from green_idle.parking.tariff import Tariff


class ParkingReporter:
    """Each thing once; simulated figures say so."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self._simulated = simulated or None
        self._mark = " (simulated)" if simulated else ""
        self._refused: ParkRefused | None = None
        self._told: set[str] = set()

    def parked(self, quiet: Quiet, quiet_s: float) -> None:
        self._refused = None
        say = f"{quiet.model} was unloaded after {quiet_s:.0f} s of quiet"
        say += f": {self._tariff(quiet.tariff)}" if quiet.tariff else ", to learn what that saves"
        self._log.info("model.parked", say=say, model=quiet.model, simulated=self._simulated)

    def refused(self, refusal: ParkRefused) -> None:
        if refusal == self._refused:
            return
        self._refused = refusal
        say = f"{refusal.model} stays in memory: {refusal.reason}"
        self._log.info("model.park_refused", say=say, model=refusal.model, reason=refusal.reason)

    def learned(self, model: str, tariff: Tariff | None, prices: Prices) -> None:
        """Once a model: what its parking costs and saves."""
        if tariff is None or model in self._told:
            return
        self._told.add(model)
        watts = f"{prices.resident_w:.1f} W at rest with a model, {prices.absent_w:.1f} W without"
        say = f"{model}: {watts}{self._mark}; {self._tariff(tariff)}"
        self._log.info(
            "parking.measured",
            say=say,
            model=model,
            load_j=round(tariff.load_j, 1),
            saved_w=round(tariff.resident_w, 3),
            break_even_s=round(tariff.break_even_s, 1) if math.isfinite(tariff.break_even_s) else None,
            simulated=self._simulated,
        )

    def unmeasurable(self, error: GreenError) -> None:
        say = f"no model is parked, because its price can't be measured: {error}"
        self._once("parking.unmeasurable", say)

    def forgetful(self, trouble: str) -> None:
        self._once("parking.not_kept", trouble)

    def status(self, quiet: Quiet | None, quiet_s: float) -> str:
        if quiet is None or quiet.absent_at_s is None or not quiet.parked:
            return ""
        line = f"parked: {quiet.model} was unloaded, {quiet_s:.0f} s of quiet"
        return f"{line}, saves {quiet.tariff.resident_w:.0f} W{self._mark}" if quiet.tariff else line

    def _once(self, event: str, say: str) -> None:
        if say not in self._told:
            self._told.add(say)
            self._log.warning(event, say=say)

    def _tariff(self, tariff: Tariff) -> str:
        if not math.isfinite(tariff.break_even_s):
            return "unloading it saves nothing that could be measured"
        load = f"a load takes {tariff.load_j / 1000:.2f} kJ, a GPU without it {tariff.resident_w:.1f} W less"
        return f"{load}: even after {tariff.break_even_s:.0f} s{self._mark}"
