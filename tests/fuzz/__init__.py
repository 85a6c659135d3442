"""Programs that look for wrong results with random input; run by `make fuzz`."""
