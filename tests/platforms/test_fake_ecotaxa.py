"""The fake EcoTaxa answers as the real server does."""

from __future__ import annotations

import base64
import csv
import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from annoport.testing import FakeServer, serve
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.testing.images import png

Server = FakeServer[FakeEcotaxa]

GENERAL = {"filters": {}, "request": {"project_id": 1}}
TABLE = (
    "img_file_name\tobject_id\tobject_lat\tobject_lon\tsample_id"
    "\tobject_annotation_person_name\tobject_annotation_category\n"
    "[t]\t[t]\t[f]\t[f]\t[t]\t[t]\t[t]\n"
    "a.png\tnew_001\t43.5\t7.25\ttow_09\tJane Doe\tCalanoida\n"
    "a.png\tnew_002\t43.5\t7.25\ttow_09\tAda Lind\tunheard of\n"
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve("ecotaxa", job_seconds=0.02, queue_seconds=0.01) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with authorized(server) as client:
        yield client


def authorized(server: Server, *, pooled: int = 0) -> httpx.Client:
    # A pooled connection may be reset: the server drops it after a traceback.
    limits = httpx.Limits(max_keepalive_connections=pooled)
    headers = {"authorization": f"Bearer {server.token}"}
    return httpx.Client(base_url=server.url, headers=headers, limits=limits)


def other_user(server: Server) -> httpx.Client:
    credentials = {"username": "grace@example.org", "password": "second pass word"}
    token = httpx.post(f"{server.url}/login", json=credentials).json()
    return httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {token}"})


def wait(http: httpx.Client, number: int, *states: str) -> Any:
    while (job := http.get(f"/jobs/{number}/").json())["state"] not in (states or ("A", "F", "E")):
        time.sleep(0.005)
    return job


def start(http: httpx.Client, kind: str = "general", **request: object) -> int:
    body = {"filters": {}, "request": {"project_id": 1, **request}}
    started = http.post(f"/object_set/export/{kind}", json=body)
    assert started.json() == {"errors": [], "warnings": [], "job_id": started.json()["job_id"]}
    return int(started.json()["job_id"])


def members(http: httpx.Client, number: int) -> dict[str, bytes]:
    content = http.get(f"/jobs/{number}/file").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_login_answers_a_bare_string(server: Server) -> None:
    url = f"{server.url}/login"
    credentials = {"username": server.username, "password": server.password}
    assert httpx.post(url, json=credentials).json() == server.token
    wrong = httpx.post(url, json={**credentials, "password": "no"})
    assert (wrong.status_code, wrong.json()) == (403, {"detail": "You can't do this."})
    empty = httpx.post(url, json={})
    assert [problem["loc"] for problem in empty.json()["detail"]] == [
        ["body", "password"],
        ["body", "username"],
    ]


def test_a_token_goes_into_a_header_or_a_cookie(server: Server) -> None:
    url = f"{server.url}/users/me"
    bearer = httpx.get(url, headers={"authorization": f"Bearer {server.token}"})
    cookie = httpx.get(url, headers={"cookie": f"session={server.token}"})
    assert bearer.json() == cookie.json()
    assert bearer.json()["email"] == server.username
    assert bearer.json()["orcid"] is None
    assert httpx.get(url).json() == {"detail": "Not authenticated"}
    assert httpx.get(url).status_code == 403
    bad = httpx.get(url, headers={"authorization": "Bearer wrong"})
    assert (bad.status_code, bad.json()) == (401, {"detail": "Could not validate credentials"})


def test_a_token_expires(server: Server, http: httpx.Client) -> None:
    old = server.token
    server.fake.expire_tokens()
    assert http.get("/users/me").status_code == 401
    credentials = {"username": server.username, "password": server.password}
    new = httpx.post(f"{server.url}/login", json=credentials).json()
    assert new == server.token != old
    assert httpx.get(f"{server.url}/users/me", headers={"authorization": f"Bearer {new}"}).json()


def test_open_projects_need_no_token(server: Server) -> None:
    listed = httpx.get(f"{server.url}/projects")
    assert [project["projid"] for project in listed.json()] == [1, 2]
    assert httpx.get(f"{server.url}/projects/3").status_code == 403
    assert httpx.get(f"{server.url}/status").text == "UP!"


def test_projects_can_be_created_changed_and_deleted(server: Server, http: httpx.Client) -> None:
    number = http.post("/projects/create", json={"title": "Bay 2026"}).json()
    assert number == 4
    project = http.get(f"/projects/{number}").json()
    assert (project["objcount"], project["highest_right"]) == (None, "Manage")
    saved = http.put(f"/projects/{number}", json={**project, "comments": "checked"})
    assert saved.content == b"null"
    assert http.get(f"/projects/{number}").json()["comments"] == "checked"
    assert http.put(f"/projects/{number}", json={"title": "x"}).status_code == 422
    with other_user(server) as other:
        assert other.put(f"/projects/{number}", json=project).status_code == 403
    assert http.delete(f"/projects/{number}").json() == [0, 0, 0, 0]
    assert http.get(f"/projects/{number}").json() == {"detail": "Not found."}
    assert http.get("/projects/abc").json()["detail"][0]["loc"] == ["path", "project_id"]


def test_projects_are_searched_in_windows(http: httpx.Client) -> None:
    assert len(http.get("/projects/search").json()) == 3
    found = http.get("/projects/search?title_filter=arctic&fields=summary").json()
    assert found == [{"projid": 2, "title": "Arctic profiles 2025"}]
    window = http.get("/projects?order_field=projid&window_start=1&window_size=1").json()
    assert [project["projid"] for project in window] == [2]
    assert all(isinstance(line, str) for line in http.get("/projects/1/stats").json())
    columns = http.get("/project_set/projects?ids=1&fields=title").json()
    assert columns == [{"projid": 1, "columns": [], "values": []}]
    instruments = http.get("/instruments/", params={"project_ids": "all"}).json()
    assert instruments == ["FlowCam", "UVP6", "Zooscan"]
    assert http.get("/instruments/?project_ids=2").json() == ["UVP6"]


def test_counts_by_status_and_by_taxon(server: Server, http: httpx.Client) -> None:
    def counted(query: str) -> list[tuple[Any, ...]]:
        names = ("used_taxa", "nb_unclassified", "nb_validated", "nb_dubious", "nb_predicted")
        found = http.get(f"/{query}").json()
        return [tuple(row[name] for name in names) for row in found]

    thing = server.fake.state.things[200_000_001]
    thing.taxon = thing.status = None
    whole = ([-1, 45072, 45074, 78418, 84963], 1, 7, 0, 4)
    assert counted("project_set/taxo_stats?ids=1&taxa_ids=") == [whole]
    by_taxon = [
        ([-1], 1, 0, 0, 0),
        ([45072], 0, 3, 0, 0),
        ([45074], 0, 2, 0, 2),
        ([78418], 0, 0, 0, 2),
        ([84963], 0, 2, 0, 0),
    ]
    assert counted("project_set/taxo_stats?ids=1&taxa_ids=all") == by_taxon
    # Taxa without objects get no row.
    assert counted("project_set/taxo_stats?ids=1&taxa_ids=78418,1,45072") == [
        by_taxon[1],
        by_taxon[3],
    ]
    ids = [row["projid"] for row in http.get("/project_set/taxo_stats?ids=1,2&taxa_ids=all").json()]
    assert ids == [1] * 5 + [2] * 4
    assert counted("sample_set/taxo_stats?sample_ids=1000001,1000002") == [
        ([-1, 45072, 45074, 78418, 84963], 1, 3, 0, 2),
        ([45072, 45074, 78418, 84963], 0, 4, 0, 2),
    ]


def test_columns_of_several_entities_are_set(server: Server, http: httpx.Client) -> None:
    def put(kind: str, ids: list[int], *updates: tuple[str, str]) -> httpx.Response:
        named = [{"ucol": name, "uval": text} for name, text in updates]
        return http.post(f"/{kind}_set/update", json={"target_ids": ids, "updates": named})

    project = server.fake.state.projects[1]
    project.sample_columns = {"ship": "t01", "volume": "t02"}
    project.acquisition_columns = {"magnification": "t01"}
    project.process_columns = {"software": "t01"}
    both = put("sample", [1000001, 1000002, 5], ("ship", "Tara"), ("latitude", "-12.5"))
    assert (both.status_code, both.json()) == (200, 2)
    for number in (1000001, 1000002):
        sample = http.get(f"/sample/{number}").json()
        assert (sample["latitude"], sample["free_columns"]) == (
            -12.5,
            {"ship": "Tara", "volume": None},
        )
    assert http.get("/samples/search?project_ids=1&id_pattern=%25").json()[0]["free_columns"] == {}
    assert put("acquisition", [10000010], ("magnification", "4")).json() == 1
    assert http.get("/acquisition/10000010").json()["free_columns"] == {"magnification": "4"}
    assert put("process", [10000010], ("software", "zooprocess")).json() == 1
    assert http.get("/process/10000010").json()["free_columns"] == {"software": "zooprocess"}
    assert put("object", [200_000_001], ("area", "7.5"), ("depth_max", "80")).json() == 1
    found = http.get("/object/200000001").json()
    assert (found["free_columns"]["area"], found["depth_max"]) == (7.5, 80.0)


def test_updates_of_several_entities_that_are_refused(server: Server, http: httpx.Client) -> None:
    def last(kind: str, ids: list[int], name: str, text: str = "1") -> str:
        body = {"target_ids": ids, "updates": [{"ucol": name, "uval": text}]}
        answer = http.post(f"/{kind}_set/update", json=body)
        assert answer.status_code == 500
        lines = answer.text.splitlines()
        return next(line for line in lines if "Error: " in line or "psycopg" in line)

    for ids in ([], [5], [1000001, 2000001]):
        expected = f"AssertionError: Too many or no projects for samples: {ids}"
        assert last("sample", ids, "latitude") == expected
    assert 'column "ship" does not exist' in last("sample", [1000001], "ship")
    assert 'double precision: "north"' in last("sample", [1000001], "latitude", "north")
    assert 'column "ship" does not exist' in last("object", [200_000_001], "ship")
    empty = http.post("/sample_set/update", json={"target_ids": ["a"], "updates": [{"ucol": "b"}]})
    assert [problem["loc"] for problem in empty.json()["detail"]] == [
        ["body", "target_ids", "0"],
        ["body", "updates", "0", "uval"],
    ]
    with other_user(server) as other:
        body = {"target_ids": [1000001], "updates": [{"ucol": "orig_id", "uval": "x"}]}
        assert other.post("/sample_set/update", json=body).status_code == 403
    assert httpx.post(f"{server.url}/sample_set/update", json=body).status_code == 403


def test_taxa_and_samples(http: httpx.Client) -> None:
    assert http.get("/taxon/45072").json()["lineage"][-1] == "Biota"
    assert http.get("/taxon/5").content == b"null"
    assert [t["text"] for t in http.get("/taxon_set/search?query=c").json()] == [
        "Calanoida",
        "Copepoda",
        "Cyclopoida",
    ]
    assert len(http.get("/taxon_set/query?ids=45072,x,84963").json()) == 2
    assert len(http.get("/taxa").json()) == 2
    samples = http.get("/samples/search?project_ids=1&id_pattern=%25_02").json()
    assert [sample["orig_id"] for sample in samples] == ["tow_02"]
    assert http.get(f"/sample/{samples[0]['sampleid']}").json() == samples[0]
    assert http.get("/acquisition/10000010").json()["acq_sample_id"] == 1000001
    for name in ("sample", "acquisition", "process"):
        unknown = http.get(f"/{name}/1")
        said = {"detail": f"{name.capitalize()} not found"}
        assert (unknown.status_code, unknown.json()) == (404, said)
    missing = http.get("/taxon_set/search")
    assert missing.json()["detail"][0]["loc"] == ["query", "query"]


def test_users_are_found_by_name(server: Server, http: httpx.Client) -> None:
    def names(path: str, client: httpx.Client = http) -> list[str]:
        found = client.get(path).json()
        assert all(set(user) == {"id", "email", "name", "organisation"} for user in found)
        return [user["name"] for user in found]

    assert names("/users/search?by_name=%25LIND") == ["Ada Lind"]
    assert names("/users/search?by_name=ada+l_nd") == ["Ada Lind"]
    assert names("/users/search?by_name=lind") == []
    assert names("/users/search") == []
    with other_user(server) as grace:
        assert names("/users/user_admins", grace) == ["Ada Lind"]
    with httpx.Client(base_url=server.url) as visitor:
        assert names("/users/admins", visitor) == ["Ada Lind"]
        for path in ("/users/user_admins", "/users/search?by_name=%25"):
            refused = visitor.get(path)
            assert (refused.status_code, refused.json()) == (403, {"detail": "Not authenticated"})


def test_taxa_are_searched_by_their_beginning(server: Server, http: httpx.Client) -> None:
    def names(client: httpx.Client, query: str) -> list[str]:
        found = client.get("/taxon_set/search", params={"query": query}).json()
        return [taxon["text"] for taxon in found]

    assert names(http, "on") == ["Oncaeidae"]
    assert names(http, "%poda") == ["Arthropoda", "Copepoda"]
    with httpx.Client(base_url=server.url) as visitor:
        assert names(visitor, "on") == []
        assert names(visitor, "onc") == ["Oncaeidae"]
    several = http.get("/taxon_set/query", params={"ids": "25828:1|999"}).json()
    assert [taxon["id"] for taxon in several] == [1, 25828]


def test_a_query_answers_parallel_lists(http: httpx.Client) -> None:
    fields = "obj.orig_id,fre.area,txo.display_name,img.file_name"
    page = http.post(f"/object_set/1/query?fields={fields}&window_size=5", json={}).json()
    assert page["total_ids"] == 12
    assert len(page["object_ids"]) == len(page["sample_ids"]) == len(page["details"]) == 5
    assert page["details"][0][0] == "tow_01_000"
    last = http.post("/object_set/1/query?window_start=10&window_size=5", json={}).json()
    assert len(last["object_ids"]) == 2


def test_query_traps(http: httpx.Client) -> None:
    shifted = http.post("/object_set/1/query?fields=obj.nope,obj.orig_id", json={}).json()
    assert shifted["details"][0] == ["tow_01_000"]
    ignored = http.post("/object_set/1/query?order_field=obj.nope", json={"taxa": "45072"}).json()
    assert ignored["total_ids"] == 12
    assert http.post("/object_set/1/query?window_size=-1", json={}).status_code == 500
    assert http.post("/object_set/1/query", json={"taxo": "abc"}).status_code == 500
    backwards = http.post("/object_set/1/query?order_field=-obj.orig_id", json={}).json()
    assert backwards["object_ids"][0] == 200000012


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"taxo": "45072"}, 4),
        ({"taxo": "25828", "taxochild": "Y"}, 10),
        ({"statusfilter": "V"}, 8),
        ({"statusfilter": "NV"}, 4),
        ({"statusfilter": "U"}, 0),
        ({"samples": "1000002"}, 6),
        ({"depthmin": "0", "depthmax": "60"}, 4),
        ({"fromdate": "2025-01-01"}, 0),
        ({"todate": "2025-01-01"}, 12),
    ],
)
def test_filters(http: httpx.Client, filters: dict[str, str], count: int) -> None:
    summary = http.post("/object_set/1/summary?only_total=false", json=filters).json()
    assert summary["total_objects"] == count
    total = http.post("/object_set/1/summary?only_total=true", json=filters).json()
    assert (total["total_objects"], total["validated_objects"]) == (count, None)


