"""Jobs, downloads and typed clients for annotation platforms."""
