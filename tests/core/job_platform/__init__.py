"""A made-up platform with jobs: what a generated package of it would hold."""
