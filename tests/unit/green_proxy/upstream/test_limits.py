# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The time limits of a request."""

from __future__ import annotations

import pytest

from green_proxy.fault import Fault, UpstreamLost
from green_proxy.upstream.limits import Limits, overdue

LIMITS = Limits(connect_s=5, first_byte_s=30, between_s=10, total_s=100)


@pytest.mark.parametrize(
    ("now_s", "answered", "key"),
    [(30, False, "proxy.first_token_timeout_s"), (10, True, "proxy.token_timeout_s")],
)
def test_silence(now_s: float, answered: bool, key: str) -> None:
    """What is waited for decides how long; the text names the key."""
    before = overdue(LIMITS, now_s - 1, began_s=0, quiet_since_s=0, answered=answered)
    error = overdue(LIMITS, now_s, began_s=0, quiet_since_s=0, answered=answered)

    assert before is None
    assert key in str(error)


@pytest.mark.parametrize("answered", [True, False])
def test_a_request_as_a_whole(answered: bool) -> None:
    """However lively it is."""
    before = overdue(LIMITS, 99, began_s=0, quiet_since_s=99, answered=answered)
    error = overdue(LIMITS, 100, began_s=0, quiet_since_s=100, answered=answered)

    assert before is None
    assert "proxy.total_timeout_s" in str(error)


def test_before_the_head_the_client_gets_a_status() -> None:
    """After it there is only the broken stream."""
    before = overdue(LIMITS, 100, began_s=0, quiet_since_s=0, answered=False)
    after = overdue(LIMITS, 100, began_s=0, quiet_since_s=0, answered=True)

    assert isinstance(before, Fault)
    assert before.status == 504
    assert isinstance(after, UpstreamLost)


@pytest.mark.parametrize("answered", [True, False])
def test_zero_is_no_limit(answered: bool) -> None:
    """As the configuration says it."""
    assert overdue(Limits(), 1e9, began_s=0, quiet_since_s=0, answered=answered) is None
