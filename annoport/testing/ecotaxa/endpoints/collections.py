"""The endpoint that changes a collection; the fake has a single one, which it does not store."""

from __future__ import annotations

from starlette.responses import Response

from annoport.testing.ecotaxa.answers import answer, crash, refuse
from annoport.testing.ecotaxa.call import Call, Routes


async def change(call: Call) -> Response:
    """PATCH /collections/{collection_id}: authors without an order of display are a failure."""
    _ = call.user
    given = await call.body()
    if call.number("collection_id") != 1:
        refuse(404, "Collection not found")
    if given.get("creator_users") and not given.get("display_order"):
        crash("TypeError: 'NoneType' object is not subscriptable")
    return answer(None)


ROUTES: Routes = {"/collections/{collection_id}": {"PATCH": change}}
