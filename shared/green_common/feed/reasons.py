# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Why a request or a generation ended without its answer: all that `Cancelled.reason` can say.

Nothing here says that work was repeated: a generation is tried again only where the model server had not
begun it, and it stays the same generation.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

Reason = Literal[
    "client left",
    "superseded",
    "model server failed",
    "time limit",
    "load aborted",
    "refused",
    "green-proxy stopped",
    "green-proxy failed",
]
REASONS: frozenset[str] = frozenset(get_args(Reason))

CLIENT_LEFT: Final = "client left"
# A newer request of the conversation made the answer needless.
SUPERSEDED: Final = "superseded"
# It could not be reached, gave no answer or broke off.
SERVER_FAILED: Final = "model server failed"
# One of the proxy's own: for a body, for the first token, between tokens, for all of it, for a load.
TIME_LIMIT: Final = "time limit"
# A load on the proxy's own account, whatever ended it.
LOAD_ABORTED: Final = "load aborted"
# Malformed, over a limit, or no room: it was never forwarded.
REFUSED: Final = "refused"
STOPPED: Final = "green-proxy stopped"
FAILED: Final = "green-proxy failed"
