# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request that failed by our own fault."""

from __future__ import annotations

import traceback

from green_common.logs import get_log

# What the client is told.
OUR_FAULT = "a fault in green-proxy; its journal tells where"


def log_mishap(error: BaseException, request: str | None) -> None:
    """Say what and where, without the error's text, which may hold what a client wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    say = f"a request failed by a fault in green-proxy: {type(error).__name__}"
    get_log().error("request.failed", say=f"{say} at {frame.filename}:{frame.lineno}", request=request)
