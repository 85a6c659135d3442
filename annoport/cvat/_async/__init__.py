"""What takes several requests of CVAT, for `AsyncClient`."""
