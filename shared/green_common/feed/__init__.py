# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The activity feed: what green-proxy tells green-telemetry and green-idle, and what they answer."""

from __future__ import annotations

from green_common.feed.codec import Envelope, FeedError, Unknown
from green_common.feed.reader import FeedConnection, connect

__all__ = ["Envelope", "FeedConnection", "FeedError", "Unknown", "connect"]
