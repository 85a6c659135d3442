# Derived from _async/upload_files.py by tools/unasync.py: change that file instead.
"""Send all files of an upload in several steps, small ones in groups, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from annoport.core._sync.upload_note import UploadNote
from annoport.core._sync.upload_transfer import GroupUpload, Sending, TusUpload
from annoport.core.http.request import Request
from annoport.core.support.workers import run_together
from annoport.core.upload import plan
from annoport.core.upload.resuming import Begun
from annoport.core.upload.sources import LocalFile
from annoport.core.upload.tally import Tally

if TYPE_CHECKING:
    from annoport.core._sync.caller import Caller


@attrs.frozen
class _Batch:
    """Files that are sent together.

    Attributes:
        files: These files; one that is large is alone.
        lost: Whether an earlier process may have sent them as a group, and knew no answer.
    """

    files: list[LocalFile]
    lost: bool = False


@attrs.define(kw_only=True)
class Files:
    """The files of an upload, each sent alone by TUS or in a form with others.

    Attributes:
        client: Sends the requests.
        endpoint: Where TUS uploads are created.
        form: Makes the request that has several files; None if the server takes none.
        known: Status of the answer to one of which the server has a file already.
        parallel: How many requests the server takes at a time.
        sending: What the requests have in common.
        tally: Adds up the bytes.
        files: The files.
        note: What was done with them, also by an earlier process.
    """

    client: Caller
    endpoint: Request
    form: Callable[[list[LocalFile]], Request] | None
    known: int | None
    parallel: int
    sending: Sending
    tally: Tally
    files: list[LocalFile]
    note: UploadNote
    _waiting: deque[_Batch] = attrs.field(factory=deque[_Batch], init=False)
    _places: dict[LocalFile, int] = attrs.field(factory=dict[LocalFile, int], init=False)

    @property
    def stored(self) -> str | None:
        """The server's name for the file that was sent last by TUS."""
        return self.note.begun.stored

    @property
    def doubtful(self) -> list[str]:
        """Names of files that were sent without a confirmation."""
        return [self.files[place].name for place in sorted(self.note.begun.doubtful)]

    def run(self) -> None:
        """Send what the server does not have."""
        self._prepare()
        count = min(self.parallel, len(self._waiting))
        if count > 1:
            run_together([self._work] * count, self.sending.stop)
        else:
            self._work()

    def _prepare(self) -> None:
        begun = self.note.begun
        self._places = {file: place for place, file in enumerate(self.files)}
        self.tally.add(sum(self.files[place].size for place in begun.done))
        sent = {place for group in begun.forms for place in group}
        self._add(file for file, place in self._places.items() if place not in begun.done | sent)
        self._waiting.extendleft(
            _Batch([self.files[place] for place in group], lost=True) for group in begun.forms
        )

    def _add(self, files: Iterable[LocalFile]) -> None:
        """Let files be sent before those that wait."""
        if self.form is None:
            batches = [[file] for file in files]
        else:
            batches = plan.grouped(files, self.sending.limit.most, self.parallel)
        self._waiting.extendleft(map(_Batch, reversed(batches)))

    def _work(self) -> None:
        while self._waiting and not self.sending.stop:
            try:
                batch = self._waiting.popleft()
            except IndexError:  # another worker was faster
                return
            self._send(batch)

    def _send(self, batch: _Batch) -> None:
        """Send a group, or put it back in smaller ones."""
        files, most = batch.files, self.sending.limit.most
        if self.form is None:
            self._by_tus(files[0])
        elif batch.lost or plan.fits_one_form(files, most):
            self._in_one_form(self.form, batch)
        elif len(files) == 1:
            self._by_tus(files[0])
        else:
            self._add(files)  # the limit was lowered since

    def _by_tus(self, file: LocalFile) -> None:
        place, note = self._places[file], self.note
        upload = TusUpload(
            self.client, self.endpoint, file, sending=self.sending, display=self.tally.share()
        )
        at = upload.begin(note.begun.places.get(place), resumed=note.age is not None)
        if at.url and file.size > self.sending.limit.most:  # what fits in one request is sent again
            note.change(lambda begun: begun.places.update({place: at}))
        upload.run()

        def ended(begun: Begun) -> None:
            begun.places.pop(place, None)
            begun.stored = at.stored
            _mark(begun, [place], confirmed=upload.confirmed)

        note.change(ended, urgent=len(self.files) == 1)

    def _in_one_form(self, form: Callable[[list[LocalFile]], Request], batch: _Batch) -> None:
        places = [self._places[file] for file in batch.files]
        if not batch.lost:
            self.note.change(lambda begun: begun.forms.append(places))
        upload = GroupUpload(
            self.client,
            form,
            batch.files,
            sending=self.sending,
            known=self.known,
            display=self.tally.share(),
            lost=batch.lost,
        )
        taken = upload.run()

        def ended(begun: Begun) -> None:
            begun.forms.remove(places)
            if taken:
                _mark(begun, places, confirmed=upload.confirmed)

        self.note.change(ended, urgent=False)
        if not taken:
            self._add(batch.files)


def _mark(begun: Begun, places: list[int], *, confirmed: bool) -> None:
    begun.done.update(places)
    if not confirmed:
        begun.doubtful.update(places)