def test_objects(server: Server, http: httpx.Client) -> None:
    found = http.get("/object/200000001").json()
    assert (found["orig_id"], found["classif_score"]) == ("tow_01_000", None)
    assert http.get("/object/1").json() == {"detail": "Object not found"}
    assert http.get("/object/1/history").json() == []
    body = {"target_ids": [200000001], "classifications": [84963], "wanted_qualification": "D"}
    assert http.post("/object_set/classify", json=body).json() == 1
    assert http.get("/object/200000001").json()["classif_qual"] == "D"
    with other_user(server) as other:
        assert other.request("DELETE", "/object_set/", json=[200000001]).status_code == 403
    assert http.request("DELETE", "/object_set/", json=[200000001]).json() == [1, 0, 1, 1]
    assert http.request("DELETE", "/object_set/", json=[200000001]).json() == [0, 0, 0, 0]


def test_a_job_goes_from_pending_to_finished() -> None:
    with serve("ecotaxa", queue_seconds=0.2, job_seconds=0.6) as server, authorized(server) as http:
        number = start(http)
        seen: list[tuple[str, str, bool]] = []
        shown: dict[str, Any] = {"state": ""}
        while shown["state"] != "F":
            shown = http.get(f"/jobs/{number}/").json()
            step = (shown["state"], shown["progress_msg"], shown["progress_pct"] is None)
            if step not in seen:
                seen.append(step)
        assert seen == [
            ("P", "Waiting for a slot", True),
            ("R", "Waiting for a slot", True),
            ("R", "Processing", False),
            ("F", "Done", False),
        ]
        assert shown["step"] is None
        assert shown["result"]["rowcount"] == 12
        assert shown["params"]["filters"]["taxo"] is None
        assert (shown["question"], shown["errors"], shown["progress_pct"]) == ({}, [], 100)


