"""What takes several requests of EcoTaxa, for `AsyncClient`."""
