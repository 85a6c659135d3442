"""Import a folder of tables and images."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from annoport.core import AsyncJob
from annoport.core.support.progress import ProgressOption, show_progress
from annoport.core.support.workers import async_offload, async_settled
from annoport.ecotaxa._async.taxa import async_taxon_ids
from annoport.ecotaxa.bundle import Bundle, check_bundle, name_on_server, pack
from annoport.ecotaxa.ids import project_id
from annoport.ecotaxa.questions import (
    ImportQuestion,
    Known,
    User,
    asked,
    folded,
    refuse_bundle,
    unanswered,
    user_ids,
)
from annoport.ecotaxa.taxon_names import Taxon, id_in
from annoport.errors import AnnoportError, InvalidArgumentError, JobNeedsInputError, UploadError
from annoport_ecotaxa import models

if TYPE_CHECKING:
    from annoport_ecotaxa import AsyncClient

_log = logging.getLogger("annoport")

Existing: TypeAlias = Literal["refuse", "skip", "update", "reclassify"]
"""What to do with objects that the project has."""

_OPTIONS: Mapping[str, dict[str, Any]] = {
    "refuse": {},
    "skip": {"skip_existing_objects": True},
    "update": {"skip_existing_objects": True, "update_mode": "Yes"},
    "reclassify": {"skip_existing_objects": True, "update_mode": "Cla"},
}

AsyncAnswer: TypeAlias = Callable[
    [ImportQuestion], Mapping[str, Mapping[str, Any]] | Awaitable[Mapping[str, Mapping[str, Any]]]
]
"""Answers what an import asks: {"users": {name: user}, "taxa": {name: taxon}}."""


async def async_import_folder(
    client: AsyncClient,
    project: int | models.ProjectModel,
    folder: str | os.PathLike[str],
    *,
    users: Mapping[str, User] | None = None,
    taxa: Mapping[str, Taxon] | None = None,
    on_question: AsyncAnswer | None = None,
    existing: Existing = "refuse",
    keep_files: bool = False,
    into: AsyncJob[models.JobModel] | int | None = None,
    progress: ProgressOption = False,
    timeout: float | None = None,
) -> AsyncJob[models.JobModel]:
    """Import a folder of tables and images into a project.

    The folder is checked first (`check_bundle`), then packed, uploaded and imported. The server
    asks about names of people and taxa that it does not know, or knows several of; `users` and
    `taxa` answer, and `on_question` for what they leave open.

    Args:
        client: A client of EcoTaxa.
        project: The project, or its id.
        folder: The folder, with its tables ("ecotaxa....tsv") and images, perhaps in folders.
        users: Name of a person in the tables -> user, or id of one; the case does not count.
        taxa: Name of a taxon in the tables -> taxon by name, id or model.
        on_question: Called with an `ImportQuestion` of the names that are left; returns
            `{"users": {name: user}, "taxa": {name: taxon}}` for all of them.
        existing: What to do with objects that the project has: "refuse" imports nothing then,
            "skip" passes them over, "update" writes the measurements of the tables, and
            "reclassify" their taxa and status too.
        keep_files: Leave what was uploaded in your folder on the server. Otherwise it is removed
            when the import is done; a failed one leaves it, for `job.restart()`.
        into: The job of an earlier call, or its id, to go on with: nothing is uploaded again.
        progress: True for a bar, or a function that is called with the number of bytes that were
            sent and the total.
        timeout: Seconds to wait for the import; None for no limit.

    Returns:
        The job, which has ended well: `job.log()` is what the server did, `job.state.result` has
        its rowcount, which counts objects that were skipped too.

    Raises:
        InvalidArgumentError: The folder has something that the server would refuse or lose, which
            the message lists, or a name in `taxa` tells no taxon; nothing was sent.
        JobNeedsInputError: Names are left that nobody answered for. The message lists them; call
            again with these in `users=` or `taxa=`, and `into=error.job_id`.
        JobFailedError: The server refused the tables, such as for objects that it has; nothing was
            imported.
        UploadError: The server did not take the files.
        ApiError: The server refused a request.

    Uses: POST /user_files/, GET /user_files/{sub_path}, POST /file_import/{project_id},
    GET /jobs/{job_id}/, POST /jobs/{job_id}/answer, POST /user_files/rm/
    """
    if existing not in _OPTIONS:
        raise InvalidArgumentError(
            f"existing is {existing!r}: expected {', '.join(map(repr, _OPTIONS))}"
        )
    number = project_id(project)
    bundle = await async_offload(check_bundle, folder)
    refuse_bundle(bundle)
    known = Known(user_ids(users), await _taxon_ids(client, "taxa", taxa or {}))
    source = await async_offload(name_on_server, bundle)
    if into is None:
        await _upload(client, bundle, source, progress)
        body = {"source_path": source, **_OPTIONS[existing]}
        job: AsyncJob[models.JobModel] = await client.projects.import_file(number, body=body)
    else:
        job = client.job(into) if isinstance(into, int) else into
    await _AsyncAnswering(client, job, known, on_question).wait(timeout, progress)
    if not keep_files:
        await _remove(client, source)
    return job


async def _taxon_ids(
    client: AsyncClient, argument: str, taxa: Mapping[str, Taxon]
) -> dict[str, int]:
    known = await async_taxon_ids(client, list(taxa.values()))
    return folded(argument, {name: id_in(known, taxon) for name, taxon in taxa.items()})


async def _upload(
    client: AsyncClient, bundle: Bundle, source: str, progress: ProgressOption
) -> None:
    place = Path(tempfile.mkdtemp(prefix="annoport-"))
    try:
        archive = place / f"{source}.zip"
        await async_offload(pack, bundle, archive)
        await client.files.upload_user_file(archive, progress=progress)
    finally:
        shutil.rmtree(place, ignore_errors=True)  # at once: a cancelled task waits for no thread
    listed = await client.files.list(source)
    there = {entry.name for entry in listed.entries}
    wanted = {name.partition("/")[0] for name in (*bundle.tables, *bundle.images)}
    if missing := sorted(wanted - there):
        raise UploadError(
            f"the server dropped {', '.join(missing)} from what was uploaded to {source!r}: it "
            "keeps tables and images of some types only",
            name=source,
        )


async def _remove(client: AsyncClient, source: str) -> None:
    """Remove what was uploaded. The import is done, whatever becomes of that."""
    try:
        await client.files.remove(body={"source_path": source})
    except AnnoportError as error:
        _log.warning("%r is left among your files on the server: %s", source, error)


@attrs.define
class _AsyncAnswering:
    """A wait for an import, whose questions are answered."""

    client: AsyncClient
    job: AsyncJob[models.JobModel]
    known: Known
    on_question: AsyncAnswer | None
    left: ImportQuestion = attrs.field(factory=lambda: ImportQuestion((), ()), init=False)

    async def wait(self, timeout: float | None, progress: ProgressOption) -> None:
        """Wait, and show how it goes; a bar only, as there are no bytes to count."""
        with show_progress(progress, f"import {self.job.id}") as display:

            def show(job: AsyncJob[models.JobModel]) -> None:
                display.waiting(f"{job.message or job.status}", job.progress)

            try:
                await self.job.wait(timeout, on_progress=show, on_question=self.answer)
            except JobNeedsInputError as error:
                raise unanswered(error, self.left) from None

    async def answer(self, asked_for: Any) -> dict[str, dict[str, int]] | None:
        """Return the answer to a question, or None if something in it is unknown."""
        question = asked(asked_for)
        self.left = self.known.left(question)
        if self.left and self.on_question is not None:
            given = await async_settled(self.on_question(self.left))
            taxa = await _taxon_ids(self.client, "on_question: taxa", given.get("taxa") or {})
            self.known.users.update(user_ids(given.get("users")))
            self.known.taxa.update(taxa)
            self.left = self.known.left(question)
        return None if self.left else self.known.answer(question)
