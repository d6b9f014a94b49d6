# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The question that goes on to green-telemetry."""

from __future__ import annotations

import pytest

from green_proxy.fault import Fault
from green_proxy.gateway.passed import MOST_ENTRIES, history_query


@pytest.mark.parametrize(
    ("asked", "goes_on"),
    [
        (b"", f"limit={MOST_ENTRIES}"),
        (b"limit=5&since=1", "limit=5&since=1"),
        (b"limit=99999999999999999999", f"limit={MOST_ENTRIES}"),
        (b"limit=", f"limit={MOST_ENTRIES}"),
        (b"limit=-1", "limit=-1"),
        (b"kind=receipt%7Cwindow&limit=1", "kind=receipt%7Cwindow&limit=1"),
        (b"kind=a%0d%0aX:1&limit=1", "kind=a%0D%0AX%3A1&limit=1"),
        (b"a=%ff&limit=1", "a=%EF%BF%BD&limit=1"),
    ],
)
def test_it_goes_on_with_a_bound(asked: bytes, goes_on: str) -> None:
    """What is wrong in it is telemetry's to say; nothing can leave the query."""
    assert history_query(b"/-/history?" + asked) == goes_on


def test_too_many_parameters() -> None:
    """400, before anybody is asked."""
    with pytest.raises(Fault) as refused:
        history_query(b"/-/history?" + b"&".join(b"a=1" for _ in range(17)))

    assert refused.value.status == 400
