"""File names from servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.download.file_names import MAX_NAME_BYTES, from_disposition, from_url, safe_name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, None),
        ("", None),
        ("attachment", None),
        ("inline; filename=plain.zip", "plain.zip"),
        ('attachment; filename="task 9_coco 1.0.zip"', "task 9_coco 1.0.zip"),
        ('attachment; FileName = "a;b.zip" ; size=3', "a;b.zip"),
        (r'attachment; filename="quo\"te.zip"', 'quo"te.zip'),
        ("attachment; filename*=UTF-8''%C3%A9t%C3%A9.zip", "été.zip"),
        ("attachment; filename=\"b.zip\"; filename*=utf-8'fr'%C3%A9.zip", "é.zip"),
        ("attachment; filename*=UTF-8''%FF.zip; filename=b.zip", "b.zip"),
        ("attachment; filename*=nothing''x.zip; filename=b.zip", "b.zip"),
        ("attachment; filename*=UTF-8%2Fx; filename=b.zip", "b.zip"),
        ('attachment; filename="Ã©.zip"', "é.zip"),
        ('attachment; filename="\xe9.zip"', "é.zip"),
        ('attachment; filename=""', None),
    ],
)
def test_from_disposition(header: str | None, name: str | None) -> None:
    assert from_disposition(header) == name


def test_from_url() -> None:
    assert from_url("https://x.example.org/a/b%20c.zip?sig=1#f") == "b c.zip"
    assert from_url("https://x.example.org/a/") is None


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        (None, "download"),
        ("", "download"),
        (".", "download"),
        ("..", "download"),
        ("///", "download"),
        ("...", "download"),
        ("a/b/../c.zip", "c.zip"),
        (r"C:\Users\me\c.zip", "c.zip"),
        ("C:c.zip", "C_c.zip"),
        ("../../etc/passwd", "passwd"),
        (".bashrc", "bashrc"),
        ("a\0b\r\nc.zip", "abc.zip"),
        ("exe\u202egpj.zip", "exegpj.zip"),
        ("a.zip. . ", "a.zip"),
        ('a<b>:"|?*.zip', "a_b______.zip"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1 .zip", "_com1 .zip"),
        ("console.txt", "console.txt"),
        ("e\u0301.zip", "é.zip"),
        ("\udcff.zip", "zip"),
    ],
)
def test_safe_name(name: str | None, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_extension() -> None:
    assert safe_name("é" * 300 + ".tar.gz").endswith("é.gz")
    assert len(safe_name("é" * 300 + ".zip").encode()) <= MAX_NAME_BYTES
    assert len(safe_name("x." + "y" * 300).encode()) == MAX_NAME_BYTES


@given(st.text())
def test_any_name_becomes_one_folder_entry(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set('/\\\0:*?"<>|')
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert safe_name(safe) == safe