def test_a_new_job_may_not_be_readable_yet() -> None:
    with serve("ecotaxa", replica_seconds=0.1) as server, authorized(server) as http:
        number = start(http)
        assert http.get(f"/jobs/{number}/").status_code == 404
        while http.get(f"/jobs/{number}/").status_code == 404:
            time.sleep(0.01)
        assert wait(http, number)["state"] == "F"


def test_slashes_in_the_paths_of_jobs(http: httpx.Client) -> None:
    number = start(http)
    assert http.get(f"/jobs/{number}").status_code == 405
    assert http.delete(f"/jobs/{number}/").json() == {"detail": "Method Not Allowed"}
    redirect = http.get("/jobs?job_status=F")
    assert redirect.status_code == 307
    assert redirect.headers["location"].endswith("/api/jobs/?job_status=F")
    assert http.get("/jobs/").json()[0]["id"] == number
    assert http.get("/jobs/99/").json() == {"detail": "Not found."}
    assert http.get("/jobs/abc/").status_code == 422
    assert http.head(f"/jobs/{number}/file").status_code == 405
    assert http.get("/token").json() == {"detail": "Not Found"}


def test_redirects_go_to_the_public_address() -> None:
    with (
        serve("ecotaxa", public_url="https://plankton.example.org/api") as server,
        authorized(server) as http,
    ):
        assert http.get("/jobs").headers["location"] == "https://plankton.example.org/api/jobs/"


