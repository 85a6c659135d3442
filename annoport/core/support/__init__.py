"""What knows no HTTP: threads and tasks, pauses between attempts, progress displays, lazy names."""
