"""Responses in the shapes that EcoTaxa gives them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Json = dict[str, Any]

_PLACES = (
    ('  File "/srv/ecotaxa_back/py/main.py", line 236, in dispatch', "await call_next(request)"),
    (
        '  File "/srv/ecotaxa_back/py/helpers/fastApiUtils.py", line 61, in app',
        "await func(request)",
    ),
)


class Refused(Exception):  # noqa: N818  # an answer, not a fault of the program
    """A request that ends with an error answer."""

    def __init__(self, response: Response) -> None:
        """Hold the answer."""
        super().__init__(response.status_code)
        self.response = response


class _Crash(Response):
    """A response after which the server drops the connection without having announced it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)
        raise ConnectionAbortedError("the connection ends here")


def answer(body: object, status: int = 200) -> Response:
    """Return `body` as JSON."""
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(content, status_code=status, media_type="application/json")


def traceback_lines(error: str) -> list[str]:
    """Return a made-up traceback that ends with `error`, e.g. "ValueError: too small"."""
    return [*(f"{place}\n    {code}\n" for place, code in _PLACES), f"{error}\n"]


def database_error(error: str) -> str:
    """Return an exception of the database as it ends a traceback, e.g. "UndefinedColumn: no x"."""
    kind, _, text = error.partition(": ")
    return (
        f"sqlalchemy.exc.ProgrammingError: (psycopg2.errors.{kind}) {text}\n"
        "LINE 3: FROM obj_head obh\n             ^\n\n[SQL: SELECT obh.objid\nFROM obj_head obh]\n"
        "[parameters: {'projid': 1}]\n(Background on this error at: https://sqlalche.me/e/14/f405)"
    )


def refuse(status: int, detail: object) -> NoReturn:
    """Refuse with `{"detail": ...}`."""
    raise Refused(answer({"detail": detail}, status))


def forbid() -> NoReturn:
    """Refuse a user who lacks the right, or gave a wrong password."""
    refuse(403, "You can't do this.")


def not_found() -> NoReturn:
    """Refuse for an unknown id."""
    refuse(404, "Not found.")


def crash(error: str) -> NoReturn:
    """Refuse with the 500 of an exception: a traceback as text, and a dropped connection."""
    body = "\n----------- BACK-END -------------\n" + "".join(traceback_lines(error))
    raise Refused(_Crash(body, status_code=500, media_type="text/plain"))


def invalid(*problems: Json) -> NoReturn:
    """Refuse with the 422 of the web framework."""
    refuse(422, list(problems))


def missing(*place: str) -> Json:
    """Describe a missing field; `place` is e.g. "body", "title"."""
    return {"loc": list(place), "msg": "field required", "type": "value_error.missing"}


def no_member(allowed: tuple[str, ...], *place: str) -> Json:
    """Describe a value that is not one of `allowed`."""
    permitted = ", ".join(repr(name) for name in allowed)
    return {
        "loc": list(place),
        "msg": f"value is not a valid enumeration member; permitted: {permitted}",
        "type": "type_error.enum",
        "ctx": {"enum_values": list(allowed)},
    }


def no_integer(*place: str) -> Json:
    """Describe a value that is not an integer."""
    return {"loc": list(place), "msg": "value is not a valid integer", "type": "type_error.integer"}
