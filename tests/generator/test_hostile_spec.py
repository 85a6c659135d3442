"""A spec is untrusted input: whatever its strings contain, none of it becomes code in a package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.contract import canonical
from generator.output import render
from generator.output.regen import regenerate
from generator.python import build
from tests.shared import ROOT

HOSTILE = [
    'quote" + __import__("os").system("touch OWNED") + "',
    "single quote' + __import__('os').system('touch OWNED') + '",
    '"""\nimport os; os.system("touch OWNED") # docstring\n"""',
    "'''\nimport os; os.system('touch OWNED')\n'''",
    "line\nbreak\r\nimport os",
    "back\\slash\\",
    "{braces} {{ 7 * 7 }} {% raw %} {# x #} ${shell} `touch OWNED`",
    "naïve Ünïcödé ﬁ 漢字 \u202e\u2066right-to-left\u2069",
    "\u0000\u0007\u001b[31m nul, bell and escape",
    "class",
    "__init__",
    "self",
    "int",
    "0 starts with a digit",
    "# comment",
    "'); raise SystemExit('",
    "lambda: 0",
    "]</script><script>alert(1)</script>",
]


def hostile_spec() -> dict[str, Any]:
    """Return a spec whose free strings are all hostile; those that must be identifiers are not."""
    properties = {text: {"type": "string", "description": text} for text in HOSTILE}
    schemas: dict[str, Any] = {
        f"Model {number} {text}": {
            "type": "object",
            "description": text,
            "required": [text],
            "properties": {text: {"type": "integer", "title": text, "default": text}},
        }
        for number, text in enumerate(HOSTILE)
    }
    schemas["All"] = {"type": "object", "properties": properties, "x-annoport-class": "All"}
    schemas["Choice"] = {"type": "string", "enum": HOSTILE, "description": HOSTILE[2]}
    paths: dict[str, Any] = {}
    for number, text in enumerate(HOSTILE):
        clean = text.replace("{", "(").replace("}", ")").replace("\n", " ").replace("\r", " ")
        paths[f"/{number}/{clean}/{{key {number}}}"] = {
            "post": {
                "operationId": f"op{number} {text}",
                "tags": [f"tag{number} {text}"],
                "summary": text,
                "description": text,
                "parameters": [
                    {
                        "name": f"key {number}",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                    },
                    {
                        "name": f"p {text}",
                        "in": "query",
                        "description": text,
                        "schema": {"type": "string", "enum": [text], "default": text},
                    },
                    {"name": f"h{number}", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "description": text,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/All"}}
                    },
                },
                "responses": {
                    "200": {
                        "description": text,
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Choice"}}
                        },
                    }
                },
            }
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": HOSTILE[0], "version": HOSTILE[2], "x-annoport-example": "print('ok')"},
        "paths": paths,
        "components": {"schemas": schemas},
        "x-annoport-platform": {
            "title": HOSTILE[2],
            "env_prefix": "HOSTILE",
            "example_url": HOSTILE[0],
            "credentials": {"token": {"prefix": HOSTILE[1]}},
            "headers": {"project": {"header": HOSTILE[0], "description": HOSTILE[2]}},
            "messages": ["/" + HOSTILE[0]],
        },
    }


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    built = build.build("hostile", hostile_spec(), release=HOSTILE[3])
    render.render(built, folder / "annoport-hostile")
    return folder / "annoport-hostile"


PROBE = """
import importlib, json, pkgutil, sys
import annoport_hostile
names = [m.name for m in pkgutil.walk_packages(annoport_hostile.__path__, "annoport_hostile.")]
for name in names:
    importlib.import_module(name)
from annoport.core.codec.json import decode, encode
wires = json.loads(sys.argv[1])
models = annoport_hostile.models
document = json.dumps({wire: "v" for wire in wires}).encode()
value = decode(document, models.All, strict=True, where="probe")
operations = [annoport_hostile.operations.get(i) for i in annoport_hostile.operations.ids()]
print(json.dumps({
    "modules": len(names),
    "round_trip": json.loads(encode(value)) == json.loads(document),
    "enum": [member.value for member in models.Choice],
    "ids": [operation.id for operation in operations],
    "wires": [p.wire for operation in operations for p in operation.parameters],
    "paths": [operation.path for operation in operations],
}))
"""


def test_generated_code_imports_and_keeps_every_name(package: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(HOSTILE)],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{package}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    spec = hostile_spec()
    assert seen["modules"] > len(HOSTILE)
    assert seen["round_trip"]
    assert seen["enum"] == HOSTILE
    assert sorted(seen["ids"]) == sorted(f"op{n} {text}" for n, text in enumerate(HOSTILE))
    assert sorted(seen["paths"]) == sorted(spec["paths"])
    assert {f"p {text}" for text in HOSTILE} <= set(seen["wires"])
    assert list(tmp_path.iterdir()) == []
    assert not list(package.rglob("OWNED"))


def test_no_invisible_characters_reach_a_file(package: Path) -> None:
    for path in package.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        odd = {char for char in text if not char.isprintable() and char != "\n"}
        assert odd == set(), path.name


def test_an_upstream_document_cannot_annotate() -> None:
    """Extensions are code in spirit: only an overlay, which a maintainer wrote, may have them."""
    spec = hostile_spec()
    schema = spec["components"]["schemas"]["All"]
    operations = [item["post"] for item in spec["paths"].values()]
    parameters = [parameter for operation in operations for parameter in operation["parameters"]]
    properties = schema["properties"].values()
    for node in (spec["info"], schema, *properties, *operations, *parameters):
        node["x-annoport-name"] = HOSTILE[0]
    assert "x-annoport" in json.dumps(spec)
    assert "x-annoport" not in json.dumps(canonical.canonicalize(spec))


def test_the_hostile_spec_survives_yaml_and_regen(tmp_path: Path) -> None:
    """All the way: files on disk, the overlay engine, the manifest, the swap."""
    specs = tmp_path / "specs" / "hostile"
    specs.mkdir(parents=True)
    spec = hostile_spec()
    (specs / "openapi.yaml").write_text(documents.dump(spec), encoding="utf-8")
    (specs / "source.yaml").write_text("version: '1'\n")
    overlay = {"overlay": "1.1.0", "actions": [{"target": "$.info", "update": {"x-y": HOSTILE}}]}
    (specs / "overlay.yaml").write_text(documents.dump(overlay), encoding="utf-8")
    counts = regenerate(["hostile"], specs=specs.parent, output=tmp_path / "out")
    assert counts[0]["operations"] == len(HOSTILE)
    assert regenerate(["hostile"], specs=specs.parent, output=tmp_path / "out")[0]["fresh"]
