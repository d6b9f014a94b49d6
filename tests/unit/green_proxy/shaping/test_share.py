# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests of one client under way."""

from __future__ import annotations

import pytest

from green_proxy.fault import Fault
from green_proxy.shaping.share import COUNTED, Share


def test_one_more_than_allowed_is_refused() -> None:
    """With the time after which to try again."""
    share = Share()
    share.enter("anna", 1)

    with pytest.raises(Fault, match=r"at most 1 .*shaping.client_in_flight") as refused:
        share.enter("anna", 1)

    assert refused.value.status == 429
    assert refused.value.headers == ((b"Retry-After", b"1"),)
    assert share.counts == dict.fromkeys(COUNTED, 1)


def test_each_client_has_a_share_of_its_own() -> None:
    """One that asks for much keeps no other waiting."""
    share = Share()
    share.enter("anna", 1)

    share.enter("ben", 1)


def test_leaving_makes_room() -> None:
    """A refused one took none."""
    share = Share()
    share.enter("anna", 1)
    share.leave("anna")

    share.enter("anna", 1)


def test_no_limit_is_none() -> None:
    """As installed."""
    share = Share()

    for _ in range(1000):
        share.enter("anna", 0)
