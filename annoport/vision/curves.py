"""Lines on the way from one to another that has another number of points, as CVAT draws them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from annoport.vision.shapes import Point


def between(left: Sequence[Point], right: Sequence[Point], share: float) -> tuple[Point, ...]:
    """Return the line at a share of the way.

    Each point is matched with the nearest of the other line, in terms of how far along its line it
    is, so that every point has a match. Where several points match one, those that are close
    together on the way are thinned out.

    Args:
        left: The points of the one line; not all of them at one place.
        right: The points of the other line; likewise.
        share: From 0, the left line, to 1, the right one.
    """
    matches = _matches(_places(left), _places(right))
    drawn: list[Point] = []
    for start, stop in _groups(matches):
        points = [
            point_between(left[index], right[match], share)
            for index in range(start, stop + 1)
            for match in matches[index]
        ]
        if len(points) == 1:
            drawn += points
        elif len(matches[start]) == 1:
            drawn += _thinned(points, _half_step(left[start : stop + 1]))
        else:
            drawn += _thinned(points, _half_step(right[matches[start][0] : matches[start][-1] + 1]))
    return tuple(drawn)


def point_between(left: Point, right: Point, share: float) -> Point:
    """Return the point at a share of the way from one to another."""
    (x0, y0), (x1, y1) = left, right
    return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share


def length(points: Sequence[Point]) -> float:
    """Return the length of a line, in pixels."""
    return sum(math.dist(*pair) for pair in itertools.pairwise(points))


def _places(points: Sequence[Point]) -> list[float]:
    """Return how far along the line each point is, from 0 to 1."""
    steps = itertools.accumulate(math.dist(*pair) for pair in itertools.pairwise(points))
    whole = length(points)
    return [0.0, *(step / whole for step in steps)]


def _matches(left: Sequence[float], right: Sequence[float]) -> list[list[int]]:
    """Return which points of the right line belong to each of the left one."""
    matches = [[_nearest(place, right)] for place in left]
    matched = {match for (match,) in matches}
    for index, place in enumerate(right):
        if index not in matched:
            matches[_nearest(place, left)].append(index)
    return [sorted(match) for match in matches]


def _nearest(place: float, places: Sequence[float]) -> int:
    return min(range(len(places)), key=lambda index: abs(place - places[index]))


def _groups(matches: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return first and last of the left points that have the same only match, or several."""
    groups: list[tuple[int, int]] = []
    for index, match in enumerate(matches):
        if groups and len(match) == 1 and list(match) == list(matches[groups[-1][0]]):
            groups[-1] = (groups[-1][0], index)
        else:
            groups.append((index, index))
    return groups


def _half_step(points: Sequence[Point]) -> float:
    return length(points) / (2 * len(points))


def _thinned(points: Sequence[Point], least: float) -> list[Point]:
    """Leave out points that are less than a distance from the last one kept; both ends stay."""
    kept = [points[0]]
    for point in points[1:-1]:
        if math.dist(kept[-1], point) >= least:
            kept.append(point)
    kept.append(points[-1])
    if len(kept) == 2 and math.dist(*kept) < least:
        return [point_between(kept[0], kept[1], 0.5)]
    return kept
