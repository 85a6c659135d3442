"""An annotation service in APIFlask: marshmallow schemas."""

from __future__ import annotations

import json

from apiflask import APIFlask, APIKeyHeaderAuth, PaginationSchema, Schema
from apiflask.fields import (
    Boolean,
    DateTime,
    Dict,
    Enum,
    File,
    Float,
    Integer,
    List,
    Nested,
    Raw,
    String,
    UUID,
)
from apiflask.validators import Length, OneOf, Range
import enum

app = APIFlask(__name__, title="Plankton", version="0.9.1")
auth = APIKeyHeaderAuth(param_name="X-Plankton-Key")


class Grade(enum.Enum):
    """How sure."""

    SURE = "sure"
    GUESS = "guess"


class Point(Schema):
    x = Float(required=True, allow_nan=False)
    y = Float(required=True)


class Sample(Schema):
    id = Integer(dump_only=True, required=True)
    token = String(load_only=True, required=True)
    name = String(required=True, validate=Length(1, 40))
    grade = Enum(Grade, by_value=True, allow_none=True)
    net = String(validate=OneOf(["bongo", "ring"]), allow_none=True)
    depth = Float(allow_none=True, validate=Range(min=0))
    where = Nested(Point, allow_none=True)
    track = List(Nested(Point), load_default=[])
    counts = Dict(keys=String(), values=Integer())
    anything = Raw(allow_none=True)
    uuid = UUID()
    at = DateTime(format="iso", allow_none=True)
    checked = Boolean(load_default=False)
    parent = Nested(lambda: Sample(exclude=("parent",)), allow_none=True)


class Samples(Schema):
    samples = List(Nested(Sample))
    pagination = Nested(PaginationSchema)


class Query(Schema):
    page = Integer(load_default=1)
    per_page = Integer(load_default=20, validate=Range(max=100))
    grade = List(Enum(Grade, by_value=True))


class Upload(Schema):
    image = File(required=True)
    title = String()


@app.get("/samples")
@app.input(Query, location="query")
@app.output(Samples)
@app.auth_required(auth)
def list_samples(query_data): ...


@app.post("/samples")
@app.input(Sample)
@app.output(Sample, status_code=201)
@app.auth_required(auth)
def add_sample(json_data): ...


@app.patch("/samples/<int:sample_id>")
@app.input(Sample(partial=True))
@app.output(Sample)
@app.doc(responses=[404, 409])
def change_sample(sample_id, json_data): ...


@app.delete("/samples/<int:sample_id>")
@app.output({}, status_code=204)
def remove_sample(sample_id): ...


@app.post("/samples/<int:sample_id>/image")
@app.input(Upload, location="form_and_files")
@app.output({"type": "object", "properties": {"size": {"type": "integer"}}})
def add_image(sample_id, form_and_files_data): ...


@app.get("/samples/<int:sample_id>/image")
@app.output({"type": "string", "format": "binary"}, content_type="image/png")
def read_image(sample_id): ...


if __name__ == "__main__":
    with app.app_context():
        print(json.dumps(app.spec, indent=1))
