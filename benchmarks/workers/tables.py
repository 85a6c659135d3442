"""Tables, made by annoport."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import annoport_tator
from annoport import ecotaxa, tables
from annoport.core.codec import json as codec
from benchmarks.objects_server import PROJECT
from benchmarks.payloads import OBJECT_FIELDS
from benchmarks.workers.protocol import Figures, Task, peak_memory, serve

_NOTHING = b'{"object_ids":[],"acquisition_ids":[],"sample_ids":[],"project_ids":[],"details":[]}'


def query(path: str) -> Task:
    """Turn the answer of an object query into a table."""
    content = Path(path).read_bytes()
    return lambda: tables.from_json(content, OBJECT_FIELDS)


def query_memory(path: str) -> Task:
    """Do the same; `memory` is what the process needed beyond its idle state, in bytes."""
    tables.from_json(_NOTHING, OBJECT_FIELDS)  # imports pyarrow
    idle = peak_memory()

    def run() -> Figures:
        table = tables.from_json(Path(path).read_bytes(), OBJECT_FIELDS)
        return Figures(memory=peak_memory() - idle, table=table.nbytes)

    return run


def objects(url: str) -> Task:
    """Read all objects of a project into a table, from the first request to the last row."""
    client = ecotaxa.Client(url, token="none")
    return lambda: ecotaxa.objects_table(client, PROJECT, columns=OBJECT_FIELDS)


def rows(path: str) -> Task:
    """Turn models with attributes into a table."""
    kind: Any = list[annoport_tator.models.Localization]
    models = codec.decode(Path(path).read_bytes(), kind, strict=True, where="")
    dtypes = {"label": "string", "score": "float", "checked": "bool"}
    attributes = [
        annoport_tator.models.AttributeType(
            name=name, dtype=annoport_tator.models.AttributeDtype(dtype)
        )
        for name, dtype in dtypes.items()
    ]
    return lambda: tables.from_rows(models, definitions=attributes)


if __name__ == "__main__":
    serve({"query": query, "query_memory": query_memory, "objects": objects, "rows": rows})