def test_jobs_are_listed_by_state_and_type(server: Server, http: httpx.Client) -> None:
    number = start(http)
    wait(http, number)
    assert [job["id"] for job in http.get("/jobs/?job_status=F").json()] == [number]
    assert http.get("/jobs/?job_type=Subset").json() == []
    wrong = http.get("/jobs/?job_status=ZZ")
    assert wrong.json()["detail"][0]["ctx"] == {"enum_values": ["P", "R", "A", "E", "F"]}
    with other_user(server) as other:
        assert other.get("/jobs/").json() == []
        assert other.get("/jobs/?for_admin=true").status_code == 403
        assert other.get(f"/jobs/{number}/").status_code == 403
        assert other.get(f"/jobs/{number}/file").status_code == 403
        body = {"filters": {}, "request": {"project_id": 1}}
        assert other.post("/object_set/export/general", json=body).status_code == 403


def test_two_shapes_of_failure(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "failed"
    crashed = wait(http, start(http))
    assert crashed["state"] == "E"
    assert crashed["errors"][-1] == f"ValueError: {crashed['progress_msg']}\n"
    server.fake.next_job = "reported"
    reported = wait(http, start(http))
    assert reported["progress_msg"] == "2 error(s) during run"
    assert len(reported["errors"]) == 2
    empty = wait(http, start(http, "summary", project_id=2))
    assert (empty["state"], empty["progress_msg"]) == ("E", "")
    assert empty["errors"][-1] == "AssertionError\n"


def test_a_restart_keeps_the_old_errors_until_the_end() -> None:
    with serve("ecotaxa", job_seconds=0.3) as server, authorized(server) as http:
        server.fake.next_job = "failed"
        number = start(http)
        wait(http, number)
        assert http.get(f"/jobs/{number}/restart").content == b"null"
        again = http.get(f"/jobs/{number}/").json()
        assert again["state"] in ("P", "R")
        assert again["progress_msg"] == "Restarting"
        assert again["errors"]
        done = wait(http, number)
        assert (done["state"], done["errors"]) == ("F", [])
        assert http.get(f"/jobs/{number}/restart").content == b"null"
        assert http.get(f"/jobs/{number}/").json()["state"] == "F"
        assert http.get("/jobs/99/restart").status_code == 404


def test_a_stuck_job_is_killed_and_then_removed(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "stuck"
    number = start(http)
    time.sleep(0.05)
    assert http.get(f"/jobs/{number}/").json()["state"] == "P"
    assert http.delete(f"/jobs/{number}").content == b"null"
    killed = http.get(f"/jobs/{number}/").json()
    assert (killed["state"], killed["progress_msg"], killed["errors"]) == ("E", "Killed", [])
    assert http.delete(f"/jobs/{number}").content == b"null"
    assert http.get(f"/jobs/{number}/").status_code == 404


def test_a_job_killed_while_it_ran_may_finish() -> None:
    with serve("ecotaxa", queue_seconds=0, job_seconds=0.3) as server, authorized(server) as http:
        number = start(http)
        wait(http, number, "R")
        http.delete(f"/jobs/{number}")
        assert http.get(f"/jobs/{number}/").json()["state"] == "E"
        assert wait(http, number, "F")["result"]["rowcount"] == 12
        server.fake.zombies = False
        second = start(http)
        wait(http, second, "R")
        http.delete(f"/jobs/{second}")
        time.sleep(0.35)
        assert http.get(f"/jobs/{second}/").json()["state"] == "E"


def test_any_job_can_ask(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "asking"
    number = start(http)
    asking = wait(http, number)
    assert asking["state"] == "A"
    assert asking["question"] == {"missing_users": ["jane doe"], "missing_taxa": []}
    assert http.post(f"/jobs/{number}/answer", json=[1]).status_code == 422
    assert http.post(f"/jobs/{number}/answer", json={"users": {}, "taxa": {}}).content == b"null"
    assert wait(http, number)["state"] == "A"
    http.post(f"/jobs/{number}/answer", json={"users": {"jane doe": 1}, "taxa": {}})
    done = wait(http, number, "F", "E")
    assert (done["state"], done["question"]) == ("F", asking["question"])
    assert done["reply"] == {"users": {"jane doe": 1}, "taxa": {}}


def test_an_answer_that_nobody_asked_for_is_ignored(http: httpx.Client) -> None:
    number = start(http)
    wait(http, number)
    assert http.post(f"/jobs/{number}/answer", json={"x": 1}).content == b"null"
    assert http.get(f"/jobs/{number}/").json()["reply"] == {}


def test_general_exports(http: httpx.Client) -> None:
    number = start(http)
    name = wait(http, number)["result"]["out_file"]
    assert name.startswith("export__TSV_1_")
    files = members(http, number)
    assert set(files) == {f"ecotaxa_{name.removesuffix('.zip')}.tsv", f"job_{number}.log"}
    table = next(iter(files.values()))
    assert table.startswith(b'\xef\xbb\xbf"object_id"\t"object_lat"\t')
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter="\t"))
    assert len(rows) == 12
    assert rows[0]["object_annotation_hierarchy"].startswith("Biota>Animalia")
    assert (rows[0]["object_date"], rows[0]["object_time"]) == ("2024-04-20", "04:20:00")
    split = start(http, split_by="sample", with_images="all", with_types_row=True)
    wait(http, split)
    files = members(http, split)
    assert {"ecotaxa_tow_01.tsv", "ecotaxa_tow_02.tsv", "tow_01/tow_01_000.png"} <= set(files)
    assert files["ecotaxa_tow_01.tsv"].splitlines()[1].startswith(b'"[t]"\t"[t]"')
    assert files["tow_01/tow_01_000.png"].startswith(b"\x89PNG")


def test_an_export_without_objects_holds_the_log_only(http: httpx.Client) -> None:
    body = {"filters": {"taxo": "2"}, "request": {"project_id": 1}}
    number = http.post("/object_set/export/general", json=body).json()["job_id"]
    assert wait(http, number)["state"] == "F"
    assert set(members(http, number)) == {f"job_{number}.log"}
    bad = {"filters": {"taxo": "abc"}, "request": {"project_id": 1}}
    failed = wait(http, http.post("/object_set/export/general", json=bad).json()["job_id"])
    assert failed["errors"][-1].startswith("ValueError: invalid literal")


def test_summaries_and_backups(http: httpx.Client) -> None:
    number = start(http, "summary")
    assert wait(http, number)["result"]["rowcount"] == 0
    table = http.get(f"/jobs/{number}/file")
    assert table.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert table.text.startswith("sampleid\tstatus\ttaxonid\tcount\ntow_01\tP\t")
    backup = start(http, "backup")
    wait(http, backup)
    assert "tow_01/ecotaxa_tow_01.tsv" in members(http, backup)
    several = start(http, "backup", project_id="1,2")
    done = wait(http, several)
    assert done["state"] == "F"
    assert "out_file" not in done["result"]
    body = {"filters": {}, "request": {"project_id": 1, "exp_type": "CNC", "sum_subtotal": "A"}}
    old = http.post("/object_set/export", json=body).json()["job_id"]
    assert wait(http, old)["type"] == "GenExport"
    assert http.get(f"/jobs/{old}/file").text.startswith("sampleid\tacquisid\t")


def test_export_mistakes(server: Server, http: httpx.Client) -> None:
    url = "/object_set/export/general"
    assert http.post(url, json={"request": {"project_id": 1}}).status_code == 422
    assert http.post(url, json={"filters": {}, "request": {}}).status_code == 422
    unknown = {"filters": {}, "request": {"project_id": 99}}
    assert http.post(url, json=unknown).json() == {"detail": "Not found."}
    odd = {"filters": {}, "request": {"project_id": 1, "split_by": "zzz"}}
    assert http.post(url, json=odd).json()["detail"][0]["loc"] == ["body", "request", "split_by"]
    two = {"filters": {}, "request": {"project_id": "1,2"}}
    assert http.post(url, json=two).status_code == 500
    assert httpx.post(f"{server.url}{url}", json=GENERAL).status_code == 403


def test_only_ranges_with_an_open_end(server: Server, http: httpx.Client) -> None:
    server.fake.export_bytes = 50_000
    number = start(http)
    name = wait(http, number)["result"]["out_file"]
    url = f"/jobs/{number}/file"
    whole = http.get(url)
    size = len(whole.content)
    assert size > 50_000
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert not {"etag", "last-modified"} & set(whole.headers)
    tail = http.get(url, headers={"range": "bytes=100-", "if-range": '"other"'})
    assert (tail.status_code, tail.content) == (206, whole.content[100:])
    assert tail.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    for header in ("bytes=0-9", "bytes=-10", "bytes=0-1,5-6", "items=1-2", f"bytes={size + 1}-"):
        refused = http.get(url, headers={"range": header})
        assert refused.status_code == 416
        assert refused.json() == {"detail": f"Invalid/unsupported request range (Range:'{header}')"}
    end = http.get(url, headers={"range": f"bytes={size}-"})
    assert (end.status_code, end.content) == (206, b"")
    assert end.headers["content-range"] == f"bytes {size}-{size - 1}/{size}"
    server.fake.ranges = False
    assert http.get(url, headers={"range": "bytes=100-"}).status_code == 200


def test_a_download_changes_the_date(http: httpx.Client) -> None:
    number = start(http)
    before = wait(http, number)["updated_on"]
    http.get(f"/jobs/{number}/file")
    assert http.get(f"/jobs/{number}/").json()["updated_on"] > before


def test_a_missing_file_is_a_traceback(server: Server, http: httpx.Client) -> None:
    server.fake.next_job = "stuck"
    number = start(http)
    crash = http.get(f"/jobs/{number}/file")
    assert crash.status_code == 500
    assert crash.headers["content-type"] == "text/plain; charset=utf-8"
    assert "BACK-END" in crash.text
    assert "connection" not in crash.headers


def test_the_connection_of_a_traceback_is_dropped(server: Server) -> None:
    opened: list[object] = []

    def trace(event: str, info: dict[str, object]) -> None:
        if event == "connection.connect_tcp.complete":
            opened.append(info)

    with authorized(server, pooled=1) as http:
        http.get("/noop", extensions={"trace": trace})
        http.post("/object_set/1/query?window_size=-1", json={}, extensions={"trace": trace})
        time.sleep(0.05)
        http.get("/noop", extensions={"trace": trace})
    assert len(opened) == 2


def test_a_cut_download(server: Server, http: httpx.Client) -> None:
    server.fake.export_bytes = 40_000
    number = start(http)
    wait(http, number)
    server.fake.link.cuts.append(1000)
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"/jobs/{number}/file")
    assert len(http.get(f"/jobs/{number}/file").content) > 40_000


