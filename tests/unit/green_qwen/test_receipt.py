# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen receipt`."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from green_common.errors import NotPermittedError, UnavailableError
from green_qwen import receipt as module
from green_qwen.__main__ import main
from green_qwen.live import LiveSocket
from green_qwen.receipt import find_receipt
from green_qwen.receipt.sheet import sheet_lines
from green_telemetry.views.snapshot import receipt_fields
from unit.green_telemetry.views.scene import RECEIPT, receipt


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the journal holds."""
    entries: list[dict[str, Any]] = []

    def read(query: Any) -> Iterator[dict[str, Any]]:
        return (entry for entry in entries if query.wants(entry))

    monkeypatch.setattr(module, "read_history", read)
    return entries


@pytest.fixture
def live(tmp_path: Path) -> Iterator[str]:
    """A live socket that knows one receipt and answers one question."""
    path = str(tmp_path / "live.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            known = b"/v1/receipts/r1 " in connection.recv(4096)
            body = json.dumps(receipt_fields(RECEIPT) if known else {"error": "none"}).encode()
            status = b"200 OK" if known else b"404 Not Found"
            length = b"Content-Length: %d" % len(body)
            connection.sendall(b"HTTP/1.1 " + status + b"\r\n" + length + b"\r\n\r\n" + body)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield path
    listener.close()


def test_the_running_daemon_is_asked_first(live: str, journal: list[Any]) -> None:
    """The journal is not read where it knows."""
    assert find_receipt("r1", live)["energy_j"] == 30.0


def test_what_the_daemon_does_not_know_the_journal_may(live: str, journal: list[Any]) -> None:
    """Of all receipts there the one that was asked for."""
    journal += [{"request": "r1"}, {"request": "r2", "energy_j": 7.0}]

    assert find_receipt("r2", live)["energy_j"] == 7.0


def test_without_a_daemon_the_journal_is_read(tmp_path: Path, journal: list[Any]) -> None:
    """It is the store."""
    journal.append({"request": "r1", "energy_j": 7.0})

    assert find_receipt("r1", str(tmp_path / "live.sock"))["energy_j"] == 7.0


def test_a_receipt_that_is_nowhere_is_an_error_with_the_reason(tmp_path: Path, journal: list[Any]) -> None:
    """Both places are named."""
    with pytest.raises(UnavailableError, match=r"(?s)no receipt of request r1.*live\.sock.*is it running"):
        find_receipt("r1", str(tmp_path / "live.sock"))


def test_who_may_not_ask_is_told_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group, and the command."""

    def refuse(_self: Any, _path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    with pytest.raises(NotPermittedError, match="usermod -aG green-qwen"):
        LiveSocket("/run/live.sock").receipt("r1")


def test_the_sheet_says_what_a_person_wants_to_know() -> None:
    """Energy by phase, how sure, tokens, how it was measured."""
    fields = receipt_fields(receipt(shared=3, partial=True)) | {"client": "anna", "ended_at": 0.0}

    lines = sheet_lines(fields)

    assert "energy      30.0 J ± 1.0 J, above the baseline" in lines
    assert "  decode    20.0 J" in lines
    assert "tokens      100 read, 50 written, 50.0 tokens/s, 1.400 tokens/s/W" in lines
    assert "client      anna" in lines
    assert lines[-1].endswith("by the GPU's energy counter, beside up to 3 others, not whole, simulated")


def test_what_was_not_measured_is_said() -> None:
    """Never zero."""
    lines = sheet_lines(receipt_fields(receipt(energy_j=None, uncertainty_j=None)))

    assert "energy      not measured: no GPU could be read meanwhile" in lines
    assert not any("decode" in line for line in lines)


def test_the_command_exits_as_sysexits_says(
    tmp_path: Path, journal: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 with a receipt, 69 without."""
    monkeypatch.setenv("GREEN_TELEMETRY_LIVE_SOCKET", str(tmp_path / "live.sock"))
    journal.append({"request": "r1", "energy_j": 7.0})

    assert main(["receipt", "r1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["energy_j"] == 7.0
    assert main(["receipt", "r2"]) == 69
