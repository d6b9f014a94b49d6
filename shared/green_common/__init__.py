# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the three daemons share, and the only thing that they share."""

from __future__ import annotations

__version__ = "0.1.0"
