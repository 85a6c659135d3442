"""The rules of an upload: how a file is sent, and how much of it the server has."""
