# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server behind TLS."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from green_proxy.fault import Fault
from green_proxy.headers import Headers
from green_proxy.upstream.answer import Flow
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.server import Upstream

BODY = b"hello " * 200_000

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


class Reader:
    """An answer that is read with a pause."""

    def __init__(self) -> None:
        self.body = b""
        self.flow: Flow | None = None

    def begin(self, flow: Flow) -> None:
        self.flow = flow

    def head(self, status: int, headers: Headers) -> None:
        assert status == 200

    def chunk(self, data: bytes) -> None:
        self.body += data
        if self.flow is not None:
            self.flow.pause()
            asyncio.get_running_loop().call_soon(self.flow.resume)

    def end(self) -> None: ...


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of a server of one's own, in one file."""
    path = tmp_path / "server.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", path, "-out", tmp_path / "crt"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "crt").read_bytes())
    return path


async def get(certificate: Path) -> bytes:
    """Fetch twice over one connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    upstream = Upstream(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    try:
        for _ in range(2):
            answer = Reader()
            await upstream.send("GET", b"/", [(b"host", upstream.host)], None, answer, Limits())
        return answer.body
    finally:
        await upstream.close()
        listening.close()


def test_a_trusted_certificate(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted is what the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert asyncio.run(get(certificate)) == BODY


def test_a_strange_certificate(certificate: Path) -> None:
    """The text says what is wrong with it."""
    with pytest.raises(Fault, match="self-signed certificate") as raised:
        asyncio.run(get(certificate))

    assert raised.value.status == 503
