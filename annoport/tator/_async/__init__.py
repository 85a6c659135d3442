"""What takes several requests of Tator, for `AsyncClient`."""