def test_the_log_ignores_ranges_and_conditions(http: httpx.Client) -> None:
    number = start(http)
    wait(http, number)
    log = http.get(f"/jobs/{number}/log")
    assert f"Creating job {number}" in log.text
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    headers = {"range": "bytes=0-5", "if-none-match": log.headers["etag"]}
    assert http.get(f"/jobs/{number}/log", headers=headers).text == log.text
    assert http.get("/jobs/99/log").status_code == 404


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def upload(http: httpx.Client, name: str, content: bytes, **form: str) -> httpx.Response:
    return http.post("/user_files/", files={"file": (name, content)}, data=form)


def test_user_files(server: Server, http: httpx.Client) -> None:
    stored = upload(http, "tows.zip", zipped({"tow_09/a.png": png(4, 4)}))
    assert stored.json() == "/srv/ecotaxa/users/ecotaxa_user.1/tows.zip"
    root = http.get("/user_files/").json()
    assert root == {"path": "", "entries": [{"name": "tows", "type": "D", "size": 0, "mtime": ""}]}
    assert http.get("/user_files/tows/tow_09").json()["entries"][0]["name"] == "a.png"
    assert upload(http, "prog.bin", b"\x00\x01").status_code == 200
    assert http.get("/user_files/").json() == root
    assert upload(http, "a.png", png(4, 4), path="docs/b.png").status_code == 500
    assert upload(http, "a.png", png(4, 4), path="docs/a.png").status_code == 200
    assert http.get("/user_files/nowhere").status_code == 404
    assert http.post("/user_files/").status_code == 422
    assert http.post("/user_files/create/", data={"source_path": "new"}).status_code == 200
    again = http.post("/user_files/create/", data={"source_path": "new"})
    assert again.json() == {"detail": "Data were already in the required state"}
    paths = {"source_path": "docs", "dest_path": "papers"}
    assert http.post("/user_files/mv/", data=paths).json().endswith("/papers")
    assert http.post("/user_files/mv/", data=paths).json() == {"detail": "Unknown error"}
    assert http.post("/user_files/rm/", data={"source_path": "papers"}).json() == 1
    assert http.post("/user_files/rm/", data={"source_path": "papers"}).status_code == 500
    assert httpx.get(f"{server.url}/user_files/").status_code == 403


