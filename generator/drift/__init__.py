"""What changed between two contracts of a platform, and what that means for its users."""
