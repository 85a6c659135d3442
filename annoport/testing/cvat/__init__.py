"""A CVAT small enough to run in a test."""

from annoport.testing.cvat.fake import FakeCvat

__all__ = ["FakeCvat"]
