"""What generated code says about a platform: operations, and the extensions that annotate them."""
