"""An EcoTaxa small enough to run in a test."""

from annoport.testing.ecotaxa.fake import FakeEcotaxa

__all__ = ["FakeEcotaxa"]
