"""A server of lists whose things come and go while somebody reads them."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

Change = tuple[str, int]
"""What happens to which thing: ("add", 3), ("remove", 5)."""
_ENDLESS = 100
_COMPARE: dict[str, Callable[[int, int], bool]] = {"<": operator.lt, ">": operator.gt}


class Shelf:
    """Things by id. Their names have many ties: 0 to 2.

    Attributes:
        ids: Ids of the things that are there.
        changes: What happens after each request, in turn.
        always: Ids of the things that have been there all the time.
        ever: Ids of the things that have been there at any time.
        asked: Query strings of the requests.
    """

    def __init__(self, ids: Sequence[int], changes: Sequence[Sequence[Change]] = ()) -> None:
        self.ids = set(ids)
        self.changes = [list(some) for some in changes]
        self.always = set(ids)
        self.ever = set(ids)
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url.query)
        assert len(self.asked) < _ENDLESS, "the walk does not end"
        return JSONResponse(self.answer(request.url.path.strip("/"), request.query_params))

    def answer(self, name: str, query: Mapping[str, str]) -> Any:
        """Answer a request; then things change."""
        answer = getattr(self, f"_{name}")(query)
        for what, item_id in self.changes.pop(0) if self.changes else ():
            self.change(what, item_id)
        return answer

    def change(self, what: str, item_id: int) -> None:
        """Add or remove a thing."""
        if what == "add":
            self.ids.add(item_id)
            self.ever.add(item_id)
        else:
            self.ids.discard(item_id)
            self.always.discard(item_id)

    def _filtered(self, query: Mapping[str, str]) -> Any:
        size, page = int(query.get("size", 2)), int(query.get("page", 1))
        found = [i for i in self._ordered(query, "-id") if _passes(query.get("filter"), i)]
        end = page * size
        following = f"/filtered?page={page + 1}&size={size}&sort={query.get('sort', '')}"
        return {
            "count": len(found),
            "next": following if end < len(found) else None,
            "results": [{"id": i, "name": str(i % 3)} for i in found[end - size : end]],
        }

    def _counted(self, query: Mapping[str, str]) -> Any:
        return self._filtered(query)

    def _cut(self, query: Mapping[str, str]) -> Any:
        start, stop = int(query.get("start", 0)), int(query.get("stop", 10_000))
        # As on a real server, equal things have another order in each slice.
        ids = self._ordered(query, "", start + 2 if "start" in query else None)[start:stop]
        return [{"id": i, "name": str(i % 3)} for i in ids]

    def _ranged(self, query: Mapping[str, str]) -> Any:
        start = int(query.get("first", 0))
        ids = self._ordered(query, "")[start : start + int(query.get("size", 10_000))]
        rows = [[f"{name}{i}" for name in query.get("fields", "id").split(",")] for i in ids]
        return {"ids": ids, "rows": rows, "owners": [i * 10 for i in ids], "total": len(self.ids)}

    def _ordered(
        self, query: Mapping[str, str], default: str, ties: int | None = None
    ) -> list[int]:
        sort = query.get("sort", default)
        key = sort.removeprefix("-")
        keys: dict[str, Callable[[int], Any]] = {
            "id": lambda i: i,
            "name": lambda i: (i % 3, i % ties if ties else i),
            "": lambda i: (i * 7919) % 101,  # without an order, any will do
        }
        return sorted(self.ids, key=keys[key], reverse=sort.startswith("-"))


def _passes(text: str | None, item_id: int) -> bool:
    return text is None or _holds(json.loads(text), item_id)


def _holds(rule: dict[str, Any], item_id: int) -> bool:
    name, terms = next(iter(rule.items()))
    if name == "and":
        return all(_holds(term, item_id) for term in terms)
    assert terms[0] == {"var": "id"}
    return _COMPARE[name](item_id, terms[1])
