# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The page's files by their names."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from green_proxy.gateway.files import FOLDER, MEDIA_TYPES, Files

# Of all that a browser may be sent, as it is sent to one, and unpacked.
MAX_PACKED_BYTES, MAX_BYTES = 100_000, 240_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "index.html").write_text('<script src="/-/web/js/a.js"></script>')
    (tmp_path / "js" / "a.js").write_text("a")
    (tmp_path / "notes.md").write_text("not for browsers")
    return tmp_path


def test_the_page_names_files_of_its_own_version(folder: Path) -> None:
    """By the hash over all of them."""
    files = Files(folder)

    page = files.page().content.decode()

    assert page == f'<script src="/-/web/{files.digest}/js/a.js"></script>'


def test_a_file_has_a_name_for_ever_and_one_for_now(folder: Path) -> None:
    """Only the first may be kept without asking."""
    files = Files(folder)

    lasting, plain = files.find(f"/-/web/{files.digest}/js/a.js"), files.find("/-/web/js/a.js")

    assert lasting is not None and plain is not None
    assert (lasting.content, lasting.lasting) == (b"a", True)
    assert (plain.content, plain.lasting, plain.etag) == (b"a", False, lasting.etag)


@pytest.mark.parametrize("part", ["index.html", "js/a.js"])
def test_any_change_is_another_version(part: str, folder: Path) -> None:
    """So that modules of two versions never meet."""
    before = Files(folder).digest
    (folder / part).write_text("b")

    after = Files(folder)

    assert after.digest != before
    assert after.find(f"/-/web/{before}/js/a.js") is None


@pytest.mark.parametrize("name", ["notes.md", "js", "", "../files.py", "js/../js/a.js", "/etc/passwd"])
def test_nothing_else_is_handed_out(name: str, folder: Path) -> None:
    """Neither what is not for browsers nor what lies elsewhere."""
    files = Files(folder)

    assert files.find(f"/-/web/{name}") is None
    assert files.find(f"/-/web/{files.digest}/{name}") is None


def test_the_page_is_small() -> None:
    """All of it together, libraries included, within the size that was promised."""
    files, names = Files(), [path for path in FOLDER.rglob("*") if path.suffix in MEDIA_TYPES]
    found = [files.find(f"/-/web/{path.relative_to(FOLDER).as_posix()}") for path in names]

    sent = [(len(file.packed), len(file.content)) for file in found if file is not None]

    assert len(sent) == len(names)
    assert sum(packed for packed, _ in sent) < MAX_PACKED_BYTES, sent
    assert sum(plain for _, plain in sent) < MAX_BYTES, sent


def test_a_packed_file_is_the_same_file(folder: Path) -> None:
    """For browsers that can unpack it."""
    file = Files(folder).find("/-/web/js/a.js")

    assert file is not None
    assert gzip.decompress(file.packed) == file.content


def test_no_file_names_another_host() -> None:
    """But in comments of libraries, and as names of namespaces."""
    ours = [path for path in FOLDER.rglob("*") if path.suffix in MEDIA_TYPES and "vendor" not in path.parts]
    lines = [line for path in ours for line in path.read_text().splitlines()]

    assert [line for line in lines if "://" in line and "www.w3.org" not in line] == []