def test_a_resumable_upload(http: httpx.Client) -> None:
    content = png(4, 4)

    def create(*names: str) -> str:
        values = {"filename": "a.png", "filetype": "image/png"}
        pairs = (f"{name} {base64.b64encode(values[name].encode()).decode()}" for name in names)
        headers = {
            "tus-resumable": "1.0.0",
            "upload-length": str(len(content)),
            "upload-metadata": ",".join(pairs),
        }
        made = http.post("/user_files/upload/", headers=headers)
        assert made.status_code == 201
        return made.headers["location"]

    def chunk(url: str, begin: int, end: int) -> httpx.Response:
        headers = {"tus-resumable": "1.0.0", "upload-offset": str(begin)}
        return http.patch(url, content=content[begin:end], headers=headers)

    version = {"tus-resumable": "1.0.0"}
    assert http.head(create("filename"), headers=version).status_code == 400
    url = create("filename", "filetype")
    assert http.head(url, headers=version).headers["upload-offset"] == "0"
    assert chunk(url, 0, 10).headers["upload-offset"] == "10"
    assert chunk(url, 0, 10).json() == {"detail": "Offset mismatch"}
    assert chunk(url, 10, len(content)).status_code == 204
    assert http.head(url, headers=version).status_code == 404
    assert http.head(url).status_code == 412
    assert http.get("/user_files/").json()["entries"][0]["name"] == "a.png"


