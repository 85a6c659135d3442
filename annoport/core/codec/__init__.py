"""JSON to models and back; answers that do not quite fit are taken as they come."""
