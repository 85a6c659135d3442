"""From what a platform publishes to the contract in specs/: fetched, checked, without prose."""
