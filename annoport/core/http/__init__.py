"""Requests and answers: building, reading, authentication, retries, and the connections."""
