"""Reading and writing the YAML and JSON documents under specs/."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from generator.errors import GeneratorError
from generator.json_values import is_object

# libyaml's loader is eight times faster than the pure Python one on a spec of 500 kB.
_FAST_LOADER = yaml.CSafeLoader
_EXCERPT = 80
_LISTED_KEYS = 5


class _SpecLoader(_FAST_LOADER):
    """YAML as JSON sees it: timestamps stay strings, and keys are strings."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Resolve merge keys, and make keys such as 200 and `on` strings like any other."""
        written = node.value
        _check_keys(written)
        super().flatten_mapping(node)
        for key, _ in node.value:
            key.tag = "tag:yaml.org,2002:str"
        if node.value is not written:
            # Nodes that merge this one visit it again, so what it overrides must be gone by then.
            node.value = list({key.value: (key, value) for key, value in node.value}.values())


class _TwiceError(Exception):
    """An object has a key twice; a parser would silently drop one of the two."""


def _check_keys(pairs: list[tuple[yaml.Node, yaml.Node]]) -> None:
    lines: dict[str, int] = {}
    for key, _ in pairs:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.YAMLError(f"line {line}: expected a string as the key")
        if key.value in lines:
            first = lines[key.value]
            raise _TwiceError(
                f"line {line}: the key {key.value!r:.{_EXCERPT}} is already in line {first}"
            )
        lines[key.value] = line


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object; its parser knows no lines, so the error names the keys around."""
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        ((twice, _),) = Counter(keys).most_common(1)
        around = f"{', '.join(keys[:_LISTED_KEYS]):.{_EXCERPT}}"
        raise _TwiceError(
            f"the key {twice!r:.{_EXCERPT}} occurs twice in the object with the keys {around!r}"
        )
    return result


# PyYAML builds a list or an object in two steps, so that it may contain itself; ours may not.
_SpecLoader.yaml_constructors = _FAST_LOADER.yaml_constructors | {
    "tag:yaml.org,2002:map": _SpecLoader.construct_mapping,
    "tag:yaml.org,2002:seq": _SpecLoader.construct_sequence,
}
_SpecLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _FAST_LOADER.yaml_implicit_resolvers.items()
}


class _SpecDumper(yaml.CSafeDumper):
    """Never writes anchors, so that equal parts of a contract read alike."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def parse(text: str | bytes, *, origin: str) -> dict[str, Any]:
    """Parse a YAML or JSON document whose root is an object; no object has a key twice.

    Args:
        text: The document.
        origin: What to call it in an error message.

    Raises:
        GeneratorError: It is neither JSON nor YAML, or its root is not an object.
    """
    try:
        # JSON first: it is a subset of YAML, and the json module reads it 20 times faster.
        document = from_json(text, origin=origin)
    except ValueError:
        document = from_yaml(text, origin=origin)
    if not is_object(document):
        raise GeneratorError(
            f"{origin}: expected an object at the root, found {type(document).__name__}"
        )
    return document


def from_json(text: str | bytes, *, origin: str) -> object:
    """Parse JSON.

    Raises:
        ValueError: It is not JSON.
        GeneratorError: An object has a key twice, or the document is nested too deeply.
    """
    with _faults_named(origin):
        return json.loads(text, object_pairs_hook=_unique)


def from_yaml(text: str | bytes, *, origin: str) -> object:
    """Parse YAML.

    Raises:
        GeneratorError: It is not YAML, an object has a key twice, or the nesting is too deep.
    """
    with _faults_named(origin):
        return yaml.load(text, Loader=_SpecLoader)  # noqa: S506 - a safe loader


@contextmanager
def _faults_named(origin: str) -> Generator[None]:
    try:
        yield
    except yaml.YAMLError as error:
        message = " ".join(str(error).split())
        raise GeneratorError(f"{origin}: neither JSON nor YAML: {message}") from error
    except _TwiceError as error:
        raise GeneratorError(f"{origin}: {error}; remove one or rename it") from None
    except RecursionError:
        raise GeneratorError(f"{origin}: nested too deeply to be read") from None


def load(path: Path) -> dict[str, Any]:
    """Read a YAML or JSON document whose root is an object.

    Raises:
        GeneratorError: There is no such file, or it cannot be parsed.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise GeneratorError(f"{path}: no such file") from None
    return parse(text, origin=str(path))


def dump(document: dict[str, Any]) -> str:
    """Return a document as YAML: keys in the given order, the same text on every run."""
    return yaml.dump(
        document,
        Dumper=_SpecDumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )
