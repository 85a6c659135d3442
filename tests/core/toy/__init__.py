"""A made-up platform: what a generated package of it would hold, as far as the core looks."""
