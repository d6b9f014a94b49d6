# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Questions to green-telemetry on its live socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import quote

from green_common.errors import NotPermittedError, UnavailableError

TIMEOUT_S = 90.0
MAX_ANSWER_BYTES = 1 << 24


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class LiveSocket:
    """The live socket of a running green-telemetry."""

    def __init__(self, path: str) -> None:
        self._path = path

    def receipt(self, request: str) -> dict[str, Any] | None:
        """None where there is none. Raises UnavailableError, NotPermittedError."""
        status, content = self._get(f"/v1/receipts/{quote(request, safe='')}")
        return content if status == http.HTTPStatus.OK else None

    def _get(self, path: str) -> tuple[int, dict[str, Any]]:
        connection = _Connection(self._path)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            content: dict[str, Any] = json.loads(answer.read(MAX_ANSWER_BYTES))
        except PermissionError as error:
            raise NotPermittedError(
                f"{self._path}: only root and the group green-qwen may ask there: "
                "sudo usermod -aG green-qwen $USER, and log in again"
            ) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            text = f"{self._path}: green-telemetry does not answer there: {error}; is it running?"
            raise UnavailableError(text) from error
        finally:
            connection.close()
        return answer.status, content
