# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Units as `systemctl show` tells them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROPERTIES = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "Environment",
    "DropInPaths",
    "MainPID",
    "NeedDaemonReload",
)
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `environ` is that of its process where this user may read it, else what the unit sets."""

    name: str
    load: str
    active: str
    enabled: str
    environ: Mapping[str, str] = field(default_factory=dict)
    drop_ins: tuple[str, ...] = ()
    pid: int = 0
    needs_reload: bool = False

    @property
    def there(self) -> bool:
        return self.load == "loaded"


def read_unit(name: str) -> Unit | None:
    """None where no systemd can be asked."""
    found = shutil.which("systemctl", path="/usr/bin:/bin")
    if found is None:
        return None
    command = (found, "show", "--no-pager", f"--property={','.join(PROPERTIES)}", "--", name)
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    return unit_of(name, asked.stdout) if asked.returncode == 0 and asked.stdout else None


def unit_of(name: str, text: str) -> Unit:
    """From what systemctl printed."""
    told = dict(line.partition("=")[::2] for line in text.splitlines())
    pid = int(told.get("MainPID") or 0)
    return Unit(
        name=name,
        load=told.get("LoadState", ""),
        active=told.get("ActiveState", ""),
        enabled=told.get("UnitFileState", ""),
        environ=_environ_of(pid) or _environment(told.get("Environment", "")),
        drop_ins=tuple(shlex.split(told.get("DropInPaths", ""))),
        pid=pid,
        needs_reload=told.get("NeedDaemonReload") == "yes",
    )


def _environment(text: str) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in shlex.split(text))


def _environ_of(pid: int) -> dict[str, str]:
    """What an EnvironmentFile= sets is seen here alone; of others' processes only root may."""
    try:
        content = Path(f"/proc/{pid}/environ").read_text(errors="replace") if pid else ""
    except OSError:
        return {}
    return dict(word.partition("=")[::2] for word in content.split("\0") if word)
