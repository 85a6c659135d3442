"""Attribute values of media and annotations, checked against their type."""

from __future__ import annotations

from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.state import Row, members

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "string": (str,),
    "datetime": (str,),
    "enum": (str,),
}


def attribute(name: str, dtype: str, **more: object) -> Row:
    """Return the definition of an attribute, as types list it."""
    return {"name": name, "dtype": dtype, "order": 0, "required": False, "description": "", **more}


def for_create(given: Row | None, entity_type: Row) -> Row:
    """Return the attributes of a new row: defaults filled in, unknown names dropped."""
    values: Row = {}
    for definition in entity_type["attribute_types"]:
        name = definition["name"]
        if given and name in given:
            _check(given[name], definition)
            values[name] = given[name]
        elif "default" in definition:
            values[name] = definition["default"]
    return values


def change(row: Row, body: Row, entity_type: Row) -> None:
    """Apply `attributes`, `null_attributes` and `reset_attributes` of a PATCH.

    Raises TatorError for a name that the type does not have.
    """
    definitions = {found["name"]: found for found in entity_type["attribute_types"]}
    given: Row = body.get("attributes") or {}
    for name, value in given.items():
        if name not in definitions:
            raise TatorError(f"Invalid attribute {name} for entity type {entity_type['name']}")
        _check(value, definitions[name])
    nulls = dict.fromkeys(members(body, "null_attributes"))
    resets = {
        name: definitions[name]["default"]
        for name in members(body, "reset_attributes")
        if "default" in definitions.get(name, {})
    }
    row["attributes"] = {**row["attributes"], **given, **nulls, **resets}


def _check(value: object, definition: Row) -> None:
    dtype = definition["dtype"]
    wanted = _PYTHON_TYPES.get(dtype)
    fits = wanted is None or (
        isinstance(value, wanted) and (dtype == "bool" or not isinstance(value, bool))
    )
    choices = definition.get("choices")
    message = f"Invalid attribute value {value} for {dtype} attribute {definition['name']}"
    if not fits:
        raise TatorError(message)
    if choices and value not in choices:
        raise TatorError(f"{message}. Valid choices are: {choices}.")
