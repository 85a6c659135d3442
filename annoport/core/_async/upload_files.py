"""Send all files of an upload in several steps, small ones in groups, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from annoport.core._async.upload_transfer import AsyncGroupUpload, AsyncSending, AsyncTusUpload
from annoport.core.http.request import Request
from annoport.core.support.workers import async_run_together
from annoport.core.upload import plan
from annoport.core.upload.sources import LocalFile
from annoport.core.upload.tally import Tally

if TYPE_CHECKING:
    from annoport.core._async.caller import AsyncCaller


@attrs.define(kw_only=True)
class AsyncFiles:
    """Files that wait to be sent, each alone by TUS or in a form with others.

    Attributes:
        client: Sends the requests.
        endpoint: Where TUS uploads are created.
        form: Makes the request that has several files; None if the server takes none.
        known: Status of the answer to one of which the server has a file already.
        sending: What the requests have in common.
        tally: Adds up the bytes.
        stored: The server's name for the file that was sent last by TUS.
        doubtful: Names of files that were sent without a confirmation.
    """

    client: AsyncCaller
    endpoint: Request
    form: Callable[[list[LocalFile]], Request] | None
    known: int | None
    sending: AsyncSending
    tally: Tally
    stored: str | None = None
    doubtful: list[str] = attrs.field(factory=list[str])
    _waiting: deque[list[LocalFile]] = attrs.field(factory=deque[list[LocalFile]], init=False)

    def add(self, files: Iterable[LocalFile]) -> None:
        """Let files be sent before those that wait."""
        most = self.sending.limit.most
        if self.form is None:
            self._waiting.extendleft([file] for file in reversed([*files]))
        else:
            self._waiting.extendleft(reversed(plan.grouped(files, most)))

    async def run(self, parallel: int) -> None:
        """Send everything, in so many requests at a time."""
        count = min(parallel, len(self._waiting))
        if count > 1:
            await async_run_together([self._work] * count, self.sending.stop)
        else:
            await self._work()

    async def _work(self) -> None:
        while self._waiting and not self.sending.stop:
            try:
                files = self._waiting.popleft()
            except IndexError:  # another worker was faster
                return
            await self._send(files)

    async def _send(self, files: list[LocalFile]) -> None:
        """Send a group, or put it back in smaller ones."""
        most = self.sending.limit.most
        if self.form is None or not plan.is_small(files[0], most):
            await self._by_tus(files[0])
        elif len(files) > 1 and sum(file.size for file in files) > most:
            self.add(files)  # the limit was lowered since
        else:
            await self._in_one_form(self.form, files)

    async def _by_tus(self, file: LocalFile) -> None:
        upload = AsyncTusUpload(
            self.client, self.endpoint, file, sending=self.sending, display=self.tally.share()
        )
        self.stored = await upload.run()
        if not upload.confirmed:
            self.doubtful.append(file.name)

    async def _in_one_form(
        self, form: Callable[[list[LocalFile]], Request], files: list[LocalFile]
    ) -> None:
        upload = AsyncGroupUpload(
            self.client,
            form,
            files,
            sending=self.sending,
            known=self.known,
            display=self.tally.share(),
        )
        if not await upload.run():
            self.add(files)
        elif not upload.confirmed:
            self.doubtful += [file.name for file in files]
