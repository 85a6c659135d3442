"""The rules of an upload: which way a file goes, and what the server has of it."""
