"""Thousands of exports at once, which go on where they were when they are simply run again.

    from functools import partial
    from annoport import batches, cvat

    connect = partial(cvat.Client, "https://cvat.example.org", token="...")
    with connect() as client:
        plan = batches.plan(
            client.tasks.list(project_id=3, status="completed"),
            "tasks.download_dataset",
            keywords={"format": "COCO 1.0"},
        )
    report = batches.run_exports(plan, connect=connect, to="exports/")

The exports run in threads, or in any `concurrent.futures.Executor`: a process pool, Dask's, loky's.
"""

from typing import TYPE_CHECKING

from annoport.core import lazy_exports

if TYPE_CHECKING:
    from annoport.batches.items import Item, plan
    from annoport.batches.report import Report, Result, StoredFile
    from annoport.batches.run import run_exports

__all__ = ["Item", "Report", "Result", "StoredFile", "plan", "run_exports"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "Item": "items",
            "Report": "report",
            "Result": "report",
            "StoredFile": "report",
            "plan": "items",
            "run_exports": "run",
        },
    )
