"""Send the parts of what is to be created, and find out what became of one without an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from annoport.core import Operation
from annoport.errors import AnnoportError
from annoport.tator.parts import Part, half_way

if TYPE_CHECKING:
    from annoport.core import ProgressOption
    from annoport.tator.checks import Noun, Spec
    from annoport_tator import AsyncClient


async def async_send_parts(
    client: AsyncClient,
    noun: Noun,
    operation: Operation[Any],
    parts: Sequence[Part],
    *,
    find: Callable[[Sequence[Spec]], Awaitable[list[int] | None]],
    progress: ProgressOption,
) -> list[int]:
    """Send parts one after the other, and return the ids of all items in their order.

    Args:
        client: A client of Tator.
        noun: What the items are.
        operation: What creates them.
        parts: The parts.
        find: Returns the ids of items that the server has; None if one is not there.
        progress: As for downloads, but counts items.

    Raises:
        PartialWriteError: A part was not stored, but those before it are.
        AnnoportError: The first part was not stored.
    """
    from annoport.core.support.progress import show_progress

    total = parts[-1].stop if parts else 0
    done: list[int] = []
    with show_progress(progress, noun) as display:
        for part in parts:
            try:
                done += await _sent(client, operation, part, find)
            except AnnoportError as error:
                if not done:
                    raise
                raise half_way(noun, done, total, part, error) from error
            display.items(len(done), total)
    return done


async def _sent(
    client: AsyncClient,
    operation: Operation[Any],
    part: Part,
    find: Callable[[Sequence[Spec]], Awaitable[list[int] | None]],
) -> list[int]:
    try:
        made: int | list[int] = (await client.execute(operation, part.request)).value.id
    except AnnoportError as error:
        if not error.may_be_done:
            raise
        # All or nothing: if one item of the part is there, all of them are.
        found = await _found(find, part)
        if found is None:
            raise
        return found
    return [made] if isinstance(made, int) else made


async def _found(
    find: Callable[[Sequence[Spec]], Awaitable[list[int] | None]], part: Part
) -> list[int] | None:
    try:
        return await find(part.specs)
    except AnnoportError:
        return None
