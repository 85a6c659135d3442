"""What models are made of, the value of an unset field, and access to decoded bodies."""
