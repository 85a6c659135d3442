"""Server jobs: what an answer about one means, when to poll again, and job tokens."""
