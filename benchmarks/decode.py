"""JSON to typed objects, and back."""

from __future__ import annotations

from benchmarks import payloads, peers
from benchmarks.process import Contestant
from benchmarks.rows import Figure, Goal, Result, Row, seconds

_ROUNDS, _SLOW_ROUNDS = 9, 2


def _result(payload: str, task: str, limit: float, *others: Contestant) -> Result:
    path = (str(payloads.path_of(payload)),)
    contestants = [
        peers.contestant("annoport", worker="ours", task=task, arguments=path),
        peers.contestant("json", worker="plain", task=task, arguments=path),
        *others,
    ]
    ours, base, *figures = seconds(contestants, rounds=_ROUNDS)
    return Result(
        ours=ours.value,
        unit="s",
        base=Figure("json.loads" if task == "decode" else "json.dumps", base.value),
        goal=Goal(limit),
        peers=figures,
    )


def _peer(
    name: str, worker: str, *, payload: str, task: str, rounds: int = _SLOW_ROUNDS
) -> Contestant:
    path = (str(payloads.path_of(payload)),)
    return peers.contestant(
        name, worker=worker, task=task, arguments=path, peer=name, rounds=rounds
    )


def _pydantic(task: str) -> Contestant:
    return _peer("pydantic", "pydantic_models", payload="shapes", task=task, rounds=_ROUNDS)


def _stock(payload: str, task: str) -> Contestant:
    peers.stock_client("tator" if payload == "localizations" else "cvat")
    return _peer("openapi-python-client", "openapi_client", payload=payload, task=task)


def _decode_shapes() -> Result:
    return _result(
        "shapes",
        "decode",
        0.55,
        _pydantic("decode"),
        _stock("shapes", "decode"),
        _peer("cvat-sdk", "cvat_sdk", payload="shapes", task="decode"),
    )


def _decode_tasks() -> Result:
    return _result(
        "tasks",
        "decode",
        0.8,
        _stock("tasks", "decode"),
        _peer("cvat-sdk", "cvat_sdk", payload="tasks", task="decode"),
    )


def _decode_localizations() -> Result:
    return _result(
        "localizations",
        "decode",
        0.8,
        _stock("localizations", "decode"),
        _peer("tator", "tator", payload="localizations", task="decode"),
    )


def _encode_shapes() -> Result:
    return _result("shapes", "encode", 0.5, _pydantic("encode"), _stock("shapes", "encode"))


def _encode_tasks() -> Result:
    return _result("tasks", "encode", 0.5, _stock("tasks", "encode"))


def _encode_localizations() -> Result:
    return _result("localizations", "encode", 0.5, _stock("localizations", "encode"))


ROWS = (
    Row("decode-shapes", "decode 20,000 CVAT shapes", _decode_shapes),
    Row("decode-tasks", "decode 1,000 CVAT tasks", _decode_tasks),
    Row("decode-localizations", "decode 20,000 Tator localizations", _decode_localizations),
    Row("encode-shapes", "encode 20,000 CVAT shapes", _encode_shapes),
    Row("encode-tasks", "encode 1,000 CVAT tasks", _encode_tasks),
    Row("encode-localizations", "encode 20,000 Tator localizations", _encode_localizations),
)
