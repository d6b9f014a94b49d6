# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told about the decode clock; what happens with every long answer, at level debug."""

from __future__ import annotations

from collections.abc import Sequence

from green_common.errors import GreenError
from green_common.logs import Log
from green_idle.decode.clock import Learned


class DecodeReporter:
    """Each thing once; simulated figures say so."""

    def __init__(self, log: Log, *, simulated: bool) -> None:
        self._log = log
        self._simulated = simulated or None
        self._mark = " (simulated)" if simulated else ""

    def lowered(self, uuids: Sequence[str], sm_clock_mhz: int) -> None:
        say = f"only decoding goes on: {sm_clock_mhz} MHz"
        self._log.debug("decode.lowered", say=say, gpus=uuids, sm_clock_mhz=sm_clock_mhz)

    def learned(self, learned: Learned) -> None:
        if learned.is_done:
            self._found(learned)
            return
        point = learned.point
        self._log.debug(
            "decode.measured",
            say=f"{self._subject(learned)}: {self._figures(point.sm_clock_mhz, learned)}",
            sm_clock_mhz=point.sm_clock_mhz,
            pairs=len(point.pairs),
            simulated=self._simulated,
        )

    def not_kept(self, trouble: str) -> None:
        self._log.warning("decode.not_kept", say=trouble)

    def not_lowered(self, error: GreenError) -> None:
        self._log.error("decode.not_lowered", say=f"the clock stays up while decoding: {error}")

    def _found(self, learned: Learned) -> None:
        knee = learned.knee
        found = self._figures(knee.sm_clock_mhz, learned) if knee else "no lower clock saves within the bound"
        self._log.info(
            "decode.knee",
            say=f"{self._subject(learned)}: {found}",
            gpus=learned.subject.uuids,
            model=learned.subject.model,
            batch=learned.subject.batch,
            sm_clock_mhz=knee.sm_clock_mhz if knee else None,
            saved_percent=round(knee.saved_percent, 2) if knee else None,
            slowdown_percent=round(knee.slowdown_percent, 2) if knee else None,
            noise_percent=round(knee.noise_percent, 2) if knee else None,
            simulated=self._simulated,
        )

    def _figures(self, sm_clock_mhz: int, learned: Learned) -> str:
        point = learned.knee if learned.is_done and learned.knee else learned.point
        return (
            f"decoding at {sm_clock_mhz} MHz saves {point.saved_percent:.1f} % of a token's joules and takes "
            f"{point.slowdown_percent:.1f} % more time between tokens{self._mark}"
        )

    @staticmethod
    def _subject(learned: Learned) -> str:
        return f"{learned.subject.model}, up to {learned.subject.batch} at a time"
