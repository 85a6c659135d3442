"""Other people's packages that judge what ours make and leave on servers (`make judges`)."""
