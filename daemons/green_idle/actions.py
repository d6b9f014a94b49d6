# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the policy wants done, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from green_idle.hold import Saving


class Cause(enum.Enum):
    """Why clocks are not, or no longer, held."""

    START = "start"
    REQUEST = "request"
    FEED_LOST = "feed_lost"
    BEAT_LATE = "beat_late"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    BYPASS = "bypass"
    RIVAL = "rival"
    NOT_OBEYED = "not_obeyed"
    NOT_WORTH_IT = "not_worth_it"
    CANNOT = "cannot"
    LEFT_OUT = "left_out"
    RESTS = "rests"
    PARKED = "parked"
    GPU_ERROR = "gpu_error"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send `hold?`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Lower:
    """Lower the clocks: green-proxy has granted this epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Release:
    """Reset the clocks, then send `released`; a GPU in `leave` is left as a rival has set it."""

    epoch: int
    cause: Cause
    detail: str
    leave: str | None = None
    saving: Saving | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    """Send `released` for an epoch that was granted too late to be used."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Tell:
    """The hold has settled: say what it saves."""

    saving: Saving


Action = Ask | Lower | Release | Decline | Tell
