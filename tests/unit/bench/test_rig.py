# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The processes of a measurement."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from rig import Rig, RigError


def test_a_process_that_ends_by_itself_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    """A measurement without its server measures nothing."""
    with Rig(tmp_path) as rig:
        rig.start("server", [sys.executable, "-c", "print('no such model'); raise SystemExit(3)"])

        with pytest.raises(RigError, match=r"server ended with 3\nno such model"):
            rig.wait_for_line("server", "listening", within_s=30)


def test_a_stopped_process_leaves_its_cpu_time(tmp_path: Path) -> None:
    """What the daemons themselves cost is part of the report."""
    busy = "import time\nwhile time.process_time() < 0.3: pass\nprint('ready', flush=True)\ntime.sleep(60)"
    with Rig(tmp_path) as rig:
        rig.start("daemon", [sys.executable, "-c", busy])
        rig.wait_for_line("daemon", "ready", within_s=60)

        rig.stop("daemon")

        assert rig.cpu_s["daemon"] >= 0.25
