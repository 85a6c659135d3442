"""Labels of CVAT as labels that know no platform, and back."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from attrs import evolve

from annoport.core import UNSET, Unset
from annoport.core.values.models import known
from annoport.errors import InvalidAnnotationError
from annoport.vision import Attribute, Label, Value
from annoport.vision.cvat_format import limits_of, shape_name, value_of
from annoport_cvat import models

_WIRE_NAMES = {"box": "rectangle"}
_LABEL_ID = re.compile(r'data-label-id="(\d+)"')


def from_label(label: models.Label | models.Sublabel) -> Label:
    """Return a label of CVAT as one that knows no platform.

    In the drawing of a skeleton, its parts go by their names instead of their ids.

    Args:
        label: The label, as the server sends it.
    """
    sublabels = label.sublabels if isinstance(label, models.Label) else UNSET
    parts = tuple(from_label(part) for part in sublabels or ())
    svg = label.svg if isinstance(label, models.Label) else UNSET
    return Label(
        name=label.name,
        id=label.id,
        type=shape_name(label.type or models.LabelType.ANY),
        color=label.color or None,
        attributes=tuple(_attribute(each) for each in label.attributes or ()),
        sublabels=parts,
        svg=_with_names(svg, parts) if isinstance(svg, str) else None,
    )


def to_label(label: Label) -> models.PatchedLabelRequest:
    """Return a label as CVAT takes it, for a new task or project.

    Args:
        label: The label.

    Raises:
        InvalidAnnotationError: Its type, or the kind of an attribute, is none that CVAT has.
    """
    return models.PatchedLabelRequest(
        name=label.name,
        type=_type(label),
        color=label.color or UNSET,
        attributes=[_attribute_request(each, label) for each in label.attributes],
        sublabels=[_sublabel(part) for part in label.sublabels] if label.sublabels else UNSET,
        svg=UNSET if label.svg is None else label.svg,
    )


def text_of(value: Value) -> str:
    """Return a value as the text that CVAT stores.

    Args:
        value: A bool, a number or a text.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _attribute(attribute: models.Attribute) -> Attribute:
    kind: Any = str(attribute.input_type)
    minimum, maximum, step = limits_of(attribute.values if kind == "number" else ())
    default = attribute.default_value
    bare = Attribute(
        name=attribute.name,
        kind=kind,
        id=known(attribute.id),
        mutable=attribute.mutable,
        values=tuple(attribute.values),
        minimum=minimum,
        maximum=maximum,
        step=step,
    )
    given = None if isinstance(default, Unset) else value_of(default, bare)
    return evolve(bare, default=given)


def _attribute_request(attribute: Attribute, label: Label) -> models.AttributeRequest:
    kinds = [str(kind) for kind in models.AttributeInputType]
    if attribute.kind not in kinds:
        _refuse(label, f"attributes[{attribute.name!r}].kind", attribute.kind, kinds)
    values = list(attribute.values)
    if attribute.kind == "number" and not values:
        limits = (attribute.minimum, attribute.maximum, attribute.step or 1)
        values = [text_of(limit) for limit in limits if limit is not None]
    return models.AttributeRequest(
        name=attribute.name,
        input_type=models.AttributeInputType(attribute.kind),
        mutable=attribute.mutable,
        values=values,
        default_value=UNSET if attribute.default is None else text_of(attribute.default),
    )


def _sublabel(label: Label) -> models.SublabelRequest:
    return models.SublabelRequest(
        name=label.name,
        type=_type(label),
        color=label.color or UNSET,
        attributes=[_attribute_request(each, label) for each in label.attributes],
    )


def _type(label: Label) -> models.LabelType:
    name = _WIRE_NAMES.get(label.type, label.type)
    if name not in list(models.LabelType):
        known = [shape_name(each) for each in models.LabelType]
        _refuse(label, "type", label.type, known)
    return models.LabelType(name)


def _refuse(label: Label, field: str, given: str, known: list[str]) -> NoReturn:
    rule = f"{given!r} is none of {', '.join(map(repr, known))}"
    raise InvalidAnnotationError(f"label {label.name!r}", field, rule)


def _with_names(svg: str, parts: tuple[Label, ...]) -> str:
    names = {str(part.id): part.name for part in parts}

    def named(found: re.Match[str]) -> str:
        name = names.get(found[1])
        return found[0] if name is None else f'data-label-name="{_escaped(name)}"'

    return _LABEL_ID.sub(named, svg)


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
