"""How many random examples a property is tried with: ANNOPORT_EXAMPLES, or a few."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

FEW = 100

examples = settings(
    max_examples=int(os.environ.get("ANNOPORT_EXAMPLES", FEW)),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
