# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Asks green-telemetry from inside the machine and prints status and body as JSON.

    live_client.py PATH            on the live socket
    live_client.py PATH tcp        over TCP
"""

from __future__ import annotations

import http.client
import json
import socket
import sys


def main(path: str, *how: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", 9838, timeout=30)
    if not how:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect("/run/green-telemetry/live.sock")
    connection.request("GET", path)
    answer = connection.getresponse()
    print(json.dumps({"status": answer.status, "body": answer.read().decode()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
