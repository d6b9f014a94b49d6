# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What all tests share."""

from __future__ import annotations

import os

# Of a service manager under which the tests run, and of an Ollama that is set up on the machine.
AMBIENT = ("NOTIFY_SOCKET", "WATCHDOG_", "JOURNAL_STREAM", "INVOCATION_ID", "OLLAMA_", "GREEN_")
KEPT = ("GREEN_CACHE",)


def pytest_configure() -> None:
    """Daemons under test hear nothing of the environment that the tests happen to run in."""
    for name in tuple(os.environ):
        if name.startswith(AMBIENT) and name not in KEPT:
            del os.environ[name]
