# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The gateway's page, its files, and who may come in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from integration.proxy_rig import free_port, running_proxy
from integration.shaping_rig import Stage, keys_file, stage, user

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MODEL = "qwen3:32b"


@pytest.fixture
def server() -> Iterator[Stage]:
    with stage() as made:
        yield made


@pytest.fixture(scope="module")
def open_gateway() -> Iterator[tuple[httpx.Client, str]]:
    """One without keys, for the tests that leave nothing behind."""
    with stage() as server, gateway(server) as made:
        yield made


@contextmanager
def gateway(server: Stage, **settings: object) -> Iterator[tuple[httpx.Client, str]]:
    """A client at the gateway as a browser would be one, and the address of the API's own door."""
    address = f"127.0.0.1:{free_port()}"
    with (
        running_proxy(server.url, gateway=address, **settings) as proxy,
        httpx.Client(base_url=f"http://{address}", headers={"Origin": f"http://{address}"}) as client,
    ):
        yield client, proxy.url


def test_all_that_the_page_names_is_there_and_never_changes(open_gateway: tuple[httpx.Client, str]) -> None:
    """Each file under one name for ever; under its plain name it is asked after."""
    client, _ = open_gateway
    page = client.get("/", headers=BROWSER)
    named = re.findall(r'(?:src|href)="(/-/web/[^"]+)"', page.text)
    files = [client.get(path) for path in named]
    plain = client.get(re.sub(r"/-/web/[0-9a-f]+/", "/-/web/", named[0]))
    again = client.get(plain.request.url.path, headers={"If-None-Match": plain.headers["etag"]})
    gone = client.get("/-/web/0123456789abcdef/js/main.js")

    assert {file.status_code for file in files} == {200}
    assert {file.headers["cache-control"] for file in files} == {"public, max-age=31536000, immutable"}
    assert plain.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert gone.status_code == 404


