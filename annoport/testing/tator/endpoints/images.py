"""Endpoints for what the server renders: frames, images of annotations, and clips."""

from __future__ import annotations

import math
from collections.abc import Callable
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response

from annoport.testing.images import jpeg, png, tiles
from annoport.testing.tator.answers import TatorError, html, reply
from annoport.testing.tator.call import Call, Routes
from annoport.testing.tator.endpoints.media import medium
from annoport.testing.tator.state import Row, media_files, members, shown
from annoport.testing.tator.videos import mp4

_GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_ERROR_SHADE = 40
_MOST_IN_GRAPHIC = 100
_ERROR_SIZE = (160, 90)


def _image(accept: str, width: int, height: int, *, shade: int) -> tuple[str, bytes] | None:
    """Return a media type that `accept` allows and the bytes, None if it allows none."""
    makers: dict[str, Callable[[], bytes]] = {
        "image/png": lambda: png(width, height, shade=shade),
        "image/jpeg": lambda: jpeg(width, height, shade=shade),
        "image/gif": lambda: _GIF,
        "video/mp4": lambda: mp4(4096, seed="graphic").read(),
    }
    for wanted in accept.replace(" ", "").split(","):
        kind = wanted.partition(";")[0]
        if kind in ("*/*", "image/*"):
            kind = "image/png"
        if kind in makers:
            return kind, makers[kind]()
    return None


def error_image(request: Request, error: TatorError) -> Response:
    """Return an error as an image of the kind that was asked for."""
    image = _image(request.headers.get("accept", "*/*"), *_ERROR_SIZE, shade=_ERROR_SHADE)
    if image is None:
        return html(500)
    return Response(image[1], status_code=error.status, media_type=image[0])


def _rendered(call: Call, width: float, height: float, *, shade: int = 150) -> Response:
    size = (max(1, round(width)), max(1, round(height)))
    return _picture(call, _image(call.request.headers.get("accept", "*/*"), *size, shade=shade))


def _tiled(
    call: Call, size: tuple[float, float], grid: tuple[int, int], shades: list[int]
) -> Response:
    """Return several pictures of one size as tiles of one, or else a picture as large as that."""
    width, height = (max(1, round(one)) for one in size)
    columns, rows = grid
    accept = call.request.headers.get("accept", "*/*")
    image = _image(accept, width * columns, height * rows, shade=shades[0])
    if image is not None and image[0] == "image/png":
        image = ("image/png", tiles(width, height, columns, rows, shades))
    return _picture(call, image)


def _picture(call: Call, image: tuple[str, bytes] | None) -> Response:
    if image is None:
        return html(500)
    headers = {"last-modified": format_datetime(call.backend.started, usegmt=True)}
    return Response(image[1], media_type=image[0], headers=headers)


def _streaming(row: Row) -> Row:
    found: list[Row] = members(media_files(row), "streaming")
    if not found:
        raise TatorError("'streaming'")
    return found[0]


def _get_frame(call: Call) -> Response:
    row = medium(call)
    frames = call.integers("frames") or [0]
    height, width = _streaming(row)["resolution"]
    if any(not 0 <= frame < row["num_frames"] for frame in frames):
        raise TatorError(f"Frame {max(frames)} is invalid. Maximum frame is {row['num_frames']}")
    roi = call.text("roi")
    if roi is not None:
        part_width, part_height = (float(word) for word in roi.split(":")[:2])
        width, height = width * part_width, height * part_height
    width, height = _scaled(call, width, height)
    shades = [60 + frame % 150 for frame in frames]
    return _tiled(call, (width, height), _tiles(call, len(frames)), shades)


def _scaled(call: Call, width: float, height: float) -> tuple[float, float]:
    """Return the size that the request asks for, or else the given one."""
    scale = call.text("force_scale")
    return (width, height) if scale is None else _pair("force_scale", scale)


def _tiles(call: Call, count: int) -> tuple[int, int]:
    """Return the columns and rows of a picture of several frames."""
    asked = call.text("tile")
    if asked is not None:
        return _pair("tile", asked)
    columns = math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def _pair(name: str, text: str) -> tuple[int, int]:
    first, _, second = text.partition("x")
    if not (first.isdigit() and second.isdigit()):
        raise TatorError(f"Failed to cast {name}: {text}")
    return int(first), int(second)


def _localization_graphic(call: Call) -> Response:
    row = call.tables.localizations.get(call.number())
    call.member_of(row["project"])
    found = call.tables.media.get(row["media"])
    width = (found["width"] or 64) * (row["width"] or 0.1)
    height = (found["height"] or 48) * (row["height"] or 0.1)
    return _rendered(call, *_scaled(call, width, height))


def _state_graphic(call: Call) -> Response:
    row = call.tables.states.get(call.number())
    call.member_of(row["_project"])
    if not row["localizations"]:
        raise TatorError(f"State {row['id']} has no localizations")
    offset = call.integer("offset", low=0) or 0
    length = call.integer("length", low=1) or _MOST_IN_GRAPHIC
    shown = row["localizations"][offset : offset + min(length, _MOST_IN_GRAPHIC)]
    if call.text("mode") != "tile" or not shown:
        return _rendered(call, *_scaled(call, 32, 24))
    shades = [60 + found % 150 for found in shown]
    return _tiled(call, _scaled(call, 32, 24), (len(shown), 1), shades)


def _get_clip(call: Call) -> Response:
    ranges = call.texts("frame_ranges")
    if not ranges:
        raise TatorError("Missing required query parameter: frame_ranges")
    row = medium(call)
    if "segment_info" not in _streaming(row):
        raise TatorError("'segment_info'")
    pairs = [[int(word) for word in found.split(":")] for found in ranges]
    clip = mp4(20_000, seed=f"clip {row['id']} {pairs}")
    made = call.backend.add_temporary_file(
        row["project"],
        f"{row['name']}_clip.mp4",
        clip,
        user=call.me["id"],
        lookup=f"clip {row['id']} {','.join(ranges)}",
    )
    return reply(
        {
            "file": shown(made),
            "segment_start_frames": [first for first, _ in pairs],
            "segment_end_frames": [last for _, last in pairs],
        }
    )


RENDERED: Routes = {
    "/rest/GetFrame/{id:int}": {"GET": _get_frame},
    "/rest/LocalizationGraphic/{id:int}": {"GET": _localization_graphic},
    "/rest/StateGraphic/{id:int}": {"GET": _state_graphic},
}
ROUTES: Routes = {**RENDERED, "/rest/GetClip/{id:int}": {"GET": _get_clip}}
