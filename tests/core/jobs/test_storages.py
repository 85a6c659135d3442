"""Jobs whose file goes into a storage of the user's."""

from __future__ import annotations

from typing import Any

import pytest

from annoport.core.contract.extensions import JobStart, JobStorage
from annoport.core.contract.operation import Operation, Parameter
from annoport.core.errors import InvalidArgumentError
from annoport.core.jobs.storages import stored_in
from annoport.core.values.models import UNSET

RULES = JobStart(
    kind="export",
    id="/id",
    storage=JobStorage(
        parameter="location", value="bucket", storage="bucket-id", name="file", title="bucket"
    ),
)
EXPORT: Operation[Any] = Operation(
    id="export",
    method="POST",
    path="/export",
    parameters=(
        Parameter(name="location", wire="location", location="query"),
        Parameter(name="bucket_id", wire="bucket-id", location="query"),
        Parameter(name="file", wire="file", location="query"),
    ),
)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({}, None),
        ({"location": UNSET, "bucket_id": 3}, None),
        ({"location": "local", "bucket_id": 3}, None),
        ({"location": "bucket", "bucket_id": 3}, "bucket 3"),
        ({"location": "bucket", "bucket_id": 3, "file": "a.zip"}, "bucket 3 as 'a.zip'"),
    ],
)
def test_where_the_file_goes(arguments: dict[str, Any], where: str | None) -> None:
    assert stored_in(RULES, EXPORT, arguments) == where
    assert stored_in(JobStart(kind="export", id="/id"), EXPORT, arguments) is None


def test_a_storage_has_to_be_named() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        stored_in(RULES, EXPORT, {"location": "bucket", "bucket_id": None})
    assert str(caught.value) == (
        "export: argument 'bucket_id' is missing: with location='bucket' the file goes to a "
        "bucket, so say to which"
    )
