"""An archive is read whole or refused in words; a bomb fills neither memory nor disk."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from puente.errors import InvalidData
from puente.ingest.archives import COMPRESSIONS, compression_of, open_member, unpacked
from puente.ingest.source import Limits

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"entidad,mes,casos\nSinaloa,2025-01,4\n" * 50


def packed(kind: str, content: bytes = TEXT, name: str = "datos.csv") -> bytes:
    if kind == "gz":
        return gzip.compress(content)
    if kind == "bz2":
        return bz2.compress(content)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return held.getvalue()


def content_of(path: Path, kind: str, limits: Limits | None = None) -> bytes:
    with open_member(path, kind, limits or Limits()) as stream:
        return stream.read()


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_what_was_packed_comes_out_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(packed(kind))
    assert compression_of(path) == kind
    assert content_of(path, kind) == TEXT
    with unpacked(path, kind, Limits()) as copy:
        assert copy.read_bytes() == TEXT
        assert copy.stat().st_mode & 0o077 == 0 or copy.parent.stat().st_mode & 0o077 == 0
    assert not copy.exists()


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_a_bomb_is_refused_by_what_it_unpacks_to(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(packed(kind, bytes(40 << 20)))
    assert path.stat().st_size < 50_000
    with pytest.raises(InvalidData, match="unpacks to more than 16 MB"):
        content_of(path, kind)
    with pytest.raises(InvalidData, match="unpacks to more than 1 MB"):
        content_of(path, kind, Limits(max_file_mb=1))


def test_a_zip_that_lies_about_its_size_gives_no_more_than_its_bounds(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    data = packed("zip", bytes(40 << 20))
    path.write_bytes(data.replace((40 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    with pytest.raises(InvalidData, match="damaged"):
        content_of(path, "zip")


@pytest.mark.parametrize(
    "name", ["../datos.csv", "a/../../datos.csv", "/etc/datos", "C:\\datos.csv", "a\\..\\..\\b"]
)
def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(packed("zip", name=name))
    with pytest.raises(InvalidData, match="leaves its folder"):
        content_of(path, "zip")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed("zip"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(InvalidData, match="encrypted"):
        content_of(tmp_path / "x.zip", "zip")


def test_a_zip_holds_one_file_and_what_file_managers_add_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("d/datos.csv", TEXT)
        archive.mkdir("e")
        archive.writestr("__MACOSX/d/._datos.csv", "x")
    assert content_of(path, "zip") == TEXT
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("otros.csv", "x")
    with pytest.raises(InvalidData, match="one file and holds 2"):
        content_of(path, "zip")
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(InvalidData, match="one file and holds 0"):
        content_of(path, "zip")


def test_no_archive_an_empty_one_and_an_unknown_kind_are_said(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for kind in COMPRESSIONS:
        path.write_bytes(TEXT)
        assert compression_of(path) == ""
        with pytest.raises(InvalidData, match="damaged"):
            content_of(path, kind)
        path.write_bytes(b"")
        with pytest.raises(InvalidData, match="empty"):
            content_of(path, kind)
        with pytest.raises(InvalidData, match="No such file"):
            content_of(tmp_path / "none", kind)
    with pytest.raises(InvalidData, match="unknown compression 'rar'"):
        content_of(path, "rar")


@pytest.mark.parametrize("kind", COMPRESSIONS)
@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_archive_is_whole_or_refused_and_never_half(
    tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    good = bytearray(packed(kind))
    if data.draw(st.booleans(), "cut"):
        good = good[: data.draw(st.integers(0, len(good) - 1), "at")]
        must_fail = True
    else:
        at = data.draw(st.integers(0, len(good) - 1), "at")
        good[at] ^= data.draw(st.integers(1, 255), "flip")
        must_fail = False
    path = tmp_path / "x"
    path.write_bytes(good)
    try:
        found = content_of(path, kind)
    except InvalidData:
        return
    assert not must_fail
    assert found == TEXT
