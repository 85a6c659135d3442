"""What becomes of the answers: data is written, jobs are waited for, files are saved."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import attrs
import click

from annoport.cli.options import Settings, own
from annoport.cli.rows import Writer
from annoport.cli.stdout import write_bytes, write_text
from annoport.cli.talk import say
from annoport.cli.writers import writer_for
from annoport.core.values.models import Model
from annoport.core.values.type_guards import is_array, is_iterator, is_list, is_mapping

if TYPE_CHECKING:
    from annoport.core._sync.download import RemoteFile
    from annoport.core._sync.item_stream import ItemStream
    from annoport.core._sync.job import Job
    from annoport.core._sync.pager import Pager
    from annoport.core._sync.stream import EventStream
    from annoport.core.events import Event

_CORE: Final = "annoport.core._sync"


class Answers:
    """Takes the answers of one command, one after another.

    Attributes:
        several: Whether more than one call is made, so that their answers form a list.
    """

    def __init__(self, given: Mapping[str, Any], settings: Settings) -> None:
        """Take what the command line says of the answers.

        Args:
            given: The values of our own options.
            settings: How to write and talk.
        """
        self.several = False
        self._settings = settings
        self._wait = bool(given.get(own("--wait")))
        self._download: str | None = given.get(own("--download"))
        self._out: str | None = given.get(own("--out"))
        self._writer: Writer | None = None

    def take(self, answer: Any) -> None:
        """Do with an answer what the command line says.

        Args:
            answer: What the method returned.
        """
        if answer is None:
            return
        if _is_job(answer):
            self._job(answer)
        elif _is_file(answer):
            self._file(answer)
        elif isinstance(answer, bytes):
            self._bytes(answer)
        elif isinstance(answer, Path):
            write_text(f"{answer}\n")
        elif _is_pager(answer):
            self._rows([])  # a list without items is written, too
            for page in answer.pages():
                self._rows(page.items)
        elif _is_events(answer) or _is_items(answer):
            self._stream(answer)
        else:
            self._data(answer)

    def finish(self) -> None:
        """Write what is left of a list."""
        if self._writer is not None:
            self._writer.end()
            self._writer = None

    # ----------------------------------------------------------------------- data

    def _stream(self, answer: EventStream[Any] | ItemStream[Any]) -> None:
        self._rows([])
        with answer:
            for one in answer:
                self._rows([_event(one) if _is_events(answer) else one])

    def _data(self, answer: Any) -> None:
        if isinstance(answer, str) and self._settings.output is None:
            write_text(answer if answer.endswith("\n") else f"{answer}\n")
        elif hasattr(answer, "to_batches"):
            self._table(answer)
        elif is_iterator(answer):
            for one in answer:
                self._rows([one])
        elif is_mapping(answer) and any(isinstance(one, Path) for one in answer.values()):
            self.take(list(answer.values()))
        elif not is_list(answer):
            self._one(_plain(answer))
        elif answer and all(_is_job(one) or isinstance(one, Path) for one in answer):
            for one in answer:
                self.take(one)
        else:
            self._rows(answer)

    def _table(self, table: Any) -> None:
        """Write a table of Arrow, some rows at a time."""
        for batch in table.to_batches():
            self._rows(batch.to_pylist())

    def _rows(self, rows: Iterable[Any]) -> None:
        if self._writer is None:
            self._writer = writer_for(self._settings, one=False)
        self._writer.rows(list(rows))

    def _one(self, answer: Any) -> None:
        if self.several:
            self._rows([answer])
            return
        writer = writer_for(self._settings, one=True)
        writer.rows([answer])
        writer.end()

    # ----------------------------------------------------------------------- jobs and files

    def _job(self, job: Job[Any]) -> None:
        from annoport.cli.jobs import download, wait

        if self._download is not None:
            write_text(f"{download(job, self._download, self._settings)}\n")
        elif self._wait or job.is_final:
            self._one(job.state if job.is_final else wait(job, self._settings))
        else:
            if not self._settings.quiet:
                say("the job has started; `annoport job wait TOKEN` waits for it. Its token:")
            write_text(f"{job.to_token()}\n")

    def _file(self, file: RemoteFile) -> None:
        if self._out is None or self._out == "-":
            self._refuse_terminal()
            for block in file.stream():
                write_bytes(block)
        else:
            write_text(f"{file.download(self._out, progress=not self._settings.quiet)}\n")

    def _bytes(self, content: bytes) -> None:
        if self._out is None or self._out == "-":
            self._refuse_terminal()
            write_bytes(content)
        else:
            Path(self._out).write_bytes(content)

    def _refuse_terminal(self) -> None:
        if self._out is None and sys.stdout.isatty():
            raise click.UsageError("this is a file, which a terminal cannot show: add --out FILE")


def _is(answer: object, module: str, name: str) -> bool:
    """Whether an answer is of a class; if its module was not loaded, it cannot be."""
    loaded = sys.modules.get(f"{_CORE}.{module}")
    return loaded is not None and isinstance(answer, getattr(loaded, name))


def _is_job(answer: object) -> TypeGuard[Job[Any, Any]]:
    return _is(answer, "job", "Job")


def _is_file(answer: object) -> TypeGuard[RemoteFile]:
    return _is(answer, "download", "RemoteFile")


def _is_pager(answer: object) -> TypeGuard[Pager[Any, Any]]:
    return _is(answer, "pager", "Pager")


def _is_events(answer: object) -> TypeGuard[EventStream[Any]]:
    return _is(answer, "stream", "EventStream")


def _is_items(answer: object) -> TypeGuard[ItemStream[Any]]:
    return _is(answer, "item_stream", "ItemStream")


def _plain(answer: Any) -> Any:
    """Return an object of a flow, which is neither a model nor JSON, as what has a JSON form."""
    fields: tuple[attrs.Attribute[Any], ...] = getattr(answer, "__attrs_attrs__", ())
    if isinstance(answer, Model) or not fields:
        return answer
    known = {"id": answer.id} if hasattr(answer, "id") else {}
    return {**known, **{one.name: _part(getattr(answer, one.name)) for one in fields}}


def _part(value: Any) -> Any:
    if _is_job(value):
        return value.to_token()
    if is_array(value):
        return [_part(one) for one in value]
    return str(value) if isinstance(value, Path | Exception) else value


def _event(event: Event[Any]) -> dict[str, Any]:
    return {"type": event.type, "id": event.id, "data": event.data}
