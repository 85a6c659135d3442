"""Tests of what takes several requests of CVAT."""
