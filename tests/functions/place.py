"""The labels of a place that is annotated."""

from __future__ import annotations

from annoport.vision import Attribute, Label

LABELS = (
    Label(
        name="crab",
        type="box",
        attributes=(
            Attribute(name="age", kind="select", values=("young", "old")),
            Attribute(name="length", kind="number", minimum=0, maximum=10, step=1, mutable=True),
        ),
    ),
    Label(name="cod", type="any"),
    Label(
        name="fish",
        type="skeleton",
        sublabels=(Label(name="nose", type="points"), Label(name="tail", type="points")),
    ),
)
