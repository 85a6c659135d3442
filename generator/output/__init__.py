"""From a package in memory to files under generated/, only where something has changed."""
