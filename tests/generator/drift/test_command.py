"""The drift command against a loopback server: exit codes, formats, accepted findings."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import documents, history
from generator.__main__ import main
from generator.drift import command
from generator.json_values import is_list
from generator.spec import effective, releases
from tests.generator.in_31 import in_31
from tests.generator.spec_server import Page, SpecServer
from tests.shared import SHARED, needs_shared

PLATFORM = "ecotaxa"


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    shutil.copytree(effective.SPECS / PLATFORM, folder / PLATFORM)
    return folder


def _contract() -> dict[str, Any]:
    return documents.load(effective.SPECS / PLATFORM / "openapi.yaml")


def _as_json(spec: dict[str, Any]) -> bytes:
    return json.dumps(spec).encode()


def _changed() -> dict[str, Any]:
    """Return a spec that lost two fields, one of which we correct, and gained a parameter."""
    spec = _contract()
    del spec["components"]["schemas"]["CollectionReq"]["properties"]["citation"]
    del spec["components"]["schemas"]["ProjectTaxoStatsModel"]["properties"]["nb_dubious"]
    parameters = spec["paths"]["/projects/search"]["get"]["parameters"]
    parameters.append({"name": "colour", "in": "query", "schema": {"type": "string"}})
    return spec


def _gentle() -> dict[str, Any]:
    """Return a spec that only gained a parameter."""
    spec = _contract()
    parameters = spec["paths"]["/projects/search"]["get"]["parameters"]
    parameters.append({"name": "colour", "in": "query", "schema": {"type": "string"}})
    return spec


def _drift(specs: Path, url: str, *more: str) -> int:
    return main(["drift", PLATFORM, "--specs", str(specs), "--live", url, *more])


@pytest.mark.parametrize(
    ("page", "code", "words"),
    [
        (Page(body=_as_json(_contract())), 0, "no drift"),
        (Page(body=yaml.safe_dump(_contract()).encode()), 0, "no drift"),
        (Page(body=_as_json(_changed())), 1, "ProjectTaxoStatsModel.nb_dubious"),
        (Page(body=b"<html>maintenance</html>"), 3, "found an HTML page"),
        (Page(body=_as_json(_contract())[:5000]), 3, "neither JSON nor YAML"),
        (Page(body=b"x" * 2**20, endless=True), 3, "larger than 50 MiB"),
        (Page(body=_as_json(_contract()), pause=60), 4, "no document arrived within 0.5 seconds"),
        (Page(statuses=[404]), 4, "the server answered 404"),
        (Page(statuses=[500], headers={"Retry-After": "0"}), 4, "the server answered 500"),
    ],
    ids=["same", "same in YAML", "changed", "page", "cut", "endless", "slow", "none", "error"],
)
def test_exit_codes(
    live: SpecServer,
    specs: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    page: Page,
    code: int,
    words: str,
) -> None:
    timeout = "0.5" if page.pause else "60"
    assert _drift(specs, live.add("/spec", page), "--timeout", timeout) == code
    printed = capsys.readouterr()
    assert words in printed.out
    # What went wrong is also on standard error, in one line.
    assert printed.err.count("\n") == (1 if code > 1 else 0)


@pytest.mark.parametrize("platform", effective.platforms())
def test_a_contract_sent_as_31_is_no_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], platform: str
) -> None:
    contract = documents.load(effective.SPECS / platform / "openapi.yaml")
    path = tmp_path / "live.json"
    path.write_bytes(_as_json(in_31(contract)))
    assert main(["drift", platform, "--live", str(path)]) == 0
    # Not a note either.
    assert capsys.readouterr().out.count("\n") == 1


def test_a_vendored_contract_older_than_the_overlay_gives_the_raw_view(
    specs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = _contract()
    del older["paths"]["/jobs/{job_id}/file"]
    (specs / PLATFORM / "openapi.yaml").write_text(documents.dump(older))
    path = tmp_path / "live.json"
    path.write_bytes(_as_json(_contract()))
    assert _drift(specs, str(path), "--format", "json") == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert [(f["view"], f["kind"]) for f in report["findings"]] == [("contract", "operation-added")]
    (note,) = report["notes"]
    assert note == (
        "only the contract is compared, and neither the Python API nor our overlays, because the "
        "vendored contract is older or newer than specs/ecotaxa/overlay.yaml (the overlay does not "
        "fit the spec: error rule 6: its only operation 'get_job_file' does not exist; job kind "
        "'job': its file operation 'get_job_file' does not exist); `make update PLATFORM=ecotaxa` "
        "takes over the live spec"
    )


def test_wrong_usage(specs: Path) -> None:
    for arguments in (
        ["drift", "nonesuch", "--specs", str(specs)],
        ["drift", "--live", "x.json"],
        ["drift", PLATFORM, "--format", "pdf"],
        ["drift", PLATFORM, "--timeout", "0"],
        ["drift", PLATFORM, "--fail-on", "never"],
    ):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2


def test_a_wrong_time_says_what_was_expected(
    specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("abc", "0", "-1", "nan", "inf"):
        with pytest.raises(SystemExit):
            main(["drift", PLATFORM, "--specs", str(specs), f"--timeout={text}"])
        assert f"expected seconds above 0, found {text!r}" in capsys.readouterr().err


def _with_schema(schema: dict[str, Any]) -> dict[str, Any]:
    spec = _contract()
    spec["components"]["schemas"]["Nonsense"] = schema
    return spec


NONSENSE: dict[str, tuple[dict[str, Any], str]] = {
    "required": (_with_schema({"required": [1, "a"]}), "expected a string, found 1"),
    "surrogates": (_contract() | {"paths": {"/\ud800": {}}}, "half a surrogate pair"),
    "Swagger": ({"swagger": "2.0"}, "found Swagger 2.0; convert it"),
}


@pytest.mark.parametrize(("spec", "words"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_unreadable(
    live: SpecServer,
    specs: Path,
    capsys: pytest.CaptureFixture[str],
    spec: dict[str, Any],
    words: str,
) -> None:
    assert _drift(specs, live.add("/spec", Page(body=_as_json(spec)))) == 3
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.count("\n") == 1


def test_what_is_no_url_is_unreadable(specs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _drift(specs, "http://[::1") == 3
    assert capsys.readouterr().err.startswith(f"error: {PLATFORM}: http://***: not a URL")


def test_without_a_live_url_the_platform_is_named_once(
    specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (specs / PLATFORM / "source.yaml").write_text("version: '1'\n")
    assert main(["drift", PLATFORM, "--specs", str(specs)]) == 3
    assert capsys.readouterr().err.startswith(f"error: {PLATFORM}: specs/{PLATFORM}/source.yaml")


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_no_report_holds_the_query_of_a_url(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    for body in (_as_json(_changed()), b"<html>"):
        url = live.add("/spec?token=hunter2", Page(body=body))
        assert _drift(specs, url, "--format", form) in {1, 3}
        printed = capsys.readouterr()
        assert "hunter2" not in printed.out + printed.err


def test_an_overlay_without_actions_is_unreadable(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (specs / PLATFORM / "overlay.yaml").write_text("overlay: 1.1.0\n")
    assert _drift(specs, live.add("/spec", Page(body=_as_json(_gentle())))) == 3
    assert "overlay.yaml: expected a list of actions" in capsys.readouterr().err


def test_missing_file_is_unreadable(specs: Path) -> None:
    assert _drift(specs, "no-such-file.json") == 3


def test_a_dangling_reference_is_unreadable(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = _contract()
    del spec["components"]["schemas"]["ProjectTaxoStatsModel"]
    assert _drift(specs, live.add("/spec", Page(body=_as_json(spec)))) == 3
    assert "ProjectTaxoStatsModel' leads nowhere" in capsys.readouterr().out


def test_threshold(live: SpecServer, specs: Path) -> None:
    gentle = live.add("/gentle", Page(body=_as_json(_gentle())))
    changed = live.add("/changed", Page(body=_as_json(_changed())))
    assert _drift(specs, gentle, "--fail-on", "breaking") == 0
    assert _drift(specs, gentle, "--fail-on", "any") == 1
    assert _drift(specs, changed, "--fail-on", "breaking") == 1


def test_three_views_in_json(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = live.add("/spec", Page(body=_as_json(_changed())))
    assert _drift(specs, url, "--format", "json") == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["platform"] == PLATFORM
    by_view: dict[str, list[dict[str, Any]]] = {}
    for finding in report["findings"]:
        by_view.setdefault(finding["view"], []).append(finding)
    # What the live spec lacks would be kept for older servers, in our overlays and in Python.
    assert [finding["pointer"] for finding in by_view["api"]] == ["client.projects.search(colour)"]
    assert "overlay" not in by_view
    removed = {f["pointer"]: f for f in by_view["contract"] if f["kind"] == "property-removed"}
    stats = removed["#/components/schemas/ProjectTaxoStatsModel/properties/nb_dubious"]
    assert (stats["direction"], stats["severity"]) == ("response", "breaking")
    assert stats["operations"]
    collection = removed["#/components/schemas/CollectionReq/properties/citation"]
    assert collection["direction"] == "request"


def test_pointers_lead_to_what_they_name(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = _changed()
    url = live.add("/spec", Page(body=_as_json(changed)))
    _drift(specs, url, "--format", "json")
    (report,) = json.loads(capsys.readouterr().out)
    found = [f for f in report["findings"] if f["view"] == "contract"]
    assert found
    assert any("/parameters/" in finding["pointer"] for finding in found)
    for finding in found:
        document: Any = changed if finding["kind"].endswith("added") else _contract()
        for part in finding["pointer"].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            document = document[int(key)] if is_list(document) else document[key]


def test_markdown_is_safe_and_complete(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = _gentle()
    hostile = "<script>|`x`\n@everyone [a](http://evil.example)"
    spec["paths"]["/projects/search"]["get"]["parameters"][-1]["name"] = hostile
    _drift(specs, live.add("/spec", Page(body=_as_json(spec))), "--format", "markdown")
    printed = capsys.readouterr().out
    assert "make update PLATFORM=ecotaxa" in printed
    rows = [line for line in printed.splitlines() if "everyone" in line]
    assert rows
    for row in rows:
        outside = "".join(row.replace("\\`", "").split("`")[::2])
        assert "<script>" not in outside
        assert "@everyone" not in outside
        assert "](http" not in outside
        assert row.startswith("| ")


def test_github_annotations(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _drift(specs, live.add("/spec", Page(body=_as_json(_changed()))), "--format", "github")
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert any(
        line.startswith("::error file=specs/ecotaxa/openapi.yaml") and "nb_dubious" in line
        for line in lines
    )
    assert _drift(specs, live.url + "/none", "--format", "github") == 4
    assert capsys.readouterr().out.startswith("::error ")


def _accept(specs: Path, fingerprints: list[str], expires: str) -> None:
    entries = [
        {"fingerprint": fingerprint, "reason": "known at the coast", "expires": expires}
        for fingerprint in fingerprints
    ]
    text = yaml.safe_dump({"accepted": entries})
    (specs / PLATFORM / "accepted-drift.yaml").write_text(text)


def _fingerprints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    (report,) = json.loads(capsys.readouterr().out)
    return [finding["fingerprint"] for finding in report["findings"]]


def test_accepted_findings_are_silent_until_they_expire(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = live.add("/spec", Page(body=_as_json(_changed())))
    _drift(specs, url, "--format", "json")
    found = _fingerprints(capsys)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    _accept(specs, found, today.isoformat())
    assert _drift(specs, url) == 0
    assert "known at the coast" in capsys.readouterr().out
    _accept(specs, found[1:], today.isoformat())
    assert _drift(specs, url, "--format", "json") == 1
    assert _fingerprints(capsys) == found[:1]
    _accept(specs, found, (today - datetime.timedelta(days=1)).isoformat())
    assert _drift(specs, url) == 1
    assert "expired on" in capsys.readouterr().out


def test_an_entry_that_matches_nothing_is_reported(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _accept(specs, ["0123456789ab"], "2999-01-01")
    assert _drift(specs, live.add("/spec", Page(body=_as_json(_contract())))) == 0
    assert "0123456789ab matches no finding" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("accepted: 4", "expected a list"),
        ("accepted: [{fingerprint: a, reason: b}]", "exactly"),
        ("accepted: [{fingerprint: a, reason: '', expires: 2999-01-01}]", "reason is empty"),
        ("accepted: [{fingerprint: a, reason: b, expires: soon}]", "expected a date"),
    ],
)
def test_faulty_entries_are_errors(
    specs: Path, live: SpecServer, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (specs / PLATFORM / "accepted-drift.yaml").write_text(text)
    assert _drift(specs, live.add("/spec", Page(body=_as_json(_contract())))) == 3
    assert words in capsys.readouterr().err


def test_the_recorded_url_is_asked_with_its_headers(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = live.add("/spec", Page(body=_as_json(_changed()), etag='"v7"'))
    source = specs / PLATFORM / "source.yaml"
    record = documents.load(source) | {"live": url, "accept": "application/vnd.oai.openapi"}
    source.write_text(documents.dump(record))
    assert main(["drift", "--specs", str(specs)]) == 1
    assert live.seen[-1]["accept"] == "application/vnd.oai.openapi"
    # Given the tag of the vendored document, the server does not even send an unchanged one.
    source.write_text(documents.dump(record | {"etag": '"v7"'}))
    assert main(["drift", "--specs", str(specs)]) == 0
    assert live.seen[-1]["if-none-match"] == '"v7"'
    assert "no drift" in capsys.readouterr().out


def test_the_worst_code_of_several_platforms_counts(live: SpecServer, specs: Path) -> None:
    shutil.copytree(specs / PLATFORM, specs / "other")
    for platform, path in ((PLATFORM, "/spec"), ("other", "/none")):
        source = specs / platform / "source.yaml"
        source.write_text(documents.dump(documents.load(source) | {"live": live.url + path}))
    live.add("/spec", Page(body=_as_json(_changed())))
    assert main(["drift", PLATFORM, "--specs", str(specs)]) == 1
    assert main(["drift", "--specs", str(specs)]) == 4


def test_what_an_edition_never_had_is_no_drift(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, open_source = _contract(), _contract()
    del open_source["paths"]["/taxon_set/search"]
    stats = open_source["components"]["schemas"]["ProjectTaxoStatsModel"]
    del stats["properties"]["nb_dubious"]
    stats["required"].remove("nb_dubious")
    folder = specs / PLATFORM
    known = history.survey({"cloud": {"0.0.45": whole}, "home": {"0.0.45": open_source}})
    releases.save(folder, known)
    url = live.add("/spec", Page(body=_as_json(open_source)))
    assert _drift(specs, url) == 1
    capsys.readouterr()
    assert _drift(specs, url, "--edition", "home") == 0
    assert "ecotaxa: no drift" in capsys.readouterr().out
    assert _drift(specs, url, "--edition", "cloud") == 1
    assert "taxon_set" in capsys.readouterr().out
    assert _drift(specs, url, "--edition", "hom") == 3
    assert "no edition 'hom'; there are cloud, home" in capsys.readouterr().err


def test_an_edition_is_of_one_platform(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["drift", "--edition", "home"])
    assert caught.value.code == 2
    assert "--edition needs exactly one PLATFORM" in capsys.readouterr().err


@needs_shared
def test_a_self_hosted_cvat_is_what_it_is_known_to_be() -> None:
    """All that differs is how the two editions register a user, and one login."""
    live = SHARED / "recovered" / "cvat" / "2.80.0-open-source.json"
    report = command.compare(
        "cvat", effective.SPECS / "cvat", live=str(live), edition="open-source"
    )
    assert {operation for finding in report.findings for operation in finding.operations} == {
        "auth_create_register"
    }
    assert len(report.findings) < 10


def test_a_recovered_contract_is_expected_to_differ(
    live: SpecServer, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = live.add("/spec", Page(body=_as_json(_changed())))
    path = specs / PLATFORM / "source.yaml"
    record = documents.load(path) | {"live": url, "recovered": "By hand."}
    path.write_text(documents.dump(record))
    assert main(["drift", PLATFORM, "--specs", str(specs)]) == 0
    report = capsys.readouterr().out
    assert "findings, expected because the vendored contract is recovered: " in report
    assert "nb_dubious" in report
    # Another document is compared as ever.
    other = live.add("/other", Page(body=_as_json(_changed())))
    assert _drift(specs, other) == 1
