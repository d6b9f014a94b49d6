# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The audit: what is written to the journal, in which words, and how much of it."""

from __future__ import annotations

from green_telemetry.audit.audit import Audit

__all__ = ["Audit"]
