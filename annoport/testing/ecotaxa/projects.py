"""Endpoints of users, projects, taxa, samples and objects."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, cast

from annoport.testing.ecotaxa.answers import (
    Json,
    answer,
    crash,
    forbid,
    invalid,
    missing,
    no_integer,
    not_found,
    refuse,
)
from annoport.testing.ecotaxa.call import Call, page_of
from annoport.testing.ecotaxa.filters import choose, column
from annoport.testing.ecotaxa.state import Project, Thing, may_manage, may_read

if TYPE_CHECKING:
    from starlette.responses import Response

_SEARCH_CAP = 200
_COLUMNS = ("projid", "title", "instrument", "comments", "status", "access")
_KEPT = frozenset(("title", "instrument", "access", "status", "comments", "bodc_variables"))
_SETTINGS = ("classifsettings", "classiffieldlist", "popoverfieldlist", "formulae")


async def login(call: Call) -> Response:
    """POST /login: the token is a bare JSON string."""
    given = await call.body("password", "username")
    wanted = (given["username"], given["password"])
    known = {(user.email, user.password): user for user in call.state.users.values()}
    if wanted not in known:
        forbid()
    return answer(call.fake.token_for(known[wanted]))


async def myself(call: Call) -> Response:
    """GET /users/me."""
    shown = call.user.full()
    shown["can_do"] = [1, 2, 3, 4] if call.user.admin else [1]
    recent = [p for p in call.state.projects.values() if call.user in p.managers]
    shown["last_used_projects"] = [{"projid": p.id, "title": p.title} for p in recent]
    return answer(shown)


async def users(call: Call) -> Response:
    """GET /users: an ordinary user sees nobody."""
    if not call.user.admin:
        return answer([])
    ids = call.ids("ids")
    return answer([u.full() for u in call.state.users.values() if not ids or u.id in ids])


async def user(call: Call) -> Response:
    """GET /users/{user_id}."""
    known = call.state.users if call.user.admin else {call.user.id: call.user}
    found = known.get(call.number("user_id"))
    if found is None:
        refuse(404, "User not found")
    return answer(found.minimal())


async def projects(call: Call) -> Response:
    """GET /projects."""
    wanted = call.ids("project_ids")
    found = [p for p in _listed(call) if not wanted or p.id in wanted]
    shown = [call.state.show_project(project, call.visitor) for project in found]
    return answer(page_of(call, shown))


async def search_projects(call: Call) -> Response:
    """GET /projects/search."""
    title = call.query.get("title_filter", "").lower()
    instrument = call.query.get("instrument_filter", "").lower()
    found = [
        call.state.show_project(project, call.visitor)
        for project in _listed(call)
        if title in project.title.lower() and instrument in project.instrument.lower()
    ]
    if call.query.get("fields") == "summary":
        found = [{"projid": shown["projid"], "title": shown["title"]} for shown in found]
    return answer(page_of(call, found))


def _listed(call: Call) -> list[Project]:
    visitor = call.visitor
    others = any(call.query.get(n, "").lower() == "true" for n in ("not_granted", "also_others"))
    managing = call.query.get("for_managing", "").lower() == "true"
    if visitor is not None and managing and not others:
        return [p for p in call.state.projects.values() if may_manage(p, visitor)]
    return [p for p in call.state.projects.values() if may_read(p, visitor)]


async def project(call: Call) -> Response:
    """GET /projects/{project_id}."""
    return answer(call.state.show_project(call.project(call.number("project_id")), call.visitor))


async def create_project(call: Call) -> Response:
    """POST /projects/create: the answer is the bare id."""
    owner = call.user
    given = await call.body("title")
    number = call.state.new_id("project")
    made = Project(
        id=number,
        title=given["title"],
        managers=[owner],
        instrument=given.get("instrument") or "",
        access=given.get("access") or "1",
    )
    model = call.state.projects.get(given.get("clone_of_id") or 0)
    if model is not None:
        made.bodc_variables, made.instrument = model.bodc_variables, model.instrument
    call.state.projects[number] = made
    return answer(number)


async def update_project(call: Call) -> Response:
    """PUT /projects/{project_id}: takes the whole project, answers null."""
    found = call.managed(call.number("project_id"))
    given = await call.body("projid", "title", "access")
    for name in _KEPT & given.keys():
        setattr(found, name, given[name])
    found.settings |= {name: given[name] for name in _SETTINGS if name in given}
    return answer(None)


async def remove_project(call: Call) -> Response:
    """DELETE /projects/{project_id}: four counts."""
    found = call.managed(call.number("project_id"))
    counts = _remove(call, call.state.things_of(found.id))
    if call.query.get("only_objects", "").lower() != "true":
        for sample in call.state.samples_of(found.id):
            del call.state.samples[sample.id]
        del call.state.projects[found.id]
    return answer(counts)


def _remove(call: Call, things: list[Thing]) -> list[int]:
    for thing in things:
        del call.state.things[thing.id]
    return [len(things), 0, len(things), len(things)]


async def project_stats(call: Call) -> Response:
    """GET /projects/{project_id}/stats: sentences, not numbers."""
    found = call.project(call.number("project_id"))
    lines = [found.title, str(call.state.show_project(found, None)["obj_free_cols"])]
    for sample in call.state.samples_of(found.id):
        count = sum(thing.sample is sample for thing in call.state.things_of(found.id))
        lines.append(f"acq_{sample.orig_id} ({count}): ")
    return answer([*lines, f"Total: {len(call.state.things_of(found.id))} objects"])


async def project_columns(call: Call) -> Response:
    """GET /project_set/projects: unknown columns are left out."""
    names = call.query.get("fields", ",".join(_COLUMNS)).split(",")
    found = [call.project(number) for number in call.ids("ids")]
    rows: list[Json] = []
    for project_ in found:
        shown = call.state.show_project(project_, call.visitor)
        known = [name for name in names if name in _COLUMNS] if "fields" not in call.query else []
        values = [shown[name] for name in known]
        rows.append({"projid": project_.id, "columns": known, "values": values})
    return answer(rows)


async def taxo_stats(call: Call) -> Response:
    """GET /project_set/taxo_stats."""
    call.needed("ids")
    rows: list[Json] = []
    for number in call.ids("ids"):
        things = call.state.things_of(call.project(number).id)
        counts = _by_status(things)
        used = sorted({thing.taxon for thing in things if thing.taxon is not None})
        rows.append(
            {
                "projid": number,
                "used_taxa": used,
                "nb_unclassified": sum(thing.status is None for thing in things),
                "nb_validated": counts["V"],
                "nb_dubious": counts["D"],
                "nb_predicted": counts["P"],
            }
        )
    return answer(rows)


def _by_status(things: list[Thing]) -> dict[str, int]:
    return {status: sum(thing.status == status for thing in things) for status in "VDP"}


async def root_taxa(call: Call) -> Response:
    """GET /taxa."""
    roots = [taxon for taxon in call.state.taxa.values() if taxon.parent is None]
    return answer([call.state.show_taxon(taxon) for taxon in roots])


async def taxon(call: Call) -> Response:
    """GET /taxon/{taxon_id}: null for an unknown one."""
    found = call.state.taxa.get(call.number("taxon_id"))
    return answer(call.state.show_taxon(found) if found else None)


async def search_taxa(call: Call) -> Response:
    """GET /taxon_set/search: never more than 200."""
    begin = call.needed("query").lower()
    found = [taxon for taxon in call.state.taxa.values() if taxon.name.lower().startswith(begin)]
    return answer(
        [
            {
                "id": taxon.id,
                "status": "A",
                "text": taxon.name,
                "pr": 0,
                "aphia_id": taxon.aphia_id,
                "renm_id": None,
            }
            for taxon in sorted(found, key=lambda taxon: taxon.name)[:_SEARCH_CAP]
        ]
    )


async def taxa(call: Call) -> Response:
    """GET /taxon_set/query: what is unknown is left out."""
    call.needed("ids")
    known = call.state.taxa
    return answer([call.state.show_taxon(known[n]) for n in call.ids("ids") if n in known])


async def search_samples(call: Call) -> Response:
    """GET /samples/search."""
    pattern = call.needed("id_pattern").lower().replace("%", "*")
    call.needed("project_ids")
    found = [
        sample.show()
        for number in call.ids("project_ids")
        for sample in call.state.samples_of(call.project(number).id)
        if fnmatch.fnmatch(sample.orig_id.lower(), pattern or "*")
    ]
    return answer(found)


async def sample(call: Call) -> Response:
    """GET /sample/{sample_id}."""
    found = call.state.samples.get(call.number("sample_id"))
    if found is None:
        not_found()
    call.project(found.project_id)
    return answer(found.show())


async def acquisition(call: Call) -> Response:
    """GET /acquisition/{acquisition_id}."""
    number = call.number("acquisition_id")
    found = {sample.acquisition_id: sample for sample in call.state.samples.values()}.get(number)
    if found is None:
        not_found()
    call.project(found.project_id)
    return answer(found.show_acquisition())


async def thing(call: Call) -> Response:
    """GET /object/{object_id}."""
    found = call.state.things.get(call.number("object_id"))
    if found is None:
        refuse(404, "Object not found")
    call.project(found.sample.project_id)
    return answer(call.state.show_thing(found))


async def history(call: Call) -> Response:
    """GET /object/{object_id}/history: empty, for an unknown object too."""
    call.number("object_id")
    return answer([])


def _chosen(call: Call, filters: Json) -> list[Thing]:
    found = call.project(call.number("project_id"))
    try:
        return choose(call.state, call.state.things_of(found.id), filters)
    except ValueError as error:
        crash(f"ValueError: {error}")


async def query(call: Call) -> Response:
    """POST /object_set/{project_id}/query: parallel lists, and a row of fields per object."""
    things = _chosen(call, await call.body())
    size, start = call.integer("window_size"), call.integer("window_start") or 0
    if size is not None and size < 0:
        crash("sqlalchemy.exc.DataError: LIMIT must not be negative")
    order = call.query.get("order_field", "")
    things = _ordered(call, things, order)
    shown = things[start : None if size is None else start + size]
    fields = [name for name in call.query.get("fields", "").split(",") if name]
    return answer(
        {
            "object_ids": [thing.id for thing in shown],
            "acquisition_ids": [thing.sample.acquisition_id for thing in shown],
            "sample_ids": [thing.sample.id for thing in shown],
            "project_ids": [thing.sample.project_id for thing in shown],
            "details": [_details(call, thing, fields) for thing in shown],
            "total_ids": len(things),
        }
    )


def _ordered(call: Call, things: list[Thing], order: str) -> list[Thing]:
    """Sort by a column; an unknown one is ignored without a word."""
    name = order.removeprefix("-")
    try:
        keys = [(str(column(call.state, thing, name)), thing.id) for thing in things]
    except KeyError:
        return things
    ranked = sorted(zip(keys, things, strict=True), key=lambda pair: pair[0])
    return [thing for _, thing in (reversed(ranked) if order.startswith("-") else ranked)]


def _details(call: Call, thing: Thing, fields: list[str]) -> list[object]:
    """Return a row; an unknown field is left out, which moves the columns behind it."""
    row: list[object] = []
    for name in fields:
        try:
            row.append(column(call.state, thing, name))
        except KeyError:
            continue
    return row


async def summary(call: Call) -> Response:
    """POST /object_set/{project_id}/summary."""
    only_total = call.needed("only_total").lower() == "true"
    things = _chosen(call, await call.body())
    counts = _by_status(things)
    return answer(
        {
            "total_objects": len(things),
            "validated_objects": None if only_total else counts["V"],
            "dubious_objects": None if only_total else counts["D"],
            "predicted_objects": None if only_total else counts["P"],
        }
    )


async def classify(call: Call) -> Response:
    """POST /object_set/classify: how many objects changed."""
    user_ = call.user
    given = await call.body("target_ids", "classifications", "wanted_qualification")
    things = _managed_things(call, given["target_ids"])
    for thing_, number in zip(things, given["classifications"], strict=True):
        if number != -1:
            thing_.taxon = number
        thing_.status, thing_.annotator = given["wanted_qualification"], user_
    return answer(len(things))


async def remove_things(call: Call) -> Response:
    """DELETE /object_set/: a list of ids in the body of a DELETE."""
    given = await call.json()
    if not isinstance(given, list):
        invalid(missing("body"))
    ids: list[object] = [*given]
    for place, number in enumerate(ids):
        if not isinstance(number, int):
            invalid(no_integer("body", str(place)))
    return answer(_remove(call, _managed_things(call, cast("list[int]", ids))))


def _managed_things(call: Call, ids: list[int]) -> list[Thing]:
    user_ = call.user
    found = [call.state.things[number] for number in ids if number in call.state.things]
    for thing_ in found:
        if not may_manage(call.state.projects[thing_.sample.project_id], user_):
            forbid()
    return found
