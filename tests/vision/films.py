"""Films made for the tests: each frame has its number in it, as big blocks of black and white."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av", reason="the extra `video` is not installed")

WIDTH, HEIGHT = 64, 48
_BITS, _BLOCK = 8, 8
_LIMIT = 160
_MILLISECOND = Fraction(1, 1000)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def pixels(number: int) -> Any:
    """A picture with a number in it."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for bit in range(_BITS):
        if number >> bit & 1:
            picture[:, bit * _BLOCK : (bit + 1) * _BLOCK] = 255
    return picture


def film(
    numbers: Sequence[int],
    *,
    container: str = "mp4",
    codec: str = "libx264",
    b_frames: int = 0,
    group: int = 12,
    times: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    said: dict[str, str] | None = None,
    noise: int = 0,
) -> bytes:
    """A film of frames with these numbers in them.

    Args:
        numbers: The numbers.
        container: The format of the file.
        codec: What encodes it.
        b_frames: Frames between two that do not need what follows.
        group: Frames from key frame to key frame.
        times: When each frame is shown, in milliseconds; by default ten a second.
        options: Options of the container.
        said: What the stream says of itself.
        noise: How much the pixels vary, which makes the file large.
    """
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options or {}) as writer:
        stream: Any = writer.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = stream.codec_context.time_base = _MILLISECOND
        stream.codec_context.max_b_frames, stream.codec_context.gop_size = b_frames, group
        stream.metadata.update(said or {})
        dice = np.random.default_rng(0)
        for place, number in enumerate(numbers):
            added = dice.integers(0, noise + 1, (HEIGHT, WIDTH, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(np.maximum(pixels(number), added), "rgb24")
            frame.pts = place * 100 if times is None else times[place]
            frame.time_base = _MILLISECOND
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode())
    return out.getvalue()


def number_in(picture: Any) -> int:
    """The number in a picture: the bytes of an image file, or a decoded frame."""
    if isinstance(picture, bytes):
        grey = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
    else:
        grey = picture.to_ndarray(format="gray")
    means = grey.reshape(HEIGHT, _BITS, _BLOCK).mean(axis=(0, 2))
    return sum(1 << bit for bit in range(_BITS) if means[bit] > _LIMIT)


def segments(content: bytes) -> bytes:
    """The list of the boxes of a fragmented film, as Tator keeps it."""
    listed: list[dict[str, Any]] = []
    offset = frame = 0
    while offset < len(content):
        size, name = struct.unpack_from(">I4s", content, offset)
        box: dict[str, Any] = {"name": name.decode(), "offset": offset, "size": size}
        if name == b"moof":
            samples = _samples(content[offset : offset + size])
            box |= {"frame_start": frame, "frame_samples": samples}
            frame += samples
        listed.append(box)
        offset += size
    return json.dumps({"file": {"start": 0, "version": 2}, "segments": listed}).encode()


def _samples(moof: bytes) -> int:
    place = moof.index(b"trun")
    (count,) = struct.unpack_from(">I", moof, place + 8)
    return int(count)


def with_edit_list(content: bytes, start: int) -> bytes:
    """A film of which an edit list leaves out what is before a time, in units of its track."""
    place = content.index(b"elst")
    _, _, media_time = struct.unpack_from(">III", content, place + 8)
    return content[: place + 16] + struct.pack(">I", media_time + start) + content[place + 20 :]


def counted(content: bytes) -> Iterator[int]:
    """The numbers in the frames of a film in the order in which a server that decodes it counts."""
    with av.open(io.BytesIO(content)) as reader:
        for frame in reader.decode(video=0):
            yield number_in(frame)
