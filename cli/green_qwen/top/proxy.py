# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-proxy's own account of itself, `/-/status`."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping

from green_common.config import split_address
from green_common.errors import NotPermittedError, UnavailableError
from green_qwen.top.reading import proxy_part
from green_qwen.top.view import ProxyPart

TIMEOUT_S = 1.0
MAX_BYTES = 1 << 16
KEY_VARIABLE = "GREEN_QWEN_KEY"
# Whoever listens on all addresses listens on loopback too.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def read_proxy(listen: str, environ: Mapping[str, str] = os.environ) -> ProxyPart:
    """Raises UnavailableError, NotPermittedError."""
    host, port = split_address(listen)
    key = environ.get(KEY_VARIABLE)
    connection = http.client.HTTPConnection(_LOOPBACK.get(host, host), port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/-/status", headers={"Authorization": f"Bearer {key}"} if key else {})
        with connection.getresponse() as answer:
            content = answer.read(MAX_BYTES)
        if answer.status == http.HTTPStatus.UNAUTHORIZED:
            raise NotPermittedError(f"green-proxy tells its queue to those with a key: {KEY_VARIABLE}=...")
        return proxy_part(json.loads(content))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, http.client.HTTPException) as error:
        raise UnavailableError(f"no green-proxy answers at {listen}") from error
    finally:
        connection.close()
