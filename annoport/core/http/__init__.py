"""Requests and answers: building, parsing, authentication, retries and connections."""
