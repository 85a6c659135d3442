"""What misleads people on a real EcoTaxa, and what the client makes of it; on the fake."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import annoport
from annoport import testing
from annoport.errors import (
    AuthenticationError,
    InvalidArgumentError,
    InvalidBodyError,
    JobFailedError,
    JobRefusedError,
    JobTimeoutError,
    NotFoundError,
    ServerError,
)
from annoport.testing.ecotaxa.fake import FakeEcotaxa
from annoport.testing.images import png
from tests.core.both_shells import Shell, shells

Server = testing.FakeServer[FakeEcotaxa]
SUMMARY = "/object_set/1/summary?only_total=true"


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def shell(request: pytest.FixtureRequest) -> Iterator[Shell]:
    made: Shell = request.param()
    yield made
    made.finish()


@pytest.fixture
def server() -> Iterator[Server]:
    with testing.serve("ecotaxa", job_seconds=0.02, queue_seconds=0.01) as running:
        yield running


@pytest.fixture
def client(shell: Shell, server: Server) -> Any:
    return connect(shell, server, token=server.token)


def connect(shell: Shell, server: Server, **options: Any) -> Any:
    package = importlib.import_module("annoport_ecotaxa")
    kind = package.Client if shell.name == "sync" else package.AsyncClient
    return shell.keep(kind(server.url, **options))


def posted(server: Server, path: str, body: object) -> httpx.Response:
    """What the server answers to a plain request, which no client of ours would send."""
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx.post(server.url + path, headers=headers, json=body)


def table(rows: str) -> bytes:
    head = "object_id\tobject_depth_max\timg_file_name\tobject_annotation_category\n"
    types = "[t]\t[f]\t[t]\t[t]\n"
    return (head + types + rows).encode()


def put_table(server: Server, rows: str, folder: str = "tow") -> None:
    files = server.fake.folder(server.fake.state.users[1]).files
    files |= {f"{folder}/ecotaxa_tow.tsv": table(rows), f"{folder}/a.png": png(4, 4)}


# ------------------------------------------------------------------------------ counts


def test_ids_or_the_word_all(shell: Shell, client: Any) -> None:
    def taxa(wanted: Any) -> list[list[int]]:
        return [row.used_taxa for row in shell.run(client.projects.taxon_stats(**wanted))]

    every = [[45072], [45074], [78418], [84963]]
    assert taxa({"ids": [1]}) == [[45072, 45074, 78418, 84963]]
    assert taxa({"ids": [1], "taxa_ids": "all"}) == every
    assert taxa({"ids": [1], "taxa_ids": [84963, 45072]}) == [[45072], [84963]]
    assert shell.run(client.instruments.list(project_ids="all"))[0] == "FlowCam"


# ------------------------------------------------------------------------------ filters

FORM = (
    "expected the letter of a table (o object, s sample, a acquisition, p process) and the alias "
    "of a column in the project's obj_free_cols and the like, such as on12 or pt01"
)


@pytest.mark.parametrize("name", ["freenum", "freetxt"])
@pytest.mark.parametrize("value", ["n12", "n01", "t01", "area", "xn12", "on1"])
def test_free_columns_have_a_form(shell: Shell, client: Any, name: str, value: str) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.objects.summary(1, only_total=True, body={name: value}))
    assert str(caught.value) == (
        f"get_object_set_summary: $.{name}: {value!r} is refused: the server would read it as "
        f"another column, or filter nothing; {FORM}"
    )


def test_what_the_server_makes_of_another_form(shell: Shell, server: Server, client: Any) -> None:
    def count(filters: dict[str, str]) -> int:
        return int(posted(server, SUMMARY, filters).json()["total_objects"])

    right = {"freenum": "on02", "freenumst": "15"}
    assert shell.run(client.objects.summary(1, only_total=True, body=right)).total_objects == 8
    assert count({**right, "freenum": "n12"}) == count(right)  # read as column 2
    assert count({**right, "freenum": "t01"}) == 12
    broken = posted(server, SUMMARY, {**right, "freenum": "n10"})
    assert broken.status_code == 500
    assert "(Background on this error at" in broken.text


def test_only_one_limit_of_a_free_column(shell: Shell, server: Server, client: Any) -> None:
    both = {"freenum": "on02", "freenumst": "15", "freenumend": "17"}
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.objects.summary(1, only_total=True, body=both))
    assert str(caught.value) == (
        "get_object_set_summary: $.freenumend: is refused beside 'freenumst': the server ignores "
        "the upper limit if both are given; pass one of them, and leave the other objects out "
        "yourself"
    )
    one = {"freenum": "on02", "freenumst": "15"}
    assert posted(server, SUMMARY, both).json() == posted(server, SUMMARY, one).json()


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (
            {"statusfilter": "X"},
            (
                "$.statusfilter: 'X' is refused: no object would match; expected 'P', 'V', 'D', "
                "'U', 'UP', 'NV', 'PV', 'PVD', 'VM' or 'NVM'"
            ),
        ),
        (
            {"taxo": "1", "taxochild": "y"},
            "$.taxochild: 'y' is refused: the server would read it as N; expected 'Y' or 'N'",
        ),
        (
            {"daytime": "D,X"},
            "$.daytime: 'X' is refused: no object would match; expected 'D', 'U', 'N' or 'A'",
        ),
        (
            {"inverttime": "true"},
            "$.inverttime: 'true' is refused: the server would read it as 0; expected '1' or '0'",
        ),
    ],
)
def test_closed_vocabularies_of_filters(
    shell: Shell, client: Any, filters: dict[str, str], said: str
) -> None:
    body: dict[str, Any] = {"filters": filters, "request": {"project_id": 1}}
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.objects.export_general(body=body))
    assert str(caught.value) == "export_object_set_general: " + said.replace("$.", "$.filters.", 1)


def test_classes_keep_what_a_newer_server_may_add(shell: Shell, client: Any) -> None:
    models = importlib.import_module("annoport_ecotaxa").models
    assert models.StatusFilter("NEW") == "NEW"
    filters = models.ProjectFilters(statusfilter=models.StatusFilter.V)
    assert shell.run(client.objects.summary(1, only_total=True, body=filters)).total_objects == 8


def test_the_status_of_a_classification(shell: Shell, server: Server, client: Any) -> None:
    body = {"target_ids": [200000001], "classifications": [84963], "wanted_qualification": "X"}
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.objects.classify(body=body))
    assert str(caught.value) == (
        "classify_object_set: $.wanted_qualification: 'X' is refused: the server knows no such "
        "status; expected 'P', 'V' or 'D'"
    )
    with pytest.raises(ServerError) as failed:
        shell.run(client.objects.classify(body={**body, "wanted_qualification": "P"}))
    assert failed.value.message == (
        "AssertionError: Can't (re)classify Predicted objects, use prediction function "
        "(fastApiUtils.py, line 61, in app)"
    )


# ------------------------------------------------------------------------------ arguments


def test_lists_of_ids_are_joined(shell: Shell, server: Server, client: Any) -> None:
    assert [taxon.id for taxon in shell.run(client.taxa.list_by_id(ids=[45072, 78418]))] == [
        45072,
        78418,
    ]
    found = shell.run(client.samples.search(project_ids=[1, 2], id_pattern="%"))
    assert {sample.projid for sample in found} == {1, 2}
    # What the server makes of an id in each of several parameters.
    headers = {"Authorization": f"Bearer {server.token}"}
    last = httpx.get(f"{server.url}/taxon_set/query?ids=45072&ids=78418", headers=headers).json()
    assert [taxon["id"] for taxon in last] == [78418]


def test_every_text_of_ids_is_a_list() -> None:
    operations = importlib.import_module("annoport_ecotaxa").operations
    listed = {
        f"{parameter.wire} of {name}"
        for name in dir(operations)
        if name.isupper()
        for parameter in getattr(operations, name).parameters
        if parameter.wire.endswith("ids") and parameter.location == "query"
        if parameter.explode
    }
    assert listed == set()


def test_too_long_an_address(shell: Shell, server: Server, client: Any) -> None:
    ids = list(range(100_000_000, 100_000_900))
    with pytest.raises(InvalidArgumentError) as caught:
        shell.run(client.taxa.list_by_id(ids=ids))
    assert str(caught.value) == (
        "query_taxa_set: argument 'ids' is too long: the address would have 9,024 characters, and "
        "EcoTaxa takes no more than 8,150; split the list over several calls"
    )
    headers = {"Authorization": f"Bearer {server.token}"}
    address = f"{server.url}/taxon_set/query?ids={','.join(map(str, ids))}"
    assert httpx.get(address, headers=headers).status_code == 414
    assert shell.run(client.taxa.list_by_id(ids=ids[:800])) == []


def test_authors_of_a_collection_need_their_order(
    shell: Shell, server: Server, client: Any
) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.collections.patch(1, body={"creator_users": [1]}))
    assert str(caught.value) == (
        "patch_collection: $.creator_users: needs 'display_order' beside it: the server cannot "
        "tell the order of the authors, and fails"
    )
    order = {"creators": ["1_u"], "associates": []}
    body: dict[str, Any] = {"creator_users": [1], "display_order": order}
    assert shell.run(client.collections.patch(1, body=body)) is None
    headers = {"Authorization": f"Bearer {server.token}"}
    url = f"{server.url}/collections/1"
    assert httpx.patch(url, headers=headers, json={"creator_users": [1]}).status_code == 500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"fields": ["obj.orig_id", "fre.nothing", "fre.area"]},
            (
                "'fields': unknown column 'fre.nothing': the server leaves it out of every row, "
                "which shifts the values after it; check its spelling"
            ),
        ),
        (
            {"order_field": "-fre.nothing"},
            (
                "'order_field': unknown column 'fre.nothing': the server would ignore the order; "
                "check its spelling"
            ),
        ),
        (
            {"fields": "obj.orig_id,area"},
            (
                "'fields': 'area' is refused: the server would ignore it; expected a column with "
                "its table, which is obj, fre, img, txo, txp, sam, acq or usr: obj.depth_min, or "
                "fre.area for a free column"
            ),
        ),
    ],
)
def test_unknown_columns_are_named(
    shell: Shell, client: Any, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        shell.run(client.objects.list(1, body={}, **arguments).all())
    assert str(caught.value) == f"get_object_set: argument {said}"


def test_columns_and_orders_that_a_project_has(shell: Shell, client: Any) -> None:
    found = shell.run(
        client.objects.list(1, body={}, fields=["fre.area"], order_field="-fre.esd").all()
    )
    assert len(found) == 12
    assert shell.run(client.objects.list(1, body={}, order_field="ss-I200000001").all())


def test_times_are_aware(shell: Shell, client: Any) -> None:
    thing = shell.run(client.objects.retrieve(200000001))
    assert thing.classif_when.utcoffset() == datetime.timedelta(0)
    assert datetime.datetime.now(datetime.UTC) - thing.classif_when < datetime.timedelta(days=1)
    me = shell.run(client.users.show_current_user())
    assert me.usercreationdate == datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.UTC)
    assert annoport.to_builtins(me)["usercreationdate"] == "2026-01-05T08:00:00"


def test_large_models_are_shown_in_a_line(shell: Shell, client: Any) -> None:
    shown = repr(shell.run(client.projects.retrieve(1)))
    assert len(shown) < 800
    assert shown.endswith(" more)")


def test_an_upload_is_a_call(shell: Shell, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "ecotaxa_new.tsv"
    path.write_bytes(table("new\t3\ta.png\tCopepoda\n"))
    seen: list[tuple[int, int | None]] = []

    def note(done: int, total: int | None) -> None:
        seen.append((done, total))

    answer = shell.run(client.files.upload_user_file(path, progress=note))
    assert answer.endswith("/ecotaxa_new.tsv")
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    body = {"path": "leg/ecotaxa_new.tsv"}
    shell.run(client.files.upload_user_file(path, body=body))
    assert [one.name for one in shell.run(client.files.list("leg")).entries] == ["ecotaxa_new.tsv"]


# ------------------------------------------------------------------------------ errors


def test_a_wrong_password(shell: Shell, server: Server) -> None:
    wrong = connect(shell, server, username=server.username, password="nope")
    with pytest.raises(AuthenticationError) as caught:
        shell.run(wrong.users.show_current_user())
    assert str(caught.value) == (
        "login: 403 You can't do this: the user name or the password is wrong"
    )


def test_database_errors_show_their_cause(shell: Shell, server: Server, client: Any) -> None:
    answer = posted(server, SUMMARY, {"freenum": "n10", "freenumst": "1"})
    assert answer.text.rstrip().endswith(
        "(Background on this error at: https://sqlalche.me/e/14/f405)"
    )
    server.fake.state.projects[1].free_columns.clear()
    with pytest.raises(ServerError) as caught:
        shell.run(
            client.objects.summary(1, only_total=True, body={"freenum": "on10", "freenumst": "1"})
        )
    assert caught.value.message == (
        "sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn) column obf.n10 does "
        "not exist (fastApiUtils.py, line 61, in app)"
    )


def test_a_failed_job_tells_its_cause_once(shell: Shell, server: Server, client: Any) -> None:
    body: dict[str, Any] = {"filters": {}, "request": {"project_id": 2}}
    job = shell.run(client.objects.export_summary(body=body))
    with pytest.raises(JobFailedError) as caught:
        shell.run(job.wait())
    assert str(caught.value) == (
        f"job {job.id} (job) failed: AssertionError (fastApiUtils.py, line 61, in app)"
    )
    server.fake.next_job = "failed"
    job = shell.run(client.objects.export_general(body=body))
    with pytest.raises(JobFailedError) as caught:
        shell.run(job.wait())
    assert str(caught.value) == (
        f"job {job.id} (job) failed: ValueError: could not convert string to float: 'abc' "
        "(fastApiUtils.py, line 61, in app)"
    )
    server.fake.next_job = "reported"
    job = shell.run(client.objects.export_general(body=body))
    with pytest.raises(JobFailedError) as caught:
        shell.run(job.wait())
    assert str(caught.value) == (
        f"job {job.id} (job) failed: 2 error(s) during run; Line 2: no image file; Line 5: depth "
        "is not a number"
    )


def test_the_file_of_a_job_that_has_none(shell: Shell, server: Server, client: Any) -> None:
    put_table(server, "new\t3\ta.png\tCopepoda\n")
    job = shell.run(client.projects.import_file(2, body={"source_path": "tow"}))
    shell.run(job.wait())
    with pytest.raises(NotFoundError) as caught:
        shell.run(client.jobs.file(job.id).read())
    assert str(caught.value) == (
        "get_job_file: 500 AssertionError: the job has no file (fastApiUtils.py, line 61, in app): "
        "the job has not finished, or it failed, or its type makes no file"
    )


# ------------------------------------------------------------------------------ files to import


def test_a_dry_run_without_faults_is_none(shell: Shell, client: Any) -> None:
    good: dict[str, Any] = {"source_path": "pics", "values": {"latitude": "43.5"}}
    assert shell.run(client.projects.simple_import(1, dry_run=True, body=good)) is None
    bad = {**good, "values": {"latitude": "abc"}}
    for dry_run in (True, False):
        with pytest.raises(JobRefusedError) as caught:
            shell.run(client.projects.simple_import(1, dry_run=dry_run, body=bad))
        assert str(caught.value) == (
            "the server refused to start a job (job): 'abc' is not a valid value for latitude"
        )


def test_updates_need_skip_existing_objects(shell: Shell, server: Server, client: Any) -> None:
    put_table(server, "tow_01_000\t77\ta.png\tCopepoda\n")
    for mode in ("Yes", "Cla"):
        with pytest.raises(InvalidBodyError) as caught:
            shell.run(
                client.projects.import_file(1, body={"source_path": "tow", "update_mode": mode})
            )
        assert str(caught.value) == (
            f"import_file: $.update_mode: {mode!r} needs skip_existing_objects=True beside it: "
            "without it, the server refuses the objects that it already has"
        )
    body = {"source_path": "tow", "update_mode": "yes", "skip_existing_objects": True}
    with pytest.raises(InvalidBodyError) as caught:
        shell.run(client.projects.import_file(1, body=body))
    assert str(caught.value) == (
        "import_file: $.update_mode: 'yes' is refused: the job would succeed and change nothing; "
        "expected 'Yes' or 'Cla'"
    )
    thing = server.fake.state.things_of(1)[0]
    started = posted(server, "/file_import/1", body).json()["job_id"]  # it succeeds nevertheless
    job = shell.run(client.projects.import_file(1, body={**body, "update_mode": "Yes"}))
    assert started == job.id - 1
    shell.run(job.wait())
    assert thing.depth_max == 77.0
    plain = shell.run(client.projects.import_file(1, body={"source_path": "tow"}))
    with pytest.raises(JobFailedError, match="is already in EcoTaxa or being imported"):
        shell.run(plain.wait())


def test_an_answer_needs_both_keys(shell: Shell, server: Server, client: Any) -> None:
    put_table(server, "new\t3\ta.png\tUnheard of\n")
    job = shell.run(client.projects.import_file(2, body={"source_path": "tow"}))

    def answer_half(_question: object) -> object:
        return {"taxa": {"unheard of": 84963}}

    def answer(question: object) -> object:
        return {"users": {}, "taxa": {"unheard of": 84963}} if question else None

    with pytest.raises(InvalidBodyError) as caught:
        shell.run(job.wait(on_question=answer_half))
    assert str(caught.value) == (
        "reply_job_question: the body does not fit: $.users: is required, but missing"
    )
    assert shell.run(job.wait(on_question=answer)).result == {"rowcount": 1}
    # What would have happened.
    put_table(server, "newer\t3\ta.png\tUnheard of\n")
    body = {"source_path": "tow", "skip_existing_objects": True}
    job = shell.run(client.projects.import_file(2, body=body))
    while shell.run(job.refresh()).state != "A":
        pass
    posted(server, f"/jobs/{job.id}/answer", {"users": {}})
    with pytest.raises(JobFailedError) as failed:
        shell.run(job.wait())
    assert str(failed.value) == (
        f"job {job.id} (job) failed: KeyError: 'taxa' (fastApiUtils.py, line 61, in app)"
    )


def test_jobs_of_mine(shell: Shell, server: Server, client: Any) -> None:
    credentials = {"username": "grace@example.org", "password": "second pass word"}
    other = connect(shell, server, **credentials)
    body: dict[str, Any] = {"filters": {}, "request": {"project_id": 3}}
    hers = shell.run(other.objects.export_general(body=body))
    body["request"] = {"project_id": 1}
    mine = shell.run(client.objects.export_general(body=body))
    assert [job.id for job in shell.run(client.jobs.list())] == [mine.id]
    assert [job.id for job in shell.run(other.jobs.list())] == [hers.id]
    assert {job.id for job in shell.run(client.jobs.list(for_admin=True))} == {hers.id, mine.id}
    again = client.job(mine.id)
    assert shell.run(again.wait()).state == "F"


def test_a_prediction_without_a_runner_is_told(
    shell: Shell, server: Server, client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.fake.next_job = "stuck"
    body: dict[str, Any] = {"filters": {}, "request": {"project_id": 1}}
    job = shell.run(client.objects.export_general(body=body))
    started = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=90)
    late = type(job)(client, "job", job.id, created=started)
    for _ in range(2):
        with pytest.raises(JobTimeoutError):
            shell.run(late.wait(timeout=0))
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == (
        f"job {job.id} (job) has waited for 90 s to be started (status 'P'), and waits on: the "
        "server may be busy, or have nothing that runs such jobs. A Prediction needs a runner with "
        "a GPU, which not every server has."
    )


def test_the_formulae_of_a_summary_export_are_explained() -> None:
    """Which there are is in the model, what makes them fail in the method."""
    from annoport_ecotaxa.models.summary_export_req import SummaryExportReq
    from annoport_ecotaxa.resources.objects import Objects

    texts: Any = SummaryExportReq.__slots__
    told = " ".join(texts["formulae"].split())
    for name in ("subsample_coef", "total_water_volume", "individual_volume"):
        assert name in told
    method = " ".join(str(Objects.export_object_set_summary.__doc__).split())
    assert "even if formulae are given here" in method
