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
            {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}},
        ),
        ("/v1/messages", {"type": "error", "error": {"type": "request_too_large", "message": "no"}}),
    ],
)
def test_each_api_has_its_own_words(path: str, expected: object) -> None:
    """The route decides the shape."""
    assert expected == json.loads(error_body(path, 413, "no"))


def test_anthropics_errors_name_the_request() -> None:
    """Theirs alone, and only where the error is the whole answer."""
    named = json.loads(error_body("/v1/messages", 400, "no", "5eed"))

    assert named["request_id"] == "5eed"
    assert "request_id" not in json.loads(error_body("/v1/messages", 400, "no"))
    assert error_body("/api/chat", 400, "no", "5eed") == error_body("/api/chat", 400, "no")
