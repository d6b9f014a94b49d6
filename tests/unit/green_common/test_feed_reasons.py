# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The reasons that the feed knows."""

from __future__ import annotations

from green_common.feed import reasons


def test_each_reason_has_its_name() -> None:
    """The type that is checked and the names that are used say the same."""
    named = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}

    assert named == reasons.REASONS
