"""How to walk a paginated list: what to request first, and what after each page. No I/O."""
