# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is looked up in a request's body."""

from __future__ import annotations

import pytest

from green_proxy.request.body import Ask, ask_of


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model": "qwen3:32b", "messages": []}', Ask("qwen3:32b")),
        (b'{"model": "m", "keep_alive": 0}', Ask("m", unloads=True)),
        (b'{"model": "m", "keep_alive": "5m"}', Ask("m")),
        (b'{"model": "m", "keep_alive": [0]}', Ask("m")),
        (b'{"model": 7}', Ask()),
        (b"[]", Ask()),
        (b"{", Ask()),
        (b"\xff\xfe", Ask()),
        (b"[" * 100_000, Ask()),
        (b"", Ask()),
    ],
)
def test_the_model_is_found_or_left_open(body: bytes, expected: Ask) -> None:
    """A body that makes no sense passes; the model server has the error for it."""
    assert expected == ask_of(body)