def test_an_import_asks_for_users_and_taxa(http: httpx.Client) -> None:
    files = {"tow_09/ecotaxa_tow_09.tsv": TABLE.encode(), "tow_09/a.png": png(4, 4)}
    upload(http, "tows.zip", zipped(files))
    started = http.post("/file_import/2", json={"source_path": "tows"}).json()
    assert started == {"job_id": 1, "errors": []}
    asking = wait(http, 1)
    assert asking["question"] == {"missing_users": ["jane doe"], "missing_taxa": ["unheard of"]}
    reply = {"users": {"jane doe": 2}, "taxa": {"unheard of": 84963}}
    http.post("/jobs/1/answer", json={**reply, "taxa": {}})
    assert wait(http, 1)["state"] == "A"
    http.post("/jobs/1/answer", json=reply)
    done = wait(http, 1, "F", "E")
    assert (done["state"], done["result"]) == ("F", {"rowcount": 2})
    assert http.get("/projects/2").json()["objcount"] == 6.0
    assert http.get("/jobs/1/file").status_code == 500


def test_a_backup_can_be_imported_again(http: httpx.Client) -> None:
    number = start(http, "backup")
    wait(http, number)
    upload(http, "back.zip", http.get(f"/jobs/{number}/file").content)
    again = http.post("/file_import/2", json={"source_path": "back"}).json()["job_id"]
    assert wait(http, again)["result"] == {"rowcount": 12}
    image = http.post("/object_set/2/query?fields=obj.orig_id", json={}).json()
    assert image["total_ids"] == 16


def test_import_mistakes(http: httpx.Client) -> None:
    nothing = wait(http, http.post("/file_import/1", json={"source_path": "nope"}).json()["job_id"])
    assert (nothing["state"], nothing["progress_msg"]) == ("E", "1 error(s) during run")
    assert nothing["result"] == {"infos": []}
    assert http.post("/file_import/99", json={"source_path": "x"}).status_code == 500
    assert http.post("/file_import/1", json={}).status_code == 422


def test_a_simple_import(http: httpx.Client) -> None:
    upload(http, "pics.zip", zipped({"a.png": png(4, 4), "b.png": png(4, 4), "notes": b"x"}))
    body: dict[str, Any] = {"source_path": "pics", "values": {"latitude": "43.5"}}
    url = "/simple_import/1?dry_run=false"
    dry = http.post("/simple_import/1?dry_run=true", json=body)
    assert dry.json() == {"job_id": 0, "errors": []}
    wrong = http.post(url, json={**body, "values": {"latitude": "abc"}})
    assert wrong.json() == {"job_id": 0, "errors": ["'abc' is not a valid value for latitude"]}
    done = wait(http, http.post(url, json=body).json()["job_id"])
    assert done["result"] == {"nb_images": 2}
    assert http.post("/simple_import/1", json=body).status_code == 422


