"""Cutting sequences of JSON documents into documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.http.bodies import is_json, is_sequence
from annoport.core.http.records import Records, is_document

LINES = "application/x-ndjson"
SEPARATED = "application/json-seq"

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def cut(data: bytes, size: int, media_type: str) -> list[bytes]:
    """Return the documents of a sequence that comes in pieces of one size."""
    records = Records(media_type)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [one for piece in pieces for one in records.feed(piece)] + records.rest()


@given(st.lists(DOCUMENTS, max_size=5), st.integers(1, 9), st.sampled_from(["\n", "\r\n"]))
def test_lines_come_back_however_they_are_cut(documents: list[Any], size: int, end: str) -> None:
    text = end.join(json.dumps(one, ensure_ascii=False) for one in documents)
    assert [json.loads(one) for one in cut(text.encode(), size, LINES)] == documents
    assert [json.loads(one) for one in cut((text + end).encode(), size, LINES)] == documents


@given(st.lists(DOCUMENTS, max_size=5), st.integers(1, 9), st.sampled_from([None, 2]))
def test_separated_documents_may_be_written_on_several_lines(
    documents: list[Any], size: int, indent: int | None
) -> None:
    texts = [json.dumps(one, ensure_ascii=False, indent=indent) for one in documents]
    data = "".join(f"\x1e{text}\n" for text in texts).encode()
    assert [json.loads(one) for one in cut(data, size, SEPARATED)] == documents


def test_a_document_is_handed_out_as_soon_as_it_is_whole() -> None:
    assert Records(LINES).feed(b'{"a": 1}\n{"a"') == [b'{"a": 1}']
    separated = Records(SEPARATED)
    assert separated.feed(b'\x1e{"a":\n') == []
    assert separated.feed(b"1}\n") == [b'{"a":\n1}\n']


def test_empty_lines_are_no_documents() -> None:
    assert cut(b"\n1\n\r\n \n2\n\n", 3, LINES) == [b"1", b"2"]


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-ndjson",
        "application/ndjson; charset=utf-8",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json-seq",
        "application/stream+json",
    ],
)
def test_sequences_are_not_json(media_type: str) -> None:
    assert is_sequence(media_type)
    assert not is_json(media_type)


def test_an_array_is_one_document() -> None:
    assert is_document("application/json", b" [1")
    assert not is_document("application/json", b'{"a": 1}\n')
    assert not is_document(LINES, b"[1, 2]\n[3]\n")
