"""An annotation service in Litestar: dataclasses and msgspec structs."""

import datetime
import enum
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Litestar, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi.config import OpenAPIConfig
from litestar.pagination import OffsetPagination
from litestar.params import Body, Parameter
from litestar.response import File, Redirect, ServerSentEvent, Stream


class Mood(enum.Enum):
    """What a whale does."""

    FEEDING = "feeding"
    RESTING = "resting"


class Circle(msgspec.Struct, tag="circle"):
    """A circle."""

    radius: float
    label: str | None = None


class Line(msgspec.Struct, tag="line"):
    """A line."""

    ends: list[float]
    dashed: bool | msgspec.UnsetType = msgspec.UNSET


@dataclass
class Whale:
    """A whale."""

    id: UUID
    name: str
    mood: Mood | None
    seen: datetime.datetime
    drawn: Circle | Line
    mother: "Whale | None" = None
    sizes: dict[str, float] = field(default_factory=dict)
    kind: Literal["blue", "fin"] | None = None
    songs: list[tuple[int, str]] = field(default_factory=list)
    remark: Any = None


@dataclass
class NewWhale:
    """A new whale."""

    name: str
    mood: Mood = Mood.RESTING
    age: Annotated[int, msgspec.Meta(ge=0, lt=200)] | None = None


@dataclass
class Photo:
    """A photo."""

    image: UploadFile
    title: str | None = None


class Whales(Controller):
    """Whales."""

    path = "/whales"
    tags = ["whales"]

    @get("/")
    async def find(
        self,
        limit: int = 10,
        offset: int = 0,
        mood: Annotated[list[Mood] | None, Parameter(query="mood")] = None,
        tenant: Annotated[str | None, Parameter(header="X-Tenant")] = None,
    ) -> OffsetPagination[Whale]: ...

    @post("/")
    async def add(self, data: NewWhale) -> Whale: ...

    @get("/{whale_id:uuid}")
    async def read(self, whale_id: UUID) -> Whale: ...

    @patch("/{whale_id:uuid}")
    async def change(self, whale_id: UUID, data: dict[str, Any]) -> Whale | None: ...

    @delete("/{whale_id:uuid}")
    async def remove(self, whale_id: UUID) -> None: ...

    @post("/{whale_id:uuid}/photo")
    async def photo(
        self,
        whale_id: UUID,
        data: Annotated[Photo, Body(media_type=RequestEncodingType.MULTI_PART)],
    ) -> None: ...

    @get("/{whale_id:uuid}/photo")
    async def read_photo(self, whale_id: UUID) -> File: ...

    @get("/{whale_id:uuid}/open", status_code=302)
    async def open(self, whale_id: UUID) -> Redirect: ...

    @get("/{whale_id:uuid}/shapes")
    async def shapes(self, whale_id: UUID) -> list[Circle | Line]: ...

    @get("/{whale_id:uuid}/songs")
    async def songs(self, whale_id: UUID) -> Stream: ...


app = Litestar([Whales], openapi_config=OpenAPIConfig(title="Whales", version="3.0.0"))

if __name__ == "__main__":
    print(json.dumps(app.openapi_schema.to_schema(), indent=1, default=str))
