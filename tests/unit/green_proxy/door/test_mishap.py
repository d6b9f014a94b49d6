# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told of a fault of ours."""

from __future__ import annotations

import pytest
import structlog

from green_proxy.door.mishap import log_mishap


def test_a_fault_is_told_by_its_place_and_not_by_its_text() -> None:
    """The text may hold what a client wrote."""
    with pytest.raises(KeyError) as caught:
        raise KeyError("secret")
    with structlog.testing.capture_logs() as logs:
        log_mishap(caught.value, "the-id")

    (line,) = logs
    assert (line["event"], line["log_level"], line["request"]) == ("request.failed", "error", "the-id")
    assert "KeyError at " in line["say"]
    assert "secret" not in str(logs)
