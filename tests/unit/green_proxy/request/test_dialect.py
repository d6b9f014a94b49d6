# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table of routes."""

from __future__ import annotations

from green_proxy.request.dialect import DIALECTS, dialect_of
from green_proxy.request.route import GENERATING


def test_every_generating_route_has_a_row() -> None:
    """And no row is for another."""
    assert set(DIALECTS) == GENERATING


def test_what_is_read_as_a_type_is_checked_for_it() -> None:
    """A key of the table that code relies on stands in the table of types too."""
    for path, dialect in DIALECTS.items():
        outside = () if dialect.in_options else (*dialect.caps, dialect.temperature, dialect.seed)
        read = {dialect.messages, dialect.prompt, dialect.system, dialect.tools, *outside}
        if dialect.kind in ("chat", "completion"):
            assert read - {""} <= set(dialect.types), path


def test_an_unknown_route_says_nothing() -> None:
    """Only the model's name is looked up."""
    assert dialect_of("/v2/whatever").kind == "other"
