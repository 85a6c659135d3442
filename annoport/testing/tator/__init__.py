"""A fake Tator: projects, media, annotations, jobs, and an object store beside it."""

from __future__ import annotations

from annoport.testing.tator.background import Outcome
from annoport.testing.tator.fake import FakeTator
from annoport.testing.tator.streaming import ListCut

__all__ = ["FakeTator", "ListCut", "Outcome"]
