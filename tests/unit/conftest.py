# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What all unit tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is slow, and that is no fault of what is tested; each test has its own time limit.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
