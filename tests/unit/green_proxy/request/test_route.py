# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which requests make the GPU work."""

from __future__ import annotations

import pytest

from green_proxy.request.route import generates


@pytest.mark.parametrize(
    "path",
    ["/api/chat", "/api/embed", "/v1/chat/completions", "/v1/messages", "/completion", "/v1/rerank"],
)
def test_posts_to_generating_routes_do(path: str) -> None:
    """These wake the GPU."""
    assert generates("POST", path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/chat"),
        ("OPTIONS", "/api/chat"),
        ("POST", "/api/show"),
        ("POST", "/api/chat/"),
        ("GET", "/"),
    ],
)
def test_everything_else_does_not(method: str, path: str) -> None:
    """Polls and preflights wake no GPU."""
    assert not generates(method, path)
