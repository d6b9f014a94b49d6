# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The main job on a booted Debian, seen from outside the services."""

from __future__ import annotations

import json

import pytest

from system.machine import wait_for
from system.server import SERVICES, Entry, Server

PHASES = ("queued", "loading", "prefill", "decode")


def test_the_receipt_of_a_chat_is_in_the_journal_with_its_fields(server: Server) -> None:
    """journalctl -u green-telemetry -o json holds joules by phase, tokens and their yield."""
    answer = server.chat("What is a joule?")

    receipt = wait_for("the receipt", lambda: receipt_of(server, answer["request"]), 15.0)

    assert answer["parts"] > 2, "the answer came as a stream"
    assert receipt["GREEN_MODEL"] == "qwen3:32b"
    assert receipt["GREEN_OUTCOME"] == "finished"
    assert len(receipt["MESSAGE_ID"]) == 32
    told = json.loads(receipt["GREEN_RECEIPT"])
    assert told["output_tokens"] == answer["tokens"]
    assert told["prompt_tokens"] > 0
    assert told["energy_decode_j"] > 0
    assert told["tokens_per_s"] > 0
    assert told["tokens_per_s_per_w"] > 0
    assert told["uncertainty_j"] >= 0
    assert told["gpu_uuids"] == [server.gpu()["uuid"]]
    phases_j = sum(told[f"energy_{phase}_j"] for phase in PHASES)
    assert phases_j == pytest.approx(float(receipt["GREEN_ENERGY_J"]), abs=0.01)


def test_no_prompt_and_no_answer_reach_the_journal(server: Server) -> None:
    """The whole journal of all three services holds neither."""
    answer = server.chat("the word xylographically is not for anybody else")
    wait_for("the receipt", lambda: receipt_of(server, answer["request"]), 15.0)

    units = [option for service in SERVICES for option in ("-u", service)]
    journal = server.machine.run("journalctl", *units, "-o", "export")

    assert "xylographically" not in journal
    assert answer["text"] not in journal


def test_clocks_rest_after_ten_seconds_and_are_free_before_the_next_request_arrives(server: Server) -> None:
    """The lock is seen on the GPU, and the model server sees the next request without it."""
    server.chat("The last one for a while.")
    quiet = server.last_generation()
    rested = server.wait_for_lowered_clocks()

    server.chat("Good morning.")

    woken = server.last_generation()
    locked = [change for change in rested["history"] if change["action"] == "lock_sm"][-1]
    assert locked["at_monotonic_s"] - quiet["ended_monotonic_s"] >= 10.0
    assert rested["sm_clock_mhz"] < 500
    assert woken["number"] > quiet["number"]
    assert not woken["sm_locked_at_arrival"]
    assert woken["sm_clock_at_arrival_mhz"] > rested["sm_clock_mhz"]


def test_a_killed_green_idle_leaves_no_lock(server: Server) -> None:
    """systemd gives the clocks back at once, and starts it again later."""
    server.chat("And now to sleep.")
    server.wait_for_lowered_clocks()
    killed_pid = server.property("green-idle", "MainPID")

    server.machine.run("sh", "-c", f"kill -9 {killed_pid}")

    server.wait_for_free_clocks()
    wait_for("a new green-idle", lambda: server.is_active("green-idle"), 30.0)
    assert server.property("green-idle", "MainPID") != killed_pid


def test_a_killed_green_idle_leaves_no_lock_even_with_a_broken_configuration(server: Server) -> None:
    """The reset asks nothing but the GPU."""
    drop_in = "/etc/green-qwen/green-qwen.d/broken.toml"
    server.chat("Sleep well.")
    server.wait_for_lowered_clocks()
    server.machine.write(drop_in, b"[idle]\nidle_after_s = 'soon'\n")
    try:
        server.machine.run("sh", "-c", f"kill -9 {server.property('green-idle', 'MainPID')}")

        server.wait_for_free_clocks()
    finally:
        server.machine.run("rm", drop_in)
        server.machine.run("systemctl", "restart", "green-idle")


def test_journalctl_explains_a_receipt(server: Server) -> None:
    """journalctl -x finds the catalog's text, with the entry's own figures in it."""
    answer = server.chat("What is a watt?")
    receipt = wait_for("the receipt", lambda: receipt_of(server, answer["request"]), 15.0)

    explained = server.machine.run("journalctl", "-x", f"GREEN_REQUEST={answer['request']}")

    assert f"Request {answer['request']} cost {receipt['GREEN_ENERGY_J']} J" in explained


@pytest.mark.parametrize("service", SERVICES)
def test_a_reload_takes_the_new_configuration_without_a_restart(server: Server, service: str) -> None:
    """The process stays the same, and the journal says what was done."""
    pid, before = server.property(service, "MainPID"), len(server.journal(service, "config.reloaded"))

    server.machine.run("systemctl", "reload", service)

    wait_for("the entry", lambda: len(server.journal(service, "config.reloaded")) > before, 5.0)
    assert server.property(service, "MainPID") == pid
    assert server.is_active(service)


@pytest.mark.parametrize("service", SERVICES)
def test_a_reload_of_a_wrong_configuration_keeps_the_old_one(server: Server, service: str) -> None:
    """The service runs on; journal and status name the file and the key."""
    drop_in = "/etc/green-qwen/green-qwen.d/wrong.toml"
    server.machine.write(drop_in, b"[telemetry]\nwindows_s = 60\n")
    before = len(server.journal(service, "config.reload_failed"))
    try:
        server.machine.run("systemctl", "reload", service)

        wait_for("the entry", lambda: len(server.journal(service, "config.reload_failed")) > before, 5.0)
    finally:
        server.machine.run("rm", drop_in)
    said = server.journal(service, "config.reload_failed")[-1]["MESSAGE"]
    assert drop_in in said and "'window_s'" in said
    assert server.is_active(service)
    server.machine.run("systemctl", "reload", service)


def test_each_service_has_a_user_of_its_own(server: Server) -> None:
    """Only green-idle is root; nobody shares a user."""
    users = [
        server.machine.run("stat", "--format", "%u", f"/proc/{server.property(service, 'MainPID')}").strip()
        for service in SERVICES
    ]

    assert len(set(users)) == 3
    assert users[SERVICES.index("green-idle")] == "0"


def receipt_of(server: Server, request: str) -> Entry | None:
    receipts = server.journal("green-telemetry", "receipt")
    return next((receipt for receipt in receipts if receipt["GREEN_REQUEST"] == request), None)
