# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the policy wants done, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict
from green_idle.hold import Saving


class Cause(enum.Enum):
    """Why clocks are as they are: held for the first, else not or no longer held."""

    QUIET = "quiet"
    START = "start"
    REQUEST = "request"
    FEED_LOST = "feed_lost"
    BEAT_LATE = "beat_late"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    BYPASS = "bypass"
    FOREIGN = "foreign"
    UNUSED = "unused"
    RIVAL = "rival"
    NOT_OBEYED = "not_obeyed"
    NOT_WORTH_IT = "not_worth_it"
    CANNOT = "cannot"
    RESTS = "rests"
    PARKED = "parked"
    DECODED = "decoded"
    GPU_ERROR = "gpu_error"
    RELOAD = "reload"
    LOST = "lost"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send `hold?`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Lower:
    """Lower the clocks of these GPUs: green-proxy has granted this epoch."""

    epoch: int
    gpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """Set this GPU's clocks as this arm has them: green-proxy has granted this epoch, and it is measured."""

    epoch: int
    gpu: str
    arm: Arm


@dataclass(frozen=True, slots=True)
class Raise:
    """
    Reset the clocks of one GPU, while others rest on; with `leave` they stay as a rival has set them.

    What is `routine` happens with every long answer, and is no news.
    """

    gpu: str
    cause: Cause
    detail: str
    leave: bool = False
    saving: Saving | None = None
    routine: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Reset all clocks, then send `released`; a GPU in `leave` is left as a rival has set it."""

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
    """A GPU's hold has settled: say what it saves."""

    gpu: str
    saving: Saving


@dataclass(frozen=True, slots=True)
class Judged:
    """A GPU is measured: keep and say what that has shown."""

    gpu: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Forget:
    """What the calibration of a GPU had found does not hold any more."""

    gpu: str


@dataclass(frozen=True, slots=True)
class LeaveAlone:
    """A GPU is as low as we would set it without our help: say so, with what it draws."""

    gpu: str
    sm_clock_mhz: int
    power_w: float


Action = Ask | Lower | Visit | Raise | Release | Decline | Tell | Judged | Forget | LeaveAlone
