"""Run a batch: give its items to an executor, and keep the manifest."""

from __future__ import annotations

import contextlib
import inspect
import os
import pickle
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import attrs

from annoport.batches.clients import Connect, client_of, close_clients, connects_by_name
from annoport.batches.items import JOB, Item
from annoport.batches.items import plan as planned
from annoport.batches.manifest import Manifest
from annoport.batches.places import Folder, Store, place_of
from annoport.batches.report import Report, Result
from annoport.batches.worker import Outcome, Work, fetch, method_of, said
from annoport.core import BaseClient, Job
from annoport.core.errors import InvalidArgumentError, TargetExistsError
from annoport.core.support.logs import BATCHES
from annoport.core.support.progress import ProgressOption, show_progress
from annoport.core.support.threads import Threads
from annoport.core.support.workers import LEAVING_SECONDS


def run_exports(
    plan: Iterable[Item | Job[Any, Any] | str],
    connect: Connect | Mapping[str, Connect],
    to: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    at_once: int = 4,
    attempts: int = 2,
    progress: ProgressOption = True,
    manifest: str | os.PathLike[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Report:
    """Fetch all items of a plan, each into a folder of its own, and return what became of them.

    A failed item does not end the run. A run that was killed or interrupted, simply started again,
    does what is missing, and goes on with the jobs and bytes that are there. What an earlier run
    has fetched is not fetched again if its files are still there with their sizes; else it is
    fetched anew. Everything is checked first: if the plan cannot work, nothing is started.

    Args:
        plan: The items, as `annoport.batches.plan` returns them; jobs, or what `Job.to_token()`
            returned, may be among them.
        connect: Makes a client, such as `functools.partial(cvat.Client, url, token=...)` or
            `cvat.Client.from_env`; each process makes one, which its threads share. If the items
            are on several servers, one for each by the name that `Item.server` has.
        to: A folder, made if it does not exist, which all workers can reach under this path; or
            the URL of one for fsspec, such as "s3://bucket/exports/".
        executor: Does the work: any `concurrent.futures.Executor`, such as a ProcessPoolExecutor
            or what Dask's `client.get_executor()` returns. It is not shut down. By default, threads
            of this process.
        at_once: How many items are under way at a time, with an executor too.
        attempts: How often an item is tried at the most, if its error may pass, such as that of a
            server that is away. Each attempt repeats requests by itself, too.
        progress: True for a progress bar, or a function that is called with the number of items
            that have ended, and of all. The bar needs `annoport[progress]`.
        manifest: The file that holds what is known of each item. By default `manifest.jsonl` in
            the folder; for a URL, a file in the user's cache folder.
        storage_options: Options for fsspec, where `to` is a URL.

    Returns:
        The results of all items, and where the manifest is.

    Raises:
        InvalidArgumentError: An item or another argument cannot work; nothing was started.
        TargetBusyError: Another run uses the manifest.
        ConfigurationError: The manifest cannot be read.
        DownloadError: The manifest cannot be written.
        BrokenExecutor: The executor has lost a process and takes no more work; run it again with a
            new one.
    """
    if at_once < 1 or attempts < 1:
        raise InvalidArgumentError(
            f"at_once is {at_once} and attempts is {attempts}: expected 1 or more"
        )
    items = [each if isinstance(each, Item) else planned([each])[0] for each in plan]
    batch = _Batch(
        items=items,
        connects=connects_by_name(connect),
        place=place_of(to, storage_options),
        at_once=at_once,
        attempts=attempts,
        storage_options=storage_options,
    )
    path = Path(manifest) if manifest is not None else batch.place.manifest
    batch.check_names(path)
    try:
        batch.check_calls(executor)
        with (
            contextlib.closing(Manifest(path)) as known,
            _showing(progress, len(items)) as show,
            _or_threads(executor, at_once, batch.run_id) as pool,
        ):
            return batch.run(pool, known, show)
    finally:
        close_clients(batch.run_id)  # also those that threads wait with, after an interrupt


@attrs.define
class _Try:
    """An item that is to be done.

    Attributes:
        work: What a worker gets.
        count: How often it was begun.
    """

    work: Work
    count: int = 0


@attrs.define(kw_only=True)
class _Batch:
    """The items of one run, and what it takes to do them."""

    items: list[Item]
    connects: dict[str, Connect]
    place: Folder | Store
    at_once: int
    attempts: int
    storage_options: Mapping[str, Any] | None = attrs.field(repr=False)
    run_id: str = attrs.field(factory=lambda: uuid.uuid4().hex, init=False)
    _results: dict[str, Result] = attrs.field(factory=dict[str, Result], init=False)

    # ----------------------------------------------------------------------- before it begins

    def check_names(self, manifest: Path) -> None:
        """Refuse items that would share a folder, and servers that nobody can connect to."""
        taken: dict[str, str] = {}
        if manifest.absolute().parent == Path(self.place.address):
            taken[manifest.name.casefold()] = ""
        for item in self.items:
            if item.server not in self.connects:
                known = ", ".join(map(repr, sorted(self.connects)))
                raise InvalidArgumentError(
                    f"item {item.name!r} is on the server {item.server!r}: expected one of "
                    f"connect=: {known}"
                )
            name = item.name.casefold()
            if name in taken:
                whose = f"item {taken[name]!r}" if taken[name] else "the manifest"
                raise InvalidArgumentError(
                    f"item {item.name!r} has the same place as {whose}: pass another name="
                )
            taken[name] = item.name
        for item in self.items:
            for parent in PurePosixPath(item.name.casefold()).parents:
                if str(parent) in taken:
                    raise InvalidArgumentError(
                        f"item {item.name!r} is within the folder of {taken[str(parent)]!r}: pass "
                        "another name="
                    )

    def check_calls(self, executor: Executor | None) -> None:
        """Refuse calls that no client has or takes, and what cannot be sent to another process."""
        for item in self.items:
            with client_of(self.run_id, item.server, self.connects[item.server]) as client:
                _check_call(client, item)
        if isinstance(executor, ProcessPoolExecutor):
            try:
                pickle.dumps([self._work(item) for item in self.items])
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise InvalidArgumentError(
                    f"the plan cannot be sent to another process ({error}): expected plain data in "
                    "the items, and as connect= a function of a module, or one such as "
                    "functools.partial(cvat.Client, url, token=...)"
                ) from None

    def _work(self, item: Item) -> Work:
        return Work(
            item=item,
            to=self.place.address,
            run=self.run_id,
            connect=self.connects[item.server],
            storage_options=self.storage_options,
        )

    def _missing(self, manifest: Manifest) -> Iterator[Item]:
        """Yield the items to be done; afterwards the results of the others are known."""
        for item in self.items:
            known = manifest.known.get(item.name)
            if known is not None and known.key != item.key:
                known = None
            if known is not None and known.is_whole:
                if all(self.place.size(file.path) == file.size for file in known.files):
                    self._end(item, "skipped", Outcome(tuple(known.files)))
                    continue
                self.place.remove(item.name, known.files)
                known = None
            if known is None and self.place.has(item.name):
                why = (
                    f"{TargetExistsError.__name__}: {self.place.shown(item.name)} is there, and is "
                    "not what this item makes: remove it, or choose another name= or to="
                )
                manifest.refused(item, why)
                self._end(item, "failed", Outcome(error=why))
                continue
            yield item

    # ----------------------------------------------------------------------- the run

    def run(self, pool: Executor, manifest: Manifest, show: Callable[[int, int], None]) -> Report:
        """Do what is missing, and return the report."""
        waiting = deque(_Try(self._work(item)) for item in list(self._missing(manifest)))
        running: dict[Future[Outcome], _Try] = {}
        try:
            while waiting or running:
                self._show(show)
                self._submit(pool, manifest, waiting, running)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    trial = running.pop(future)
                    if not self._settle(manifest, trial, _outcome(future)):
                        waiting.append(trial)
            self._show(show)
        finally:
            for future in running:
                future.cancel()
        return Report([self._results[item.name] for item in self.items], manifest.path)

    def _submit(
        self,
        pool: Executor,
        manifest: Manifest,
        waiting: deque[_Try],
        running: dict[Future[Outcome], _Try],
    ) -> None:
        """Give the executor as many items as may be under way."""
        count = min(len(waiting), self.at_once - len(running))
        trials = [waiting.popleft() for _ in range(count)]
        manifest.started([trial.work.item for trial in trials])
        for trial in trials:
            trial.count += 1
            running[pool.submit(fetch, trial.work)] = trial

    def _settle(self, manifest: Manifest, trial: _Try, outcome: Outcome) -> bool:
        """Note what became of an attempt, and return whether the item has ended."""
        item, error = trial.work.item, outcome.error
        if error is None:
            manifest.done(item, outcome.files)
            BATCHES.info("%s: fetched", item.name)
            self._end(item, "done", outcome, trial.count)
            return True
        if outcome.may_pass and trial.count < self.attempts:
            BATCHES.info("%s: trying again: %s", item.name, error)
            return False
        manifest.failed(item, error)
        BATCHES.info("%s: failed: %s", item.name, error)
        self._end(item, "failed", outcome, trial.count)
        return True

    def _end(
        self,
        item: Item,
        state: Literal["done", "failed", "skipped"],
        outcome: Outcome,
        attempts: int = 0,
    ) -> None:
        self._results[item.name] = Result(
            name=item.name,
            state=state,
            files=[attrs.evolve(file, path=self.place.full(file.path)) for file in outcome.files],
            error=outcome.error,
            attempts=attempts,
        )

    def _show(self, show: Callable[[int, int], None]) -> None:
        results = self._results.values()
        show(len(results), sum(result.state == "failed" for result in results))


def _check_call(client: BaseClient, item: Item) -> None:
    if item.call == JOB:
        client.job(*item.arguments)
        return
    try:
        signature = inspect.signature(method_of(client, item))
        signature.bind(*item.arguments, target="", **item.keywords)
    except (AttributeError, TypeError) as error:
        raise InvalidArgumentError(
            f"item {item.name!r}: {item.call!r} cannot be called so: {error}"
        ) from None


def _outcome(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor as error:
        error.add_note("run the batch again with a new executor: it does what is missing")
        raise
    except Exception as error:  # noqa: BLE001 (of the executor: it could not send it, or gave up)
        return Outcome(error=said(error))


@contextlib.contextmanager
def _or_threads(executor: Executor | None, count: int, run_id: str) -> Generator[Executor]:
    """Yield the caller's executor, or threads; after an error, those are left behind.

    Their clients are closed then, and they have a moment to note what they have and let go of it.
    """
    if executor is not None:
        yield executor
        return
    pool = Threads(count, "annoport-batch")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        close_clients(run_id)
        pool.leave(LEAVING_SECONDS)
        raise
    pool.shutdown()


@contextlib.contextmanager
def _showing(option: ProgressOption, total: int) -> Generator[Callable[[int, int], None]]:
    """Yield what shows how many items have ended, and how many of them have failed."""
    if callable(option):
        callback = option

        def tell(ended: int, _: int) -> None:
            callback(ended, total)

        yield tell
        return
    with show_progress(option, "exports") as display:

        def show(ended: int, failed: int) -> None:
            text = f"{ended} of {total} exports" + (f", {failed} failed" if failed else "")
            display.waiting(text, ended / total if total else 1.0)

        yield show
