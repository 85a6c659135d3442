"""OpenAPI 3.1 in the words of OpenAPI 3.0, which is the dialect of every contract.

A document that calls itself 3.0 and uses words of 3.1 is read the same way. What 3.0 has no word
for is kept under `x-` and its own name, so that no fact is lost.
"""

from __future__ import annotations

from typing import Any

from generator.json_values import is_list, is_object, rebuilt
from generator.openapi import SCHEMA_REF
from generator.spec.walk import SCHEMA_KINDS, walk

VERSION = "3.0.3"
"""What a contract calls itself, whichever version the upstream document is written in."""

_READABLE = ("3.0", "3.1")
_PATH_ITEM_REF = "#/components/pathItems/"
NULL_ONLY: dict[str, Any] = {"enum": [None]}
"""The schema of null, in the words of 3.0."""

# They say how a schema is to be read, or repeat where it stands, and nothing about its values.
_NO_FACTS = ("$schema", "$comment", "jsonSchemaDialect")
_NEW_KEYWORDS = (
    *("contains", "minContains", "maxContains", "prefixItems", "unevaluatedItems"),
    *("dependentRequired", "dependentSchemas", "patternProperties", "propertyNames"),
    *("unevaluatedProperties", "if", "then", "else", "contentSchema", "contentMediaType"),
)
# Media types whose content is no text.
_BYTES = ("application/octet-stream", "application/zip", "audio/", "image/", "video/")
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_SINGLES = ("items", "not")
# What a keyword says of which type; every other keyword goes to each type of a list.
_OF_TYPE = {
    **dict.fromkeys(("maxLength", "minLength", "pattern"), ("string",)),
    **dict.fromkeys(("items", "maxItems", "minItems", "uniqueItems"), ("array",)),
    **dict.fromkeys(
        ("properties", "required", "additionalProperties", "maxProperties", "minProperties"),
        ("object",),
    ),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        ("integer", "number"),
    ),
}
_OF_ONE_TYPE = frozenset({*_OF_TYPE, "enum", "format"})
_KINDS: dict[str, tuple[type[Any], ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def is_readable(version: object) -> bool:
    """Whether a document of this `openapi` version can be read."""
    return isinstance(version, str) and version.startswith(_READABLE)


def in_30(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document in the words of OpenAPI 3.0; the given one is not changed.

    Args:
        document: A document of which nothing has been checked yet: what has the wrong shape stays
            as it is, for the check to find.
    """
    if not is_readable(document.get("openapi")):
        return document
    result: dict[str, Any] = rebuilt(document)
    result["openapi"] = VERSION
    for key in _NO_FACTS:
        result.pop(key, None)
    result.setdefault("paths", {})
    _follow_path_items(result)
    _lift_definitions(result)
    for part in (result, {"paths": result.get("webhooks")}):
        # Inner ones first, so that what an outer one takes over is in 3.0 already.
        for node in reversed(walk(part)):
            if node.kind in SCHEMA_KINDS:
                _replace(node.data, schema_in_30(node.data))
            elif is_object(content := node.data.get("content")):
                _name_bytes(content)
    if "webhooks" in result:
        result["x-webhooks"] = result.pop("webhooks")
    return result


def _replace(target: dict[str, Any], content: dict[str, Any]) -> None:
    target.clear()
    target.update(content)


def _follow_path_items(document: dict[str, Any]) -> None:
    """Put path items of the components, which 3.0 does not have, where they are meant."""
    components = document.get("components")
    if not is_object(components) or not is_object(document["paths"]):
        return
    items = components.pop("pathItems", None)
    if not is_object(items):
        return
    for path, item in document["paths"].items():
        reference = str(item.get("$ref", "")) if is_object(item) else ""
        target = items.get(reference.removeprefix(_PATH_ITEM_REF))
        if reference.startswith(_PATH_ITEM_REF) and is_object(target):
            own = {key: value for key, value in item.items() if key != "$ref"}
            document["paths"][path] = rebuilt(target) | own


def _lift_definitions(document: dict[str, Any]) -> None:
    """Make components of the schemas that a component keeps to itself under `$defs`."""
    components = document.get("components")
    schemas = components.get("schemas") if is_object(components) else None
    if not is_object(schemas):
        return
    moved: dict[str, str] = {}
    for owner, schema in list(schemas.items()):
        definitions = schema.pop("$defs", None) if is_object(schema) else None
        for name, definition in definitions.items() if is_object(definitions) else ():
            key = name if name not in schemas else f"{owner}{name}"
            schemas[key] = definition
            moved[f"{SCHEMA_REF}{owner}/$defs/{name}"] = SCHEMA_REF + key
            # Not what the standard says it means, but what those who write it mean.
            moved.setdefault(f"#/$defs/{name}", SCHEMA_REF + key)
    if moved:
        _redirect(document, moved)


def _redirect(node: Any, moved: dict[str, str]) -> None:
    for child in node.values() if is_object(node) else node if is_list(node) else ():
        if is_object(child) and child.get("$ref") in moved:
            child["$ref"] = moved[child["$ref"]]
        _redirect(child, moved)


def _name_bytes(content: dict[str, Any]) -> None:
    """In 3.1, a body of bytes has no schema; in 3.0, it is a binary string."""
    for media_type, media in content.items():
        if is_object(media) and "schema" not in media and media_type.startswith(_BYTES):
            media["schema"] = {"type": "string", "format": "binary"}


def schema_in_30(schema: dict[str, Any]) -> dict[str, Any]:
    """Return one schema in the words of 3.0; those inside it are in 3.0 already."""
    result = {key: value for key, value in schema.items() if key not in _NO_FACTS}
    _no_booleans(result)
    _pattern_properties(result)
    _prefix_items(result)
    _content(result)
    if "const" in result:
        result["enum"] = [result.pop("const")]
    for side in ("Minimum", "Maximum"):
        _exclusive(result, f"exclusive{side}", side.lower())
    result = _one_type(result)
    return {f"x-{k}" if k in _NEW_KEYWORDS else k: v for k, v in result.items()}


def _no_booleans(schema: dict[str, Any]) -> None:
    """`true` allows every value and `false` none."""

    def plain(value: Any) -> Any:
        if isinstance(value, bool):
            return {} if value else {"not": {}}
        return value

    for key in _SCHEMA_MAPS:
        if is_object(schema.get(key)):
            schema[key] = {name: plain(value) for name, value in schema[key].items()}
    for key in _SCHEMA_LISTS:
        if is_list(schema.get(key)):
            schema[key] = [plain(value) for value in schema[key]]
    for key in _SCHEMA_SINGLES:
        # `items: false` after prefixItems ends the list; elsewhere, no item fits.
        if key in schema and not (key == "items" and "prefixItems" in schema):
            schema[key] = plain(schema[key])


def _pattern_properties(schema: dict[str, Any]) -> None:
    """What keys of some form hold is what further keys can hold."""
    patterns = schema.get("patternProperties")
    if is_object(patterns) and not is_object(schema.get("additionalProperties")):
        schema["additionalProperties"] = _any_of(list(patterns.values()))


def _prefix_items(schema: dict[str, Any]) -> None:
    """A list whose places have a type each is a list of any of these."""
    prefix = schema.get("prefixItems")
    if not is_list(prefix) or not all(is_object(item) for item in prefix):
        return
    rest = schema.pop("items", None)
    schema["items"] = _any_of([*prefix, rest] if is_object(rest) else prefix)
    if rest is False:
        schema.setdefault("maxItems", len(prefix))


def _any_of(schemas: list[Any]) -> Any:
    unique: list[Any] = []
    for schema in schemas:
        if schema not in unique:
            unique.append(schema)
    return rebuilt(unique[0] if len(unique) == 1 else {"anyOf": unique})


def _content(schema: dict[str, Any]) -> None:
    """Encoded or binary content has a format in 3.0; text in a string stays text."""
    if schema.get("contentEncoding") in {"base64", "base64url"}:
        del schema["contentEncoding"]
        named = "byte"
    elif str(schema.get("contentMediaType")).startswith(_BYTES):
        named = "binary"
    else:
        return
    if schema.get("contentMediaType") == "application/octet-stream":
        del schema["contentMediaType"]
    schema.setdefault("type", "string")
    schema.setdefault("format", named)


def _exclusive(schema: dict[str, Any], key: str, limit: str) -> None:
    """An exclusive limit is a number in 3.1, and a word about the limit in 3.0."""
    value = schema.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    other = schema.get(limit)
    stricter = min if limit == "maximum" else max
    if isinstance(other, int | float) and stricter(other, value) != value:
        del schema[key]
        return
    schema[limit] = value
    schema[key] = True


def _one_type(schema: dict[str, Any]) -> dict[str, Any]:
    """3.0 knows one type a schema, and null as a word beside it."""
    type_ = schema.get("type")
    types: list[Any] = list(type_) if is_list(type_) else [type_]
    if (type_ != "null" and not is_list(type_)) or not all(isinstance(t, str) for t in types):
        return schema
    rest = {key: value for key, value in schema.items() if key != "type"}
    named = [name for name in dict.fromkeys(types) if name != "null"]
    if not named:
        return {key: value for key, value in rest.items() if key != "enum"} | NULL_ONLY
    if "number" in named:
        named = [name for name in named if name != "integer"]
    null = {"nullable": True} if "null" in types else {}
    if len(named) == 1:
        return {"type": named[0]} | rest | null
    members = [member for name in named if (member := _of_type(name, rest))]
    shared = {key: value for key, value in rest.items() if key not in _OF_ONE_TYPE}
    if "anyOf" in shared:
        return shared | {"allOf": [*shared.get("allOf", []), {"anyOf": members}]} | null
    return shared | {"anyOf": members} | null


def _of_type(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says of its values of one type; nothing if it allows none."""
    result: dict[str, Any] = {"type": name}
    result |= {key: value for key, value in schema.items() if name in _OF_TYPE.get(key, ())}
    if is_list(values := schema.get("enum")):
        result["enum"] = [value for value in values if type(value) in _KINDS.get(name, ())]
    of_number = schema.get("format") in {"int32", "int64", "float", "double"}
    if "format" in schema and name in (("integer", "number") if of_number else ("string",)):
        result["format"] = schema["format"]
    return {} if result.get("enum") == [] else result
