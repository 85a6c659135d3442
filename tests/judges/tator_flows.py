"""Compare what ours leaves on a Tator with what Tator's own client leaves; run by `__main__`.

`python -m tests.judges tator_flows --runs 1000` compares a share of that many cases of each kind.
It also writes what the official client left in the first ones to `tator_flows.json`, which the
tests compare with.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator
from tests.judges.tator_cases import KINDS, PROJECT, Json, Work, file_of, left_by

# Their types are not ours to check: it is not in the environment of the tests.
SDK: Any = importlib.import_module("tator")
UTIL: Any = importlib.import_module("tator.util")

SAMPLE = Path(__file__).with_suffix(".json")
_SAMPLED = 10
_ROOT = Path(__file__).resolve().parents[2]
_SCHEMA = (_ROOT / "specs" / "tator" / "openapi.yaml").read_bytes()


def _api(server: FakeServer[FakeTator]) -> Any:
    server.fake.schema = _SCHEMA  # which this client makes its methods from
    return SDK.get_api(server.url, server.token)


def _create(case: Json, server: FakeServer[FakeTator]) -> None:
    create = _api(server).create_localization_list
    for _ in UTIL.chunked_create(create, PROJECT, body=case["boxes"] * case["times"]):
        pass


def _upload(case: Json, server: FakeServer[FakeTator]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(file_of(case, folder))
        for _ in UTIL.upload_media(
            _api(server),
            case["type"],
            path,
            section=case["section"],
            fname=case["name"],
            attributes=case["attributes"],
        ):
            pass


JUDGES: dict[str, Work] = {"localizations": _create, "uploads": _upload}


def main() -> None:
    """Let the official client do as many random cases as the first argument says."""
    runs = int(sys.argv[1])
    sample: list[Json] = []
    for name, judge in JUDGES.items():
        kind = KINDS[name]
        for seed in range(runs):
            case = kind.make(random.Random(seed))
            theirs = left_by(kind, judge, case)
            ours = left_by(kind, kind.ours, case)
            assert theirs == ours, (name, case, theirs, ours)
            if seed < _SAMPLED:
                sample.append({"kind": name, "case": case, "theirs": theirs})
        print(f"{name}: {runs} cases alike")
    if runs >= _SAMPLED:
        lines = ",\n".join(map(json.dumps, sample))
        SAMPLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
