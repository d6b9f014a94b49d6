# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How much of the time the windows of each GPU cover, and what lies between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_qwen.report.facts import Window

# Windows follow each other to the millisecond; clocks are set by a little now and then.
SLACK_S = 2.0


@dataclass(slots=True)
class Course:
    """The windows of one GPU, in the order in which they were written."""

    first_s: float
    last: Window
    covered_s: float
    holes: int = 0
    holes_s: float = 0.0


@dataclass(slots=True)
class Coverage:
    """Only the newest window of each GPU is kept."""

    courses: dict[tuple[str, str], Course] = field(default_factory=dict)
    repeated: int = 0

    def take(self, window: Window) -> bool:
        """False for one that has come before, as where a journal was copied twice."""
        course = self.courses.get((window.machine, window.gpu_uuid))
        if course is None:
            self.courses[window.machine, window.gpu_uuid] = Course(window.first_s, window, window.covered_s)
            return True
        if window == course.last:
            self.repeated += 1
            return False
        hole_s = window.first_s - course.last.last_s
        if hole_s > SLACK_S:
            course.holes += 1
            course.holes_s += hole_s
        course.covered_s += window.covered_s
        course.last = window
        return True

    @property
    def covered_s(self) -> float:
        """Of all GPUs together."""
        return sum(course.covered_s for course in self.courses.values())

    @property
    def span_s(self) -> float:
        """From each GPU's first window to its last, together."""
        return sum(course.last.last_s - course.first_s for course in self.courses.values())

    @property
    def holes(self) -> int:
        return sum(course.holes for course in self.courses.values())

    @property
    def holes_s(self) -> float:
        return sum(course.holes_s for course in self.courses.values())
