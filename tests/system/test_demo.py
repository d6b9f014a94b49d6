# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo where the package is installed."""

from __future__ import annotations

from system.server import Server

# Somebody who is in no group of ours.
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def test_anybody_can_run_the_demo(installed: Server) -> None:
    """From the package's own libraries, beside the installed services."""
    said = installed.machine.run(
        *NOBODY, "green-qwen", "demo", "--simulate", "--load-s=2", "--tune-s=8", timeout_s=120.0
    )

    assert "yield, tokens/s/W" in said
    assert "The books: counter" in said
