# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Long base64 texts and their stand-ins."""

from __future__ import annotations

import base64
import random

import pytest

from green_proxy.request.cuts import PROBE_BYTES, cut, place_in_original, restore

RANDOM = random.Random(3)
IMAGE = base64.b64encode(RANDOM.randbytes(60_000))
OTHER = base64.b64encode(RANDOM.randbytes(60_001))


@pytest.mark.parametrize("prefix", [b"", b"data:image/png;base64,"])
def test_an_image_is_cut_out_and_put_back(prefix: bytes) -> None:
    """What stays is small; what comes back is the same."""
    body = b'{"images":["' + prefix + IMAGE + b'"],"model":"m"}'

    small, cuts = cut(body)

    assert len(small) < 200
    assert restore(small, cuts) == body


def test_several_images_each_have_their_own() -> None:
    """They keep their order."""
    body = b'{"images":["' + IMAGE + b'","' + OTHER + b'", "' + IMAGE + b'"]}'

    small, cuts = cut(body)

    assert len(cuts) == 2
    assert restore(small, cuts) == body


def test_equal_images_compare_equal_across_requests() -> None:
    """A stand-in is named by what it stands for."""
    first, _ = cut(b'{"a":"' + IMAGE + b'"}')
    second, _ = cut(b'{"a":"' + IMAGE + b'"}')
    different, _ = cut(b'{"a":"' + OTHER + b'"}')

    assert first == second
    assert first != different


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"' + b"word " * 20_000 + b'"}',
        b'{"a":"' + IMAGE + b'\\n"}',
        b'{"a":"' + IMAGE + b"\n" + b'"}',
        b'{"a":' + b" " * 100_000 + b'"b"}',
        b'{"a":[' + b"1," * 50_000 + b'"b"]}',
        b'{"a":"' + IMAGE,
        IMAGE + b'"',
        b"",
        b" " * 100_000,
    ],
)
def test_what_is_no_base64_text_stays(body: bytes) -> None:
    """Only what needs no further look may go unread."""
    assert cut(body) == (body, {})


@pytest.mark.parametrize("shift", range(0, 3 * PROBE_BYTES, 5000))
def test_it_is_found_wherever_it_stands(shift: int) -> None:
    """The probes need not fall together with it."""
    text = b'"' + b"x y," * (shift // 4) + b'",'
    body = b"[" + text + b'"' + IMAGE[: 2 * PROBE_BYTES] + b'",1]'

    small, cuts = cut(body)

    assert cuts
    assert restore(small, cuts) == body


def test_a_place_is_told_as_of_the_body_that_came() -> None:
    """A client looks for a mistake in its own body."""
    body = b'{"a":"' + IMAGE + b'","b":?}'

    small, cuts = cut(body)

    assert place_in_original(small, small.index(b"?"), cuts) == body.index(b"?")
