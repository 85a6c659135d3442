"""A project's export as a table."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annoport.core import Filter
from annoport.core.support.progress import ProgressOption
from annoport.core.support.workers import async_offload
from annoport.ecotaxa._async.selecting import async_filters_for
from annoport.ecotaxa.exported import export_body, export_filters, table_in
from annoport.ecotaxa.ids import project_id
from annoport.ecotaxa.selections import Sample, selection
from annoport.ecotaxa.taxon_names import Taxon
from annoport.tables.arrow import Table, arrow
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient


async def async_export_table(
    client: AsyncClient,
    project: int | models.ProjectModel,
    *,
    taxa: Sequence[Taxon] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
    samples: Sequence[Sample] | None = None,
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None = None,
    only_annotations: bool = False,
    with_internal_ids: bool = True,
    folder: str | os.PathLike[str] | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> Table:
    """Export objects of a project, and return the table of the export.

    Beside what `objects_table` has, there are the hierarchies of taxa and the columns of processes,
    under the names that tables of EcoTaxa have: object_area, sample_tow, process_soft. The server
    takes longer for it.

    Args:
        client: A client of EcoTaxa.
        project: The project, or its id.
        taxa: Taxa by name, id or model; objects of any taxon by default.
        children: The taxa below them too.
        status: Status of the objects: P predicted, V validated, D dubious, or another
            `StatusFilter`; any by default.
        samples: Samples by name, id or model; any by default.
        filters: Which objects besides: `ProjectFilters`, a dict, or a condition of
            `annoport.filters`.
        only_annotations: Only the last classification of each object.
        with_internal_ids: The server's own ids too.
        folder: A folder to keep the export in, which is made if it is missing. If the call is
            killed, the same call goes on with the same export. By default, nothing is kept.
        progress: True for a bar, or a function that is called with the number of bytes received
            and the total.
        timeout: Seconds for the export and its download together; None for no limit.

    Returns:
        A `pyarrow.Table` (extra `tables`), one row an object; without columns if no object matches.

    Raises:
        InvalidArgumentError: A taxon, sample or status does not exist, or an argument says what a
            filter says too, or a filter cannot be sent; nothing was started.
        JobError: The export failed, or did not end in time.
        DownloadError: It could not be downloaded whole.
        ImportError: pyarrow is not installed.
        ApiError: The server refused a request.

    Uses: GET /taxon_set/search, GET /samples/search, POST /object_set/export/general,
    GET /jobs/{job_id}/, GET /jobs/{job_id}/file
    """
    arrow()  # an extra that is missing is told before anything is started
    number = project_id(project)
    chosen = selection(
        export_filters(filters), taxa=taxa, children=children, status=status, samples=samples
    )
    body = export_body(
        number,
        await async_filters_for(client, number, chosen),
        only_annotations=only_annotations,
        with_internal_ids=with_internal_ids,
    )
    with _kept_in(folder) as place:
        path = await client.objects.download_general(
            place, body=body, progress=progress, overwrite="replace", timeout=timeout
        )
        return await async_offload(table_in, path)


@contextlib.contextmanager
def _kept_in(folder: str | os.PathLike[str] | None) -> Generator[Path]:
    if folder is not None:
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        yield place
        return
    place = Path(tempfile.mkdtemp(prefix="annoport-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
