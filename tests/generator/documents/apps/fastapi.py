"""An annotation service in FastAPI: unions with and without a discriminator, files, enums, nulls."""

import datetime
import enum
import json
import uuid
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import APIRouter, Cookie, Depends, FastAPI, File, Form, Header, Query, UploadFile
from fastapi.responses import FileResponse, RedirectResponse, StreamingResponse
from fastapi.security import APIKeyQuery
from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
key = APIKeyQuery(name="api_key")
app = FastAPI(title="Reef", version="2.1.0", openapi_url="/openapi.json")
api = APIRouter(prefix="/api", dependencies=[Depends(key)])


class State(str, enum.Enum):
    """Where a dive is."""

    PLANNED = "planned"
    UNDER_WAY = "under way"
    DONE = "done"


class Depth(enum.IntEnum):
    """A zone."""

    SHALLOW = 1
    DEEP = 2


class Box(BaseModel):
    """A rectangle."""

    kind: Literal["box"] = "box"
    corner: tuple[float, float]
    size: tuple[float, float]


class Polygon(BaseModel):
    """A polygon."""

    kind: Literal["polygon"] = "polygon"
    points: list[tuple[float, float]] = Field(min_length=3)


class Group(BaseModel):
    """Shapes in shapes."""

    kind: Literal["group"]
    members: list["Shape"]


Shape = Annotated[Box | Polygon | Group, Field(discriminator="kind")]


class Ship(BaseModel):
    """A ship."""

    hull: str
    crew: int | None = None


class Rov(BaseModel):
    """A vehicle."""

    tether: float = Field(gt=0, lt=6000)
    serial: uuid.UUID | None


class Dive(BaseModel):
    """A dive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "A"}]})

    id: int
    name: Annotated[str, Field(max_length=80, pattern="^[A-Z]")]
    state: State = State.PLANNED
    zone: Depth | None = None
    carrier: Ship | Rov | None = None
    began: datetime.datetime | None
    day: datetime.date
    pause: datetime.timedelta | None = None
    shapes: list[Shape] = []
    notes: dict[str, str | int | None] = {}
    tags: set[str] = set()
    either: int | str
    version: Literal[1, 2] = 1
    parent: "Dive | None" = None


class NewDive(BaseModel):
    """What a dive begins with."""

    model_config = ConfigDict(extra="forbid")

    name: str
    day: datetime.date
    carrier: Ship | Rov | None = None


class Page(BaseModel, Generic[T]):
    """A page."""

    items: list[T]
    total: int
    next: str | None


class Export(BaseModel):
    """An export."""

    id: str
    status: Literal["waiting", "running", "finished", "failed"]
    progress: float | None = None


@api.get("/dives")
def list_dives(
    page: int = Query(1, ge=1),
    size: int = 50,
    state: list[State] | None = Query(None),
    since: datetime.datetime | None = None,
    x_team: Annotated[str | None, Header()] = None,
    session: Annotated[str | None, Cookie()] = None,
) -> Page[Dive]: ...


@api.post("/dives", status_code=201)
def create_dive(body: NewDive) -> Dive: ...


@api.get("/dives/{dive_id}", responses={404: {"model": dict[str, str]}})
def read_dive(dive_id: int) -> Dive | None: ...


@api.put("/dives/{dive_id}/shapes")
def replace_shapes(dive_id: int, shapes: list[Shape]) -> list[Shape]: ...


@api.delete("/dives/{dive_id}", status_code=204)
def delete_dive(dive_id: int) -> None: ...


@api.post("/dives/{dive_id}/video")
def upload_video(
    dive_id: int,
    file: UploadFile,
    title: Annotated[str, Form()],
    more: Annotated[list[UploadFile] | None, File()] = None,
) -> Dive: ...


@api.get("/dives/{dive_id}/frame", response_class=FileResponse)
def read_frame(dive_id: int, number: int): ...


@api.get("/dives/{dive_id}/open", response_class=RedirectResponse, status_code=307)
def open_dive(dive_id: int): ...


@api.get(
    "/dives/{dive_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "object"}}}}},
)
def stream_dive(dive_id: int): ...


@api.post("/projects/{project_id}/exports", status_code=202)
def start_export(project_id: int, kind: State) -> Export: ...


@api.get("/projects/{project_id}/exports/{export_id}")
def read_export(project_id: int, export_id: str) -> Export: ...


@api.get("/things")
def things(q: str | None = None) -> dict[str, Dive | list[Ship]]: ...


@app.webhooks.post("dive-ended")
def dive_ended(body: Dive) -> None: ...


app.include_router(api)

if __name__ == "__main__":
    print(json.dumps(app.openapi(), indent=1))
