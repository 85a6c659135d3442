"""Other people's packages that judge our masks, attribute values and skeletons (`make judges`)."""
