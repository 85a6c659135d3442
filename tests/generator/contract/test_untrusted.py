"""Broken and hostile documents end in one clear line."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator.contract import untrusted
from generator.errors import GeneratorError
from generator.spec import effective

GOOD: dict[str, Any] = {"openapi": "3.0.3", "info": {"version": "1"}, "paths": {}}


def _bomb() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines).encode()


def _merge_bomb() -> bytes:
    lines = ["a: &a {k: v}"]
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 10)}]}}")
    return "\n".join(lines).encode()


def _with(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def _operation(**operation: Any) -> bytes:
    return _with(paths={"/x": {"get": operation}})


CASES: dict[str, tuple[bytes, str]] = {
    "nothing": (b" \n", "is empty"),
    "an HTML page": (b"<!doctype html><html><body>Oops</body></html>", "found an HTML page"),
    "plain text": (b"no spec today", "expected an object at the root"),
    "a list": (b"[1, 2]", "expected an object at the root"),
    "not text": (b"\xff\xfe\x00\x01\x80", "neither JSON nor YAML"),
    "cut YAML": (b"openapi: 3.0.3\ninfo: {version: '1'\npaths:\n", "neither JSON nor YAML"),
    "cut JSON": (b'{"openapi": "3.0.3", "paths": {"/x": ', "neither JSON nor YAML"),
    "two documents": (b"openapi: 3.0.3\n---\nopenapi: 3.0.3\n", "neither JSON nor YAML"),
    "a Python object": (b"a: !!python/object/apply:os.getcwd []", "neither JSON nor YAML"),
    "an alias bomb": (_bomb(), "more than 3000000 values"),
    "a merge bomb": (_merge_bomb(), "more than 3000000 values"),
    "an alias to itself": (b"a: &a {b: *a}", "contains itself"),
    "an alias to nothing": (b"a: *b", "contains itself"),
    "deep JSON": (b'{"a": ' + b"[" * 150 + b"]" * 150 + b"}", "nested deeper"),
    "very deep JSON": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "very deep YAML": (b"a: " + b"{b: " * 100_000 + b"}" * 100_000, "nested deeper"),
    "an endless number": (b"a: " + b"9" * 10_000, "a value cannot be read"),
    "a key that is a list": (b"? [a]\n: 1\n", "neither JSON nor YAML|cannot be read"),
    "a key twice in YAML": (b"openapi: 3.0.3\npaths: {}\npaths: {}\n", "line 3: the key 'paths'"),
    "a key twice in JSON": (b'{"paths": {"/a": {}, "/a": {}}}', "the key '/a' occurs twice"),
    "a long key twice": (b'{"' + b"k" * 900 + b'": 1, "' + b"k" * 900 + b'": 2}', "occurs twice"),
    "half a character": (_with(paths={"/\ud800": {}}), r"half a surrogate pair.*ud800"),
    "Swagger": (b'{"swagger": "2.0"}', r"found Swagger 2\.0; convert it to OpenAPI 3\.0"),
    "bytes": (b"a: !!binary aGVsbG8=", "a value cannot be read"),
    "another version": (
        _with(openapi="3.2.0"),
        "expected an OpenAPI 3.0 or 3.1 document, found '3.2.0'",
    ),
    "no version": (_with(info={}), "expected the version of the API"),
    "paths as a list": (_with(paths=[]), "object under 'paths'"),
    "a path as a string": (_with(paths={"/x": "y"}), "path /x: expected an object"),
    "a path without a slash": (_with(paths={"x": {}}), "starts with '/'"),
    "an operation as a list": (_with(paths={"/x": {"get": []}}), "GET path /x"),
    "parameters as an object": (_operation(parameters={}), "expected a list"),
    "a parameter without name": (_operation(parameters=[{"in": "query"}]), "name"),
    "a number as operationId": (_operation(operationId=4), "expected a string"),
    "responses as a list": (_operation(responses=[]), "expected an object"),
    "content as a list": (_operation(requestBody={"content": []}), "expected an object"),
    "webhooks as a list": (_with(webhooks=[]), "webhooks: expected an object"),
    "a webhook as a list": (_with(webhooks={"a": []}), "webhooks.a: expected an object"),
    "callbacks as a list": (_operation(callbacks=[]), "callbacks: expected an object"),
    "a callback as a list": (_operation(callbacks={"a": []}), "callbacks.a: expected an object"),
    "the URL of a callback": (
        _operation(callbacks={"a": {"/u": {"post": []}}}),
        "callbacks.a to /u: expected an object",
    ),
    "security as a string": (_operation(security="none"), "expected a list"),
    "a schema as a string": (_with(components={"schemas": {"A": "B"}}), "schemas.A"),
    "allOf as an object": (
        _with(components={"schemas": {"A": {"allOf": {}}}}),
        "schemas.A.allOf: expected a list",
    ),
    "a number in required": (
        _with(components={"schemas": {"A": {"required": [1, "a"]}}}),
        r"schemas.A.required\[0\]: expected a string",
    ),
    "a list of types that are none": (
        _with(components={"schemas": {"A": {"type": [1, 2]}}}),
        "schemas.A.type: expected a string",
    ),
}


@pytest.mark.parametrize(("content", "words"), CASES.values(), ids=CASES.keys())
def test_one_clear_line(content: bytes, words: str) -> None:
    with pytest.raises(GeneratorError, match=words) as caught:
        untrusted.read(content, origin="the live spec")
    assert str(caught.value).startswith("the live spec: ")
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_reads_json_and_yaml_with_aliases() -> None:
    assert untrusted.read(_with(), origin="x") == GOOD
    text = yaml.safe_dump(GOOD) + "x-a: &a {b: 1}\nx-c: *a\n"
    assert untrusted.read(b"\xef\xbb\xbf" + text.encode(), origin="x")["x-c"] == {"b": 1}


def test_keys_are_strings() -> None:
    text = (
        "openapi: 3.0.3\ninfo: {version: 1}\npaths: {/x: {get: {responses: {200: {}, true: {}}}}}"
    )
    document = untrusted.read(text.encode(), origin="x")
    assert list(document["paths"]["/x"]["get"]["responses"]) == ["200", "true"]


@pytest.mark.parametrize("platform", effective.platforms())
def test_reads_the_vendored_contracts(platform: str) -> None:
    content = (effective.SPECS / platform / "openapi.yaml").read_bytes()
    assert untrusted.read(content, origin=platform)["paths"]
