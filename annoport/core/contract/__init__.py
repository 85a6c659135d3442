"""How generated code describes a platform: operations, and the extensions that annotate them."""
