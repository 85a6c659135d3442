"""Objects of a project as a table."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from annoport.core import Filter
from annoport.core.http.request import build
from annoport.core.support.concurrency import AsyncLock
from annoport.core.support.progress import Display, ProgressOption, show_progress
from annoport.core.support.workers import Stop, async_offload, async_run_together
from annoport.core.values.models import UNSET, Unset
from annoport.ecotaxa._async.selecting import async_filters_for
from annoport.ecotaxa.columns import AllColumns, Column, wanted_columns
from annoport.ecotaxa.ids import project_id
from annoport.ecotaxa.selections import Sample, selection
from annoport.ecotaxa.taxon_names import Taxon
from annoport.ecotaxa.windows import Window, joined, windows
from annoport.errors import InvalidArgumentError
from annoport.tables.arrow import Table, arrow
from annoport.tables.parallel import ParallelTable
from annoport_ecotaxa import models
from annoport_ecotaxa.operations.objects import GET_OBJECT_SET

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient

_WINDOW = 10_000
"""Objects that a request asks for: enough that the server's own start does not count, and few
enough that one answer is decoded while others arrive."""


async def async_objects_table(
    client: AsyncClient,
    project: int | models.ProjectModel,
    *,
    columns: Sequence[str] | AllColumns = "all",
    taxa: Sequence[Taxon] | None = None,
    children: bool = True,
    status: models.StatusFilter | str | None = None,
    samples: Sequence[Sample] | None = None,
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None = None,
    window_size: int = _WINDOW,
    at_once: int = 4,
    progress: ProgressOption = False,
) -> Table:
    """Return the objects of a project as a `pyarrow.Table`, in the order of their ids.

    The table begins with `object_ids`, `acquisition_ids`, `sample_ids` and `project_ids`; the
    columns asked for follow under the names that they were asked for. The list is read in several
    windows at once. If objects come or go meanwhile, it is read again from one end to the other,
    so that none is lost or comes twice.

    Args:
        client: A client of EcoTaxa.
        project: The project, or its id.
        columns: Names of columns, or "all". A free column goes by its own name, with the letters of
            its table before it or without: "fre.area" or "area", "sam.tow" or "tow". A name that
            several tables have is that of the object, its sample, its acquisition, in this order.
            Columns of processes are not there: `export_table` has them.
        taxa: Taxa by name, id or model; objects of any taxon by default.
        children: The taxa below them too.
        status: Status of the objects: P predicted, V validated, D dubious, or another
            `StatusFilter`; any by default.
        samples: Samples by name, id or model; any by default.
        filters: Which objects besides: `ProjectFilters`, a dict, or a condition of
            `annoport.filters`.
        window_size: Objects to ask for in one request.
        at_once: Requests at a time.
        progress: True for a bar, or a function that is called with the number of objects that have
            been read, and their total.

    Returns:
        A `pyarrow.Table` (extra `tables`): dates, times and timestamps in UTC have their types,
        numeric free columns are float64, texts are strings.

    Raises:
        InvalidArgumentError: A column does not exist or comes twice, a taxon, sample or status does
            not exist, or an argument says what a filter says too, or a filter cannot be sent.
        DecodeError: The server's answer is none.
        ImportError: pyarrow is not installed.
        ApiError: The server refused a request, such as for a project that does not exist.

    Uses: GET /projects/{project_id}, GET /taxon_set/search, GET /samples/search,
    POST /object_set/{project_id}/query
    """
    for name, value in (("window_size", window_size), ("at_once", at_once)):
        if value < 1:
            raise InvalidArgumentError(
                f"{name} is {value!r}: expected a whole number, 1 or greater"
            )
    number = project_id(project)
    arrow()  # an extra that is missing is told before anything is read
    chosen = selection(filters, taxa=taxa, children=children, status=status, samples=samples)
    found = await client.projects.retrieve(number)
    wanted = wanted_columns(found, columns)
    query = _AsyncQuery(client, number, wanted, await async_filters_for(client, number, chosen))
    total = await query.count()
    parts = windows(total, window_size)
    title = f"objects of project {number}"
    with show_progress(progress, title) as display:
        reading = _AsyncReading(query, deque(enumerate(parts)), _Shown(display, total))
        await async_run_together([reading.work] * min(at_once, len(parts)), reading.stop)
    table = await async_offload(lambda: joined(reading.table.finished(), parts))
    if table is None:
        table = await query.one_by_one()
    return table.rename_columns([*table.column_names[: -len(wanted) or None], *_names(wanted)])


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


@attrs.frozen
class _AsyncQuery:
    """The query of objects of a project."""

    client: AsyncClient
    project: int
    columns: list[Column]
    filters: dict[str, Any]

    @property
    def fields(self) -> list[str]:
        """What the query calls the columns."""
        return [column.field for column in self.columns]

    @property
    def asked(self) -> list[str] | Unset:
        """The same, or nothing: an empty list cannot be sent."""
        return self.fields or UNSET

    def table(self) -> ParallelTable:
        """Return an empty table of these columns."""
        types = {"n": arrow().float64(), "t": arrow().string()}
        known = {one.field: types[one.kind] for one in self.columns if one.kind in types}
        return ParallelTable(self.fields, known)

    async def count(self) -> int:
        """Return how many objects there are; a column that the server lacks is an error."""
        pages = self.client.objects.list(
            self.project, body=self.filters, fields=self.asked, window_size=1
        ).pages()
        return (await anext(pages)).total or 0

    async def read(self, window: Window) -> bytes:
        """Return the answer for a window, as it came."""
        operation = GET_OBJECT_SET
        arguments = {
            "project_id": self.project,
            "fields": self.asked,
            "order_field": "obj.objid",
            "window_start": window.start,
            "window_size": window.size,
        }
        request = build(operation, arguments, self.filters, strict=self.client.options.strict)
        answer = await self.client.send(
            request, repeatable=operation.repeatable, secured=operation.secured
        )
        return answer.content

    async def one_by_one(self) -> Table:
        """Return the list as the pager reads it, which notices when objects come or go."""
        table = self.table()
        pager = self.client.objects.list(self.project, body=self.filters, fields=self.asked)
        async for page in pager.pages():
            await async_offload(table.add, page)
        return await async_offload(table.finished)


class _Shown:
    """Shows how many objects have been read."""

    def __init__(self, display: Display, total: int) -> None:
        self._display = display
        self._total = total
        self._done = 0

    def add(self, count: int) -> None:
        """Show that more have been read."""
        self._done = min(self._total, self._done + count)
        self._display.items(self._done, self._total)


@attrs.define
class _AsyncReading:
    """Windows that are read several at a time, and put into the table in their order."""

    query: _AsyncQuery
    waiting: deque[tuple[int, Window]]
    shown: _Shown
    stop: Stop = attrs.field(factory=Stop, init=False)
    table: ParallelTable = attrs.field(init=False)
    _lock: AsyncLock = attrs.field(factory=AsyncLock, init=False)
    _read: dict[int, tuple[Window, bytes]] = attrs.field(
        factory=dict[int, tuple[Window, bytes]], init=False
    )
    _next: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.table = self.query.table()

    async def work(self) -> None:
        """Read windows until there are no more."""
        while self.waiting and not self.stop:
            try:
                place, window = self.waiting.popleft()
            except IndexError:  # another worker was faster
                return
            content = await self.query.read(window)
            async with self._lock.here():
                self._read[place] = window, content
                while self._next in self._read:
                    window, content = self._read.pop(self._next)
                    self._next += 1
                    await async_offload(self.table.add_json, content)
                    self.shown.add(window.new)
