"""Attribute values of media and annotations, checked against their type."""

from __future__ import annotations

import contextlib

from annoport.testing.tator.answers import TatorError
from annoport.testing.tator.state import Row, members

_NUMBERS = ("int", "float")
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
            values[name] = _cast(given[name], definition)
        elif "default" in definition:
            values[name] = definition["default"]
    return values


def change(row: Row, body: Row, entity_type: Row) -> None:
    """Apply `attributes`, `null_attributes` and `reset_attributes` of a PATCH.

    Raises TatorError for a name that the type does not have.
    """
    definitions = {found["name"]: found for found in entity_type["attribute_types"]}
    given: Row = body.get("attributes") or {}
    cast: Row = {}
    for name, value in given.items():
        if name not in definitions:
            raise TatorError(f"Invalid attribute {name} for entity type {entity_type['name']}")
        cast[name] = _cast(value, definitions[name])
    nulls = dict.fromkeys(members(body, "null_attributes"))
    resets = {
        name: definitions[name]["default"]
        for name in members(body, "reset_attributes")
        if "default" in definitions.get(name, {})
    }
    row["attributes"] = {**row["attributes"], **cast, **nulls, **resets}


def _cast(value: object, definition: Row) -> object:
    """Return a value as it is stored: the server cuts off the fraction of a whole number.

    Raises TatorError for a value that does not fit.
    """
    dtype, stored = definition["dtype"], value
    if dtype in _NUMBERS and isinstance(value, int | float | str) and not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            stored = float(value) if dtype == "float" else int(value)
    wanted = _PYTHON_TYPES.get(dtype)
    choices = definition.get("choices")
    message = f"Invalid attribute value {value} for {dtype} attribute {definition['name']}"
    fits = wanted is None or (
        isinstance(stored, wanted) and (dtype == "bool" or not isinstance(stored, bool))
    )
    if not fits:
        raise TatorError(message)
    for limit, way in (("maximum", "above"), ("minimum", "below")):
        bound = definition.get(limit)
        if (
            bound is not None
            and isinstance(stored, int | float)
            and (stored > bound if way == "above" else stored < bound)
        ):
            name = f"{dtype} attribute {definition['name']}"
            raise TatorError(f"{value} is {way} {limit} {bound} for {name}!")
    if choices and stored not in choices:
        raise TatorError(f"{message}. Valid choices are: {choices}.")
    return stored
