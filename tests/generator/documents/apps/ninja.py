"""An annotation service in Django Ninja."""

import datetime
import enum
import json
from typing import Annotated, Literal, Union

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "ninja"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for a document",
)
django.setup()

from ninja import File, Form, NinjaAPI, Query, Router, Schema  # noqa: E402
from ninja.files import UploadedFile  # noqa: E402
from ninja.pagination import LimitOffsetPagination, paginate  # noqa: E402
from ninja.security import APIKeyCookie, HttpBearer  # noqa: E402
from pydantic import Field  # noqa: E402


class Bearer(HttpBearer):
    def authenticate(self, request, token): ...


class Session(APIKeyCookie):
    param_name = "otolith_session"

    def authenticate(self, request, key): ...


class Sex(str, enum.Enum):
    F = "f"
    M = "m"


class Ring(Schema):
    what: Literal["ring"]
    year: int


class Crack(Schema):
    what: Literal["crack"]
    width: float | None = None


Mark = Annotated[Union[Ring, Crack], Field(discriminator="what")]


class Otolith(Schema):
    id: int
    sex: Sex | None = None
    caught: datetime.date
    length: Annotated[float, Field(ge=0)] | None
    marks: list[Mark] = []
    label: str | list[str]
    of: "Otolith | None" = None


class NewOtolith(Schema):
    caught: datetime.date
    sex: Sex = Sex.F


class Problem(Schema):
    detail: str


class Filter(Schema):
    sex: Sex | None = None
    after: datetime.datetime | None = None
    ids: list[int] = []


api = NinjaAPI(title="Otoliths", version="5.0.1", auth=[Bearer(), Session()])
router = Router(tags=["otoliths"])


@router.get("/", response=list[Otolith])
@paginate(LimitOffsetPagination)
def find(request, filters: Query[Filter]): ...


@router.post("/", response={201: Otolith, 409: Problem})
def add(request, body: NewOtolith): ...


@router.get("/{otolith_id}", response={200: Otolith, 202: Problem, 404: Problem})
def read(request, otolith_id: int): ...


@router.delete("/{otolith_id}", response={204: None})
def remove(request, otolith_id: int): ...


@router.post("/{otolith_id}/image", response=dict[str, int])
def image(request, otolith_id: int, title: Form[str], image: File[UploadedFile]): ...


@router.put("/{otolith_id}/marks", response=list[Mark])
def marks(request, otolith_id: int, body: list[Mark]): ...


@router.get("/raw", auth=None)
def raw(request): ...


api.add_router("/otoliths", router)
urlpatterns = []

if __name__ == "__main__":
    print(json.dumps(api.get_openapi_schema(path_prefix="/api/"), indent=1, default=str))
