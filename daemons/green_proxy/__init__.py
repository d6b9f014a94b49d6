# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy before the model server: every path passes, and the feed says what is in flight."""

from __future__ import annotations
