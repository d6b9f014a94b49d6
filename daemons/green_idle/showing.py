# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What others see of green-idle: the line of `systemctl status` and the state file, kept up to date."""

from __future__ import annotations

import math
import time

from green_common.errors import UnavailableError
from green_common.notify import Notifier
from green_idle.decode.keeper import DecodeKeeper
from green_idle.feed_link import FeedLink
from green_idle.fleet import Parts
from green_idle.parking.keeper import Keeper
from green_idle.shown import ShownFile, describe
from green_idle.status import status_line


class Showing:
    """Nothing is written where nothing has changed."""

    def __init__(
        self,
        parts: Parts,
        keeper: Keeper,
        decode: DecodeKeeper,
        link: FeedLink,
        notifier: Notifier,
        file: ShownFile,
    ) -> None:
        self._parts = parts
        self._keeper = keeper
        self._decode = decode
        self._link = link
        self._notifier = notifier
        self._file = file

    def status(self) -> str:
        policy, levers, now_s = self._parts.policy, self._parts.levers, time.monotonic()
        trouble, simulated = self._link.trouble, self._parts.report.simulated
        rest = status_line(policy, levers.locked, now_s, trouble, simulated=simulated)
        return self._keeper.status(now_s) or self._decode.status or rest

    def update(self) -> None:
        status, now_s = self.status(), time.monotonic()
        self._notifier.status(status)
        try:
            self._file.show(status, [self._gpu(uuid, now_s) for uuid in self._parts.policy.gpus])
        except UnavailableError as error:
            self._parts.report.unshown(error)

    def end(self) -> None:
        self._file.remove()

    def _gpu(self, uuid: str, now_s: float) -> dict[str, object]:
        parts = self._parts
        rest = parts.policy.gpus[uuid]
        retry_s = rest.paused_until_s if rest.is_paused(now_s) else math.inf
        times = {"since_unix_s": self._file.unix_s(rest.since_s), "retry_unix_s": self._file.unix_s(retry_s)}
        locked, kept = parts.levers.locked.get(uuid), parts.calibrator.kept.get(uuid)
        return describe(rest, parts.gpus.known[uuid], locked, kept) | times | self._decode.shown(uuid)
