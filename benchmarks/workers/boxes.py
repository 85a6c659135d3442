"""What the workers write: boxes on one medium of the fake Tator."""

from __future__ import annotations

from typing import Any

PROJECT = 1
PART = 500
_COUNT = 20_000


def new() -> list[dict[str, Any]]:
    """Return the boxes to create."""
    return [
        {
            "media_id": 1,
            "type": 1,
            "frame": number % 1000,
            "x": 0.1,
            "y": 0.2,
            "width": 0.3,
            "height": 0.4,
            "attributes": {"species": "orca", "confidence": 0.5, "label": f"box {number}"},
        }
        for number in range(_COUNT)
    ]