def test_failures_can_be_arranged(server: Server, http: httpx.Client) -> None:
    server.fake.fail_next(502, path="/api/projects")
    assert [http.get("/projects").status_code for _ in range(2)] == [502, 200]


# ------------------------------------------------- as recorded in ../shared/truth/ecotaxa


def imported(http: httpx.Client, table: bytes, project: int = 3) -> Any:
    upload(http, "one.zip", zipped({"ecotaxa_one.tsv": table, "a.png": png(4, 4)}))
    started = http.post(f"/file_import/{project}", json={"source_path": "one"}).json()
    return wait(http, started["job_id"])


def test_the_second_line_of_a_table_is_that_of_types(http: httpx.Client) -> None:
    done = imported(http, b"object_id\timg_file_name\none\ta.png\n")
    assert (done["state"], done["errors"]) == (
        "E",
        ["No object to import.<br>*  TSV file(s) might be empty."],
    )
    done = imported(http, b"object_id\timg_file_name\none\ta.png\ntwo\ta.png\n")
    assert (done["state"], done["result"]) == ("F", {"rowcount": 1})


def test_utf_8_without_its_mark_is_read_as_latin_1(server: Server, http: httpx.Client) -> None:
    table = "object_id\timg_file_name\n[t]\t[t]\nzoé\ta.png\n".encode()
    assert imported(http, table)["state"] == "F"
    assert imported(http, b"\xef\xbb\xbf" + table)["state"] == "F"
    things = server.fake.state.things_of(3)
    assert [thing.orig_id for thing in things] == ["zoÃ©", "zoé"]


def test_mistakes_in_a_table_are_told_by_line(http: httpx.Client) -> None:
    head = (
        "object_id\timg_file_name\tobject_area\tobject_date\tobject_lat\tobject_annotation_status"
    )
    rows = (
        "a\ta.png\t12,5\t20260601\t1\tvalidated",
        "b\ta.png\t1\t01/06/2026\tabc\tnonsense",
        "c\tb.png\t1\t\t\t",
        "a\ta.png\t1\t\t\t",
    )
    table = "\n".join((head, "[t]\t[t]\t[f]\t[t]\t[f]\t[t]", *rows)).encode()
    assert imported(http, table)["errors"] == [
        "In [base]/ecotaxa_one.tsv:",
        " - line 3: Invalid float value '12,5' for field 'object_area'.",
        " - line 4: Invalid Date value '01/06/2026' for field 'object_date'.",
        " - line 4: Invalid Lat. value 'abc' for field 'object_lat'. Correct range is -90/+90°.",
        " - line 4: Invalid Annotation Status 'nonsense' for field 'object_annotation_status'.",
        " - line 5: Missing Image 'b.png'.",
        " - line 6: (Object 'a', Image 'a.png') is already in EcoTaxa or being imported.",
    ]
    missing = imported(http, b"object_n\timg_file_name\n[t]\t[t]\na\ta.png\n")
    assert missing["errors"][1:] == [
        " - Field object_id is mandatory as there are some object columns: ['object_n'].",
        " - line 3: Missing object_id.",
    ]


def test_an_image_is_for_anybody(server: Server) -> None:
    thing = server.fake.state.things[200_000_001]
    root = server.url.removesuffix("/api")
    for base in (root, server.url):
        found = httpx.get(f"{base}/vault/20000/0001.png", headers={"range": "bytes=0-3"})
        assert (found.status_code, found.content) == (200, thing.image)
        assert found.headers["content-type"] == "image/png"
    assert httpx.head(f"{root}/vault/20000/0001.png").status_code == 405
    missing = httpx.get(f"{root}/vault/9999/9999.jpg")
    assert missing.status_code == 500
    assert "FileNotFoundError" in missing.text


def test_classifications_that_change_nothing_do_not_count(http: httpx.Client) -> None:
    def classify(ids: list[int], taxa: list[int], status: str = "V") -> httpx.Response:
        body = {"target_ids": ids, "classifications": taxa, "wanted_qualification": status}
        return http.post("/object_set/classify", json=body)

    first = 200_000_001
    assert classify([first, first + 1], [78418, 78418]).json() == 2
    assert classify([first, first + 1], [78418, 78418]).json() == 0
    assert classify([first], [-1], "D").json() == 1
    assert http.get(f"/object/{first}").json()["classif_id"] == 78418
    assert classify([first, first], [45074, 45072]).json() == 1  # the first counts
    assert http.get(f"/object/{first}").json()["classif_id"] == 45074
    for ids, taxa, status in (
        ([first], [45074], "P"),
        ([], [], "V"),
        ([first], [], "V"),
        ([9], [45074], "V"),
        ([first], [999_999], "V"),
        ([first, first + 15], [45074, 45074], "V"),  # of two projects
    ):
        assert classify(ids, taxa, status).status_code == 500


def test_a_setting_that_is_not_sent_is_lost(http: httpx.Client) -> None:
    project = http.get("/projects/1").json()
    http.put("/projects/1", json={**project, "formulae": "a=1", "comments": "checked"})
    assert http.get("/projects/1").json()["formulae"] == "a=1"
    http.put("/projects/1", json={name: project[name] for name in ("projid", "title", "access")})
    after = http.get("/projects/1").json()
    assert (after["formulae"], after["comments"], after["title"]) == (None, None, project["title"])
