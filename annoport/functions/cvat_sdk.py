"""Detection functions that were written for cvat-sdk, as functions for any platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from annoport.core.errors import InvalidAnnotationError, InvalidFunctionError
from annoport.functions.protocol import Context, Spec
from annoport.vision.annotations import Annotation, Shape, Tag
from annoport.vision.attributes import Attribute, Value
from annoport.vision.cvat_format import limits_of, shape_name, shape_of, value_of
from annoport.vision.labels import ANY, Label
from annoport.vision.shapes import Mask

_PLATFORM = "cvat"
_TURNED = ("rectangle", "ellipse", "skeleton")


@frozen(kw_only=True)
class SdkContext:
    """What a function for cvat-sdk is told about a picture, by the names that it expects.

    Attributes:
        frame_name: File name of the picture.
        conf_threshold: The least score of what is to be returned.
        conv_mask_to_poly: Whether polygons are wanted in place of masks.
    """

    frame_name: str
    conf_threshold: float | None
    conv_mask_to_poly: bool


def from_cvat_sdk(function: Any) -> SdkFunction:
    """Return a detection function for cvat-sdk as one for `annotate`.

    It is taken as it is, and cvat-sdk is not imported: models are read by their attributes. The
    rules of that protocol hold, such as that labels, sublabels and attributes have ids.

    Args:
        function: An object or a module with `spec`, a `DetectionFunctionSpec`, and `detect`.

    Raises:
        InvalidFunctionError: It has not what such a function has.
        InvalidAnnotationError: Its spec breaks a rule.
    """
    name = _name_of(function)
    spec = getattr(function, "spec", None)
    if not hasattr(spec, "labels") or not callable(getattr(function, "detect", None)):
        rule = "expected spec, a DetectionFunctionSpec, and detect(context, image)"
        raise InvalidFunctionError(name, rule)
    return SdkFunction(name, Spec(labels=map(_label, getattr(spec, "labels", ()))), function)


@frozen
class SdkFunction:
    """A function for cvat-sdk; `from_cvat_sdk` makes one.

    Attributes:
        name: What it is called.
        spec: What it may return.
    """

    name: str
    spec: Spec
    _function: Any = field(repr=False)

    def detect(self, context: Context, image: Any) -> Sequence[Annotation]:
        """Return what is in a picture.

        Args:
            context: What there is to know about the picture.
            image: The picture.

        Raises:
            InvalidAnnotationError: The function breaks a rule of its protocol.
        """
        told = SdkContext(
            frame_name=context.frame_name,
            conf_threshold=context.threshold,
            conv_mask_to_poly=context.polygons,
        )
        labels = {label.id: label for label in self.spec.labels}
        return [_annotation(each, labels, context) for each in self._function.detect(told, image)]


# --------------------------------------------------------------------------- the spec


def _label(model: Any) -> Label:
    return Label(
        name=model.name,
        id=_id_of(model, f"label {model.name!r}"),
        type=shape_name(_text(getattr(model, "type", ANY))),
        attributes=[_attribute(each, model.name) for each in _listed(model, "attributes")],
        sublabels=[_sublabel(each, model.name) for each in _listed(model, "sublabels")],
    )


def _sublabel(model: Any, whole: str) -> Label:
    return Label(
        name=model.name,
        id=_id_of(model, f"label {whole!r}, part {model.name!r}"),
        type=shape_name(_text(getattr(model, "type", "points"))),
        attributes=[_attribute(each, model.name) for each in _listed(model, "attributes")],
    )


def _attribute(model: Any, whole: str) -> Attribute:
    kind: Any = _text(model.input_type)
    values = tuple(getattr(model, "values", None) or ())
    minimum, maximum, step = limits_of(values if kind == "number" else ())
    return Attribute(
        name=model.name,
        id=_id_of(model, f"label {whole!r}, attribute {model.name!r}"),
        kind=kind,
        values=values if kind in ("select", "radio") else (),
        mutable=bool(getattr(model, "mutable", False)),
        minimum=minimum,
        maximum=maximum,
        step=step,
    )


def _id_of(model: Any, item: str) -> int:
    number = getattr(model, "id", None)
    if not isinstance(number, int):
        raise InvalidAnnotationError(f"spec, {item}", "id", "is missing")
    return number


# --------------------------------------------------------------------------- what it returns


def _annotation(model: Any, labels: Mapping[int | None, Label], context: Context) -> Annotation:
    if not hasattr(model, "label_id"):
        rule = f"expected LabeledShapeRequest or LabeledImageRequest, got {type(model).__name__}"
        raise InvalidAnnotationError("what it returned", "type", rule)
    label = labels.get(model.label_id)
    if label is None:
        rule = f"no label of the spec has the id {model.label_id}"
        raise InvalidAnnotationError("what it returned", "label_id", rule)
    if not hasattr(model, "type"):
        return Tag(**_common(model, label, "tag"))
    shape = _shape(model, label)
    if isinstance(shape, Mask) and context.polygons:
        rule = "a mask, though conv_mask_to_poly is true"
        raise InvalidAnnotationError(str(shape), "type", rule)
    return shape


def _shape(model: Any, label: Label) -> Shape:
    kind = _text(model.type)
    points = list(map(float, getattr(model, "points", None) or ()))
    fields = _common(model, label, kind)
    raw = fields["raw"][_PLATFORM]
    raw["points"] = points
    fields["occluded"] = bool(getattr(model, "occluded", False))
    fields["outside"] = bool(getattr(model, "outside", False))
    rotation = float(getattr(model, "rotation", 0.0) or 0.0)
    if kind in _TURNED:
        fields["rotation"] = rotation
    elif rotation:
        raw["rotation"] = rotation
    elements = _listed(model, "elements")
    if kind == "skeleton":
        fields["elements"] = [_element(each, label) for each in elements]
    elif elements:
        raise InvalidAnnotationError(_item(kind, label), "elements", "only a skeleton has some")
    return shape_of(kind, points, fields)


def _element(model: Any, whole: Label) -> Shape:
    for part in whole.sublabels:
        if part.id == model.label_id:
            return _shape(model, part)
    rule = f"no sublabel of {whole.name!r} has the id {model.label_id}"
    raise InvalidAnnotationError(_item("skeleton", whole), "elements", rule)


def _common(model: Any, label: Label, kind: str) -> dict[str, Any]:
    item = _item(kind, label)
    for name in ("id", "source"):
        if hasattr(model, name):
            raise InvalidAnnotationError(item, name, "must not be set by a function")
    raw = {name: getattr(model, name) for name in ("group", "z_order") if hasattr(model, name)}
    return {
        "label": label.name,
        "frame": getattr(model, "frame", 0),
        "attributes": _values(_listed(model, "attributes"), label, item),
        "score": getattr(model, "score", None),
        "id": None,
        "raw": {_PLATFORM: raw},
    }


def _values(models: Iterable[Any], label: Label, item: str) -> dict[str, Value]:
    known = {attribute.id: attribute for attribute in label.attributes}
    values: dict[str, Value] = {}
    for model in models:
        attribute = known.get(model.spec_id)
        if attribute is None:
            rule = f"no attribute of {label.name!r} has the id {model.spec_id}"
            raise InvalidAnnotationError(item, "attributes", rule)
        if attribute.name in values:
            rule = f"{attribute.name!r} is there twice"
            raise InvalidAnnotationError(item, "attributes", rule)
        values[attribute.name] = value_of(model.value, attribute)
    return values


def _item(kind: str, label: Label) -> str:
    return f"{kind} {label.name!r}"


def _listed(model: Any, name: str) -> list[Any]:
    return list(getattr(model, name, None) or ())


def _text(value: Any) -> str:
    """Return the text of what may be an enumeration's member or a model of one."""
    return str(getattr(value, "value", value))


def _name_of(function: Any) -> str:
    own = getattr(function, "__name__", None)
    return own if isinstance(own, str) else type(function).__qualname__
