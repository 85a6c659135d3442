"""From an effective spec to the classes and methods of a package, before anything is written."""
