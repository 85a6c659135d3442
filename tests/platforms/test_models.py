"""Every generated module imports, and every model decodes what its schema describes."""

from __future__ import annotations

import importlib
import json
import pkgutil
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annoport.core.codec import json as codec
from tests.documents import documents, load
from tests.shared import PLATFORMS

HOW: dict[str, Any] = {"strict": True, "where": "round trip"}
CASES = [(platform, name) for platform in PLATFORMS for name in sorted(load(platform).schemas)]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_module_imports(platform: str) -> None:
    package = importlib.import_module(f"annoport_{platform}")
    names = [m.name for m in pkgutil.walk_packages(package.__path__, f"annoport_{platform}.")]
    for name in names:
        importlib.import_module(name)
    assert len(names) > 100


@pytest.mark.parametrize(
    ("platform", "name", "fields"),
    [
        ("cvat", "Token", ["key"]),
        ("cvat", "LoginRequest", ["password"]),
        ("cvat", "InvitationRead", ["key"]),
        (
            "cvat",
            "CloudStorageWriteRequest",
            ["connection_string", "key", "key_file", "secret_key", "session_token"],
        ),
        ("cvat", "WebhookWriteRequest", ["secret"]),
        ("tator", "Token", ["token"]),
        ("tator", "Credentials", ["password"]),
        ("tator", "BucketOCINativeConfig", ["key_content"]),
        ("ecotaxa", "LoginReq", ["password"]),
        ("ecotaxa", "Constants", []),
    ],
)
def test_no_secret_is_shown(platform: str, name: str, fields: list[str]) -> None:
    models = importlib.import_module(f"annoport_{platform}.models")
    cls: Any = getattr(models, name)
    assert sorted(one.name for one in attrs.fields(cls) if not one.repr) == fields
    made = cls.__new__(cls)
    for one in attrs.fields(cls):
        object.__setattr__(made, one.name, "visible" if one.repr else "hidden")
    assert "hidden" not in repr(made)
    assert all(f"{field}='***'" in repr(made) for field in fields)


@pytest.mark.parametrize(("platform", "name"), CASES, ids=[f"{p}-{n}" for p, n in CASES])
def test_model_round_trip(platform: str, name: str) -> None:
    spec = load(platform)
    models = importlib.import_module(f"annoport_{platform}.models")
    type_: Any = getattr(models, name, None)
    if type_ is None:
        # Schemas that are plain lists, maps or strings need no class.
        assert spec.parser.named_type(name).classes() != [name]
        return

    @settings(
        max_examples=12,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=(
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
            HealthCheck.large_base_example,
            HealthCheck.too_slow,
        ),
    )
    @given(st.data())
    def round_trip(data: st.DataObject) -> None:
        document = data.draw(documents({"$ref": f"#/components/schemas/{name}"}, spec.schemas))
        text = json.dumps(document).encode()
        value = codec.decode(text, type_ if document is not None else type_ | None, **HOW)
        written = codec.encode(value)
        assert json.loads(written) == document
        again = codec.decode(written, type_ if value is not None else type_ | None, **HOW)
        assert again == value

    round_trip()
