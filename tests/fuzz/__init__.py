"""Programs that search for wrong results with random input; `make fuzz` runs them."""
