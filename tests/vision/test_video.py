"""Frames of films by their numbers."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from annoport.errors import DecodeError
from annoport.vision import Frame
from annoport.vision.video import Film, count_packets, pictures
from tests.vision import films

COUNT = 60
STEADY = range(COUNT)
UNEVEN = [place * 40 + (place % 7) * 5 + (place > 30) * 2_000 for place in STEADY]
FILMS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: films.film(STEADY),
    "b-frames": lambda: films.film(STEADY, b_frames=3),
    "many key frames": lambda: films.film(STEADY, b_frames=3, group=2),
    "open groups": lambda: films.film(STEADY, codec="libx265", b_frames=3),
    "variable rate": lambda: films.film(STEADY, b_frames=2, times=UNEVEN),
    "a late start": lambda: films.film(STEADY, b_frames=2, times=[700 + 100 * n for n in STEADY]),
    "edit list": lambda: films.with_edit_list(films.film(STEADY, b_frames=2), 16_000 // 10 * 7),
    "fragments": lambda: films.film(STEADY, b_frames=2, options=films.FRAGMENTED),
    "a wrong count": lambda: films.film(STEADY, container="avi", codec="mpeg4", b_frames=2),
    "matroska": lambda: films.film(
        STEADY, container="matroska", b_frames=2, said={"NUMBER_OF_FRAMES": "999"}
    ),
}


def numbers(film: Film, start: int, stop: int) -> list[tuple[int, int]]:
    return [(number, films.number_in(frame)) for number, frame in film.frames(start, stop)]


@pytest.mark.parametrize("name", FILMS)
def test_a_frame_is_the_one_that_a_server_counts(name: str) -> None:
    content = FILMS[name]()
    counted = list(enumerate(films.counted(content)))
    film = Film(lambda: io.BytesIO(content), where="a film")
    assert len(film) == len(counted) >= 10
    dice = random.Random(name)
    ranges = [sorted(dice.sample(range(len(counted) + 1), 2)) for _ in range(15)]
    for start, stop in [(0, len(counted)), *ranges, (len(counted) - 1, len(counted))]:
        assert numbers(film, start, stop) == counted[start:stop]


def test_the_films_are_what_they_should_be() -> None:
    """An edit list leaves out frames, and some containers tell other numbers of frames."""
    assert next(films.counted(FILMS["edit list"]())) > 0
    with films.av.open(io.BytesIO(FILMS["a wrong count"]())) as reader:
        assert reader.streams.video[0].frames != COUNT


class Watched(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


@pytest.mark.parametrize("b_frames", [0, 3])
def test_a_range_is_read_from_a_key_frame_on(b_frames: int) -> None:
    numbered = [place % 256 for place in range(300)]
    content = films.film(numbered, b_frames=b_frames, noise=250)
    file = Watched(content)

    def opened() -> Watched:
        file.seek(0)
        return file

    film = Film(opened, where="a film")
    assert len(film) == 300
    file.count = 0
    assert numbers(film, 250, 252) == [(250, 250), (251, 251)]
    assert file.count < len(content) / 2


def test_the_first_frames_need_no_index() -> None:
    content = films.film(STEADY)
    film = Film(lambda: io.BytesIO(content), where="a film")
    assert numbers(film, 0, 3) == [(0, 0), (1, 1), (2, 2)]
    assert "_known_index" not in vars(film)


def test_memory_does_not_grow_with_the_range() -> None:
    content = films.film([0] * 600)
    film = Film(lambda: io.BytesIO(content), where="a film")

    def peak(stop: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in film.frames(1, stop)) == stop - 1
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(600) < 2 * peak(100) + 100_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: films.film(range(5)), "a film: it has 5 frames, and none for frame 8"),
        (lambda: b"no film at all", "a film: it is no film: "),
    ],
)
def test_what_cannot_be_had_is_told(content: Callable[[], bytes], message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        list(Film(lambda: io.BytesIO(content()), where="a film").frames(3, 9))
    assert str(caught.value).startswith(message)


def frames(*wanted: int) -> Iterator[Frame]:
    return (Frame(number=number, name="v.mp4") for number in wanted)


def test_pictures_of_a_piece() -> None:
    piece = films.film(range(100, 112), b_frames=2)
    found = list(pictures(io.BytesIO(piece), 100, list(frames(101, 105, 111)), where="chunk 3"))
    assert [(one.frame, films.number_in(one.content), one.suffix) for one in found] == [
        (number, number, ".png") for number in (101, 105, 111)
    ]
    assert count_packets(io.BytesIO(piece), "chunk 3") == 12
    with pytest.raises(DecodeError) as caught:
        list(pictures(io.BytesIO(piece), 100, list(frames(101, 112)), where="chunk 3"))
    assert str(caught.value) == "chunk 3: it has 12 frames, and none for frame 112"


def test_a_picture_has_the_pixels_of_the_frame() -> None:
    (frame, *_) = films.av.open(io.BytesIO(films.film([5], noise=250))).decode(video=0)
    (one,) = pictures(io.BytesIO(films.film([5], noise=250)), 0, list(frames(0)), where="a film")
    image = Image.open(io.BytesIO(one.content))
    assert image.size == (films.WIDTH, films.HEIGHT)
    assert image.tobytes() == frame.to_image().tobytes()


def test_a_damaged_piece() -> None:
    content = bytearray(films.film(range(40)))
    place = content.index(b"mdat")
    content[place + 40 :] = b"\0" * (len(content) - place - 40)
    with pytest.raises(DecodeError, match="a film: "):
        list(pictures(io.BytesIO(bytes(content)), 0, list(frames(39)), where="a film"))