def test_a_browser_is_told_what_the_page_may_do(open_gateway: tuple[httpx.Client, str]) -> None:
    """Nothing inline, nothing from elsewhere, in nobody's frame, and no word of where one comes from."""
    client, _ = open_gateway
    headers = client.get("/", headers=BROWSER).headers
    page = client.get("/", headers=BROWSER).text

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page)
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize("path", ["/-/web/js/main.js", "/-/live", "/-/queue", "/-/history", "/-/session"])
def test_the_apis_door_has_no_page(path: str, open_gateway: tuple[httpx.Client, str]) -> None:
    """What is a browser's is at the gateway alone."""
    _, api = open_gateway
    answer = httpx.get(api + path)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/-/web/js/main.js", "/-/live", "/-/queue", "/-/history", "/-/session"]
)
@pytest.mark.parametrize("strange", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_another_sites_page_gets_nothing(
    strange: dict[str, str], path: str, open_gateway: tuple[httpx.Client, str]
) -> None:
    """Also where its name was turned to this machine's address."""
    client, _ = open_gateway
    answer = client.get(path, headers=BROWSER | strange)

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/-/live", "/-/queue", "/-/history", "/-/receipts/r1", "/-/web/js/main.js"])
def test_what_is_read_is_not_written(path: str, open_gateway: tuple[httpx.Client, str]) -> None:
    """405, and the methods that there are."""
    client, _ = open_gateway
    answer = client.post(path)

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/-/sign-in", "/-/sign-out"])
def test_no_get_changes_anything(path: str, open_gateway: tuple[httpx.Client, str]) -> None:
    """So that no link and no image signs anybody in or out."""
    client, _ = open_gateway
    answer = client.get(path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_without_keys_nobody_signs_in(server: Stage, tmp_path: Path) -> None:
    """The page is told so."""
    with gateway(server, keys_file=tmp_path / "none") as (client, _):
        session = client.get("/-/session").json()

    assert session == {"required": False, "signed_in": False, "name": None}


def test_a_key_is_shown_once_and_a_cookie_stands_for_it(server: Stage, tmp_path: Path) -> None:
    """The page is there before; with the cookie all is open, and the model server never sees it."""
    file, keys = keys_file(tmp_path, ann="personal")
    chat = {"model": MODEL, "messages": user("Hi"), "stream": False}
    with gateway(server, keys_file=file) as (client, _):
        before = [client.get(path, headers=BROWSER).status_code for path in ("/", "/-/queue", "/api/tags")]
        signed_in = client.post("/-/sign-in", json={"key": keys["ann"]})
        cookie = signed_in.headers["set-cookie"]
        client.cookies.set("other", "theirs")
        after = [client.get("/-/queue").status_code, client.post("/api/chat", json=chat).status_code]
        session = client.get("/-/session").json()
        signed_out = client.post("/-/sign-out").status_code
        client.headers["Cookie"] = cookie.partition(";")[0]
        at_last = client.get("/-/queue").status_code

    assert before == [200, 401, 401]
    assert signed_in.status_code == 204
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert keys["ann"] not in cookie
    assert after == [200, 200]
    assert session == {"required": True, "signed_in": True, "name": "ann"}
    assert server.generations[0].call.header("cookie") == "other=theirs"
    assert (signed_out, at_last) == (204, 401)


def test_the_cookie_is_for_tls_alone_where_the_browser_came_by_tls(server: Stage, tmp_path: Path) -> None:
    """As a proxy before the gateway says."""
    file, keys = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _):
        answer = client.post("/-/sign-in", json={"key": keys["ann"]}, headers={"X-Forwarded-Proto": "https"})

    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "theirs",
    [
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_anothers_page_can_not_use_the_cookie(theirs: dict[str, str], server: Stage, tmp_path: Path) -> None:
    """Cookies know no ports, so a browser sends it along for any page of this machine."""
    file, keys = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _):
        client.post("/-/sign-in", json={"key": keys["ann"]})
        answers = [
            client.get("/-/queue", headers=theirs),
            client.post("/api/chat", json={"model": MODEL}, headers=theirs),
        ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert server.generations == []


def test_a_key_taken_back_ends_its_sessions(server: Stage, tmp_path: Path) -> None:
    """As soon as the file is looked at again."""
    file, keys = keys_file(tmp_path, ann="personal", bob="personal")
    with gateway(server, keys_file=file) as (client, _):
        client.post("/-/sign-in", json={"key": keys["ann"]})
        lines = file.read_text().splitlines()
        file.write_text("\n".join(line for line in lines if not line.startswith("ann")) + "\n")
        statuses = {client.get("/-/queue").status_code for _ in range(1)}
        while 200 in statuses:
            statuses = {client.get("/-/queue").status_code}

    assert statuses == {401}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"key": "gq-wrong"}', 401), (b"{", 400), (b"[]", 400), (b'{"key": 1}', 400), (b" " * 5000, 413)],
)
def test_what_is_no_key_opens_nothing(body: bytes, status: int, server: Stage, tmp_path: Path) -> None:
    """And the answer says what is wrong."""
    file, _ = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _):
        answer = client.post("/-/sign-in", content=body)

    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert answer.json()["error"]


def test_who_guesses_keys_has_to_wait(server: Stage, tmp_path: Path) -> None:
    """A right one as well, so that no guess tells anything."""
    file, keys = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _):
        guesses = [client.post("/-/sign-in", json={"key": f"gq-{one}"}).status_code for one in range(11)]
        right = client.post("/-/sign-in", json={"key": keys["ann"]})

    assert guesses == [401] * 10 + [429]
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 60


def test_guesses_that_come_at_once_are_counted(server: Stage, tmp_path: Path) -> None:
    """Although none of them is over when the last one begins."""
    file, _ = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _api), ThreadPoolExecutor(16) as threads:
        together = threading.Barrier(16)

        def body() -> Iterator[bytes]:
            yield b'{"key": '
            together.wait(10)
            yield b'"gq-wrong"}'

        guesses = [threads.submit(client.post, "/-/sign-in", content=body()) for _ in range(16)]
        statuses = [guess.result().status_code for guess in guesses]

    assert sorted(statuses) == [401] * 10 + [429] * 6


def test_only_the_page_itself_signs_in(server: Stage, tmp_path: Path) -> None:
    """Another page on this machine might else sign somebody in as somebody else."""
    file, keys = keys_file(tmp_path, ann="personal")
    with gateway(server, keys_file=file) as (client, _):
        answers = [
            client.post("/-/sign-in", json={"key": keys["ann"]}, headers={"Origin": origin})
            for origin in ("http://localhost:3000", "null")
        ]

    assert [answer.status_code for answer in answers] == [403, 403]
