"""Frames of videos and the localizations of tracks as pictures."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from annoport.core import UNSET
from annoport.errors import InvalidArgumentError
from annoport.tator._async.stored_files import async_media_of
from annoport.tator.files import label
from annoport.tator.tiles import MOST, check_frames, cut, grid, load_pillow, pairs, region
from annoport_tator import models

if TYPE_CHECKING:
    from PIL.Image import Image

    from annoport_tator import AsyncClient


async def async_frames(
    client: AsyncClient,
    medium: int | models.Media,
    frames: Iterable[int],
    *,
    size: tuple[int, int] | None = None,
    roi: tuple[float, float, float, float] | None = None,
    quality: int | None = None,
    per_request: int = 4,
) -> AsyncGenerator[Image, None]:
    """Yield frames of a video as pictures, in the order in which they are asked for.

    The server sends several frames as tiles of one picture, which is cut here. It needs Pillow,
    which comes with `annoport[images]`.

    Uses: GetMedia, GetFrame.

    Args:
        client: A client of Tator.
        medium: The video, or its id.
        frames: Numbers of the frames, from 0.
        size: Width and height of each picture in pixels, to which it is stretched; by default as in
            the video.
        roi: Part of each frame: left, top, width and height, as fractions of the frame.
        quality: Vertical resolution of the stream to take them from, in pixels; by default the
            best.
        per_request: How many frames to ask for at once.

    Yields:
        Each frame.

    Raises:
        InvalidArgumentError: There are no frames to get, or the video has not all of them; nothing
            was asked for then.
        ImportError: Pillow is missing.
        DecodeError: The server sent no such picture.
        ApiError: The server refused a request.
    """
    load_pillow()
    wanted = list(frames)
    if per_request < 1:
        raise InvalidArgumentError(f"per_request is {per_request}: expected 1 or more")
    scale, part = pairs(size), region(roi)
    (row,) = await async_media_of(client, medium)
    check_frames(wanted, row.num_frames or None, label(row))
    for at in range(0, len(wanted), per_request):
        numbers = wanted[at : at + per_request]
        columns, rows = grid(len(numbers))
        content = await client.media.get_frame(
            row.id,
            frames=numbers,
            tile=f"{columns}x{rows}",
            roi=UNSET if part is None else part,
            force_scale=UNSET if scale is None else scale,
            quality=UNSET if quality is None else quality,
        )
        for picture in cut(content, len(numbers), columns, rows):
            yield picture


async def async_state_images(
    client: AsyncClient, state: int | models.State, *, size: tuple[int, int] = (224, 224)
) -> AsyncGenerator[Image, None]:
    """Yield a picture of each localization of a track, in their order in the track.

    It needs Pillow, which comes with `annoport[images]`.

    Uses: GetState, GetStateGraphic.

    Args:
        client: A client of Tator.
        state: The track, or its id.
        size: Width and height of each picture in pixels, to which the localization is stretched.

    Yields:
        Each picture.

    Raises:
        InvalidArgumentError: The state has no localizations; nothing was asked for then.
        NotFoundError: There is no such state.
        ImportError: Pillow is missing.
        DecodeError: The server sent no such picture.
        ApiError: The server refused a request.
    """
    load_pillow()
    scale = pairs(size)
    row = await client.states.retrieve(state) if isinstance(state, int) else state
    total = len(row.localizations or ())
    if not total:
        raise InvalidArgumentError(f"state {row.id} has no localizations, so it has no pictures")
    for offset in range(0, total, MOST):
        count = min(MOST, total - offset)
        content = await client.states.graphic(
            row.id, mode="tile", force_scale=scale, length=count, offset=offset
        )
        for picture in cut(content, count, count, 1):
            yield picture
