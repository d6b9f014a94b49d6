# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What systemctl tells of a unit."""

from __future__ import annotations

import os

from green_qwen.doctor.systemd import unit_of

TOLD = """\
MainPID=0
Environment=OLLAMA_NUM_PARALLEL=16 "OLLAMA_HOST=0.0.0.0:11434" PATH=/bin
LoadState=loaded
ActiveState=active
UnitFileState=enabled
DropInPaths=/etc/systemd/system/ollama.service.d/a.conf /etc/systemd/system/ollama.service.d/b.conf
NeedDaemonReload=yes
"""


def test_a_unit_is_read_with_its_environment() -> None:
    """Quoted as systemd quotes."""
    unit = unit_of("ollama.service", TOLD)

    assert unit.there and unit.needs_reload
    assert (unit.active, unit.enabled) == ("active", "enabled")
    assert unit.environ["OLLAMA_NUM_PARALLEL"] == "16"
    assert unit.environ["OLLAMA_HOST"] == "0.0.0.0:11434"
    assert len(unit.drop_ins) == 2


def test_the_environment_of_the_process_goes_before_the_units() -> None:
    """What an EnvironmentFile= sets is seen there alone."""
    unit = unit_of("x.service", TOLD.replace("MainPID=0", f"MainPID={os.getpid()}"))

    assert "OLLAMA_NUM_PARALLEL" not in unit.environ
    assert "PATH" in unit.environ


def test_an_unknown_unit_is_not_there() -> None:
    """systemctl tells of those too."""
    assert not unit_of("x.service", "LoadState=not-found\nActiveState=inactive\n").there
