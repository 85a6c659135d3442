"""JSON to models and back; answers that do not quite fit are kept as they are."""
