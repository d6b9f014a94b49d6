# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The limit on images."""

from __future__ import annotations

import pytest

from green_proxy.fault import Fault
from green_proxy.request.call import read_call
from green_proxy.shaping.images import COUNTED, Images

TWO = read_call("/api/generate", b'{"prompt":"a","images":["A","B"]}')


def test_too_many_are_refused() -> None:
    """The text says how many, and where the limit stands."""
    images = Images()

    with pytest.raises(Fault, match=r"holds 2 images; at most 1 .*shaping.max_images") as refused:
        images.check(TWO, 1)

    assert refused.value.status == 400
    assert images.counts == dict.fromkeys(COUNTED, 1)


@pytest.mark.parametrize("max_images", [2, 0])
def test_as_many_as_allowed_pass(max_images: int) -> None:
    """0 is no limit."""
    Images().check(TWO, max_images)
