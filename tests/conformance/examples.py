"""Arguments and bodies made from the spec, the same on every run."""

from __future__ import annotations

import datetime
import uuid
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from annoport.core.http.bodies import is_json
from annoport.core.values.models import UNSET, UploadFile
from generator.json_values import is_list, is_object
from generator.python.names import snake_case
from generator.python.raw_operation import RawOperation
from tests.conformance import held_back
from tests.conformance.variants import LONG, SPECIAL, VARIANTS, Narrowing, bounded
from tests.documents import Spec, documents

_RANDOM = 2
_SHORTEST_LONG = 4


@attrs.frozen(kw_only=True)
class Example:
    """One way to call an operation.

    Attributes:
        arguments: By Python name.
        body: Plain data, or UNSET.
        media: The media type of the body.
    """

    variant: str
    arguments: dict[str, Any]
    body: Any = UNSET
    media: str | None = None

    def __str__(self) -> str:
        return f"{self.variant} ({self.media})" if self.media else self.variant


class Examples:
    """Makes the examples of a platform's operations.

    Attributes:
        variants: Which there are of each.
    """

    def __init__(self, spec: Spec, variants: Collection[str] = tuple(VARIANTS)) -> None:
        self.variants = variants
        self._spec = spec
        self._makers = {variant: _Maker(spec, variant) for variant in variants}

    def of(self, operation_id: str) -> list[Example]:
        """Return the examples of an operation; each media type of its body is in some of them."""
        raw = self._spec.operations[operation_id]
        made = [
            example
            for variant in self.variants
            for example in self._of(raw, variant)
            if not held_back.is_held_back(self._spec, raw, example.arguments, example.body)
        ]
        # Without parameters, all variants are the same.
        return list({repr(attrs.evolve(example, variant="")): example for example in made}.values())

    def _of(self, raw: RawOperation, variant: str) -> Iterator[Example]:
        maker = self._makers[variant]
        arguments = st.fixed_dictionaries(maker.arguments(raw.parameters))
        media_types: list[str | None] = list(raw.bodies) or [None]
        if variant == "required" and not raw.data.get("requestBody", {}).get("required"):
            media_types = [None]
        for media in media_types:
            body = st.just(UNSET) if media is None else maker.body(raw.bodies[media], media)
            number = zlib.crc32(f"{raw.id} {variant} {media}".encode())
            for drawn in _draw(st.tuples(arguments, body), number, count=maker.count):
                yield Example(variant=variant, arguments=drawn[0], body=drawn[1], media=media)


def python_name(parameter: Mapping[str, Any]) -> str:
    """Return the keyword of a parameter of the spec."""
    return parameter.get("x-annoport-name") or snake_case(parameter["name"])


def _draw(strategy: st.SearchStrategy[Any], number: int, count: int) -> list[Any]:
    """Return the simplest value of a strategy or, for a greater count, the random ones after it.

    Args:
        strategy: What values are drawn from.
        number: The seed.
        count: How many values are drawn.
    """
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.too_slow,
            HealthCheck.large_base_example,
        ],
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found[1:] if count > 1 else found


class _Maker:
    """Makes strategies for the arguments and bodies of one variant."""

    def __init__(self, spec: Spec, variant: str) -> None:
        self._variant = variant
        self._narrowing = Narrowing.of(spec, variant)
        self._schemas = {
            name: self._narrowing.narrow(schema) for name, schema in spec.schemas.items()
        }
        # Hypothesis starts with the simplest example, which the variant "required" covers.
        self.count = 1 + _RANDOM if variant == "random" else 1

    def arguments(self, declared: list[dict[str, Any]]) -> dict[str, st.SearchStrategy[Any]]:
        """Return strategies for the parameters of an operation, by Python name."""
        # Some operations have so many long arguments that servers would reject the URL.
        longest = max(_SHORTEST_LONG, LONG // max(1, len(declared)))
        return {
            python_name(one): self._argument(one["in"], one["schema"], longest)
            for one in declared
            if not held_back.is_refused(one)
            and (one.get("required") or one["in"] == "path" or self._variant != "required")
        }

    def body(self, schema: Mapping[str, Any], media: str) -> st.SearchStrategy[Any]:
        """Return a strategy for bodies of a media type."""
        drawn = documents(self._narrowing.narrow(schema), self._schemas)
        return drawn.map(_without_files) if is_json(media) else drawn

    def _argument(
        self, place: str, schema: Mapping[str, Any], longest: int
    ) -> st.SearchStrategy[Any]:
        # Only "low" covers the empty text, which has no place in a path.
        least = 0 if place == "query" and self._variant == "low" else 1
        schema = bounded(schema, least, longest)
        schema["nullable"] = False
        if "anyOf" in schema:
            schema["anyOf"] = [dict(one) for one in schema["anyOf"]]
        for one in (schema, *schema.get("anyOf", ())):
            if "items" in one:
                # An empty list is rejected: left out, it would mean "no filter". A list of one
                # empty text looks the same.
                one["minItems"] = max(1, one.get("minItems", 0))
                one["items"] = bounded(one["items"], 1, longest)
        if place == "header" and schema.get("type") == "string":
            return st.just(self._header_text())
        drawn = documents(self._narrowing.narrow(schema), self._schemas)
        return drawn.map(_RICH.get(schema.get("format", ""), _itself))

    def _header_text(self) -> str:
        """Return text for a header, whose values are Latin-1."""
        plain = self._variant in ("required", "everything", "low")
        return "abc" if plain else SPECIAL.encode("latin-1", "ignore").decode("latin-1")


_RICH: Mapping[str, Callable[[str], Any]] = {
    "date-time": datetime.datetime.fromisoformat,
    "uuid": uuid.UUID,
}
"""What a caller would pass for an argument of a format: a datetime, not text."""


def _itself(value: Any) -> Any:
    return value


def _without_files(body: Any) -> Any:
    """Return a body without files, which JSON cannot hold although some schemas say so."""
    if not is_object(body):
        return body
    return {name: value for name, value in body.items() if not _is_upload(value)}


def _is_upload(value: object) -> bool:
    return isinstance(value, UploadFile) or (is_list(value) and any(map(_is_upload, value)))
