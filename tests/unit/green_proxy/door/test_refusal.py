# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Errors as each client's library expects them."""

from __future__ import annotations

import json

import pytest

from green_proxy.door.refusal import error_body


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/chat", {"error": "no"}),
        ("/", {"error": "no"}),
        (
            "/v1/chat/completions",
            {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": 413}},
        ),
        ("/v1/messages", {"type": "error", "error": {"type": "request_too_large", "message": "no"}}),
    ],
)
def test_each_api_has_its_own_words(path: str, expected: object) -> None:
    """The route decides the shape."""
    assert expected == json.loads(error_body(path, 413, "no"))
