# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Questions to green-telemetry on its live socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from green_common.errors import NotPermittedError, UnavailableError

TIMEOUT_S = 90.0
# The slowest beat that can be configured, for a stream that somebody reads, is 10 s.
SILENT_S = 30.0
MAX_ANSWER_BYTES = 1 << 24
MAX_LINE_BYTES = 1 << 20


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class LiveSocket:
    """The live socket of a running green-telemetry; each call raises UnavailableError, NotPermittedError."""

    def __init__(self, path: str) -> None:
        self._path = path

    def receipt(self, request: str) -> dict[str, Any] | None:
        """None where there is none."""
        with self._asking(f"/v1/receipts/{quote(request, safe='')}", TIMEOUT_S) as answer:
            content: dict[str, Any] = json.loads(answer.read(MAX_ANSWER_BYTES))
        return content if answer.status == http.HTTPStatus.OK else None

    def stream(self) -> Iterator[dict[str, Any]]:
        """What happens, as it happens; ends when the other side ends it."""
        return self._lines("/v1/stream", SILENT_S)

    def history(self, **query: str) -> Iterator[dict[str, Any]]:
        """Entries of the journal, oldest first: kind, since, until and limit as in docs/monitoring.md."""
        return self._lines(f"/v1/history?{urlencode(query)}", TIMEOUT_S)

    def _lines(self, path: str, timeout_s: float) -> Iterator[dict[str, Any]]:
        with self._asking(path, timeout_s) as answer:
            if answer.status != http.HTTPStatus.OK:
                error = json.loads(answer.read(MAX_LINE_BYTES)).get("error")
                raise UnavailableError(f"{self._path}: green-telemetry says: {error}")
            while line := answer.readline(MAX_LINE_BYTES):
                yield json.loads(line)

    @contextlib.contextmanager
    def _asking(self, path: str, timeout_s: float) -> Iterator[http.client.HTTPResponse]:
        connection = _Connection(self._path, timeout_s)
        try:
            connection.request("GET", path)
            with connection.getresponse() as answer:
                yield answer
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
