"""Masks of pictures of 1920 x 1080 pixels: arrays to run lengths, and back."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.process import Contestant
from benchmarks.rows import Goal, Result, Row, seconds

_ROUNDS = 9


def _contestant(name: str, peer: str, task: str) -> Contestant:
    worker = "masks_" + peer.removesuffix("-masks").replace("-", "_")
    return peers.contestant(name, worker=worker, task=task, arguments=(), peer=peer)


def _result(task: str) -> Result:
    ours, *others = seconds(
        [
            _contestant("annoport", "annoport-masks", task),
            _contestant("cvat-sdk", "cvat-sdk-masks", task),
            _contestant("pycocotools", "pycocotools-masks", task),
        ],
        rounds=_ROUNDS,
    )
    fastest = min(others, key=lambda figure: figure.value)
    rest = [figure for figure in others if figure is not fastest]
    return Result(ours=ours.value, unit="s", base=fastest, goal=Goal(1.0), peers=rest)


ROWS = (
    Row("encode-masks", "encode 12 masks of 1080p", lambda: _result("encode")),
    Row("decode-masks", "decode 12 masks of 1080p", lambda: _result("decode")),
)
