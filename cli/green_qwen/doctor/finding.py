# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a check has found."""

from __future__ import annotations

import dataclasses
import textwrap
from dataclasses import dataclass
from typing import Any

# Advice is for what is well and could be better.
OK, ADVICE, WARNING, UNKNOWN = "ok", "advice", "warning", "unknown"
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing; `mend` holds the commands that change it."""

    check: str
    state: str
    text: str
    mend: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        return self.state != WARNING

    def fields(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def finding_lines(finding: Finding) -> list[str]:
    """As a person reads it, the commands ready to be copied."""
    head = f"{finding.state:<8} {finding.check}: "
    lines = textwrap.wrap(head + finding.text, WIDTH, subsequent_indent=" " * 9, break_on_hyphens=False)
    return [*lines, *(f"             {command}" for command in finding.mend)]
