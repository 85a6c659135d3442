"""What models are made of, the value of an unset field, and ways into decoded documents."""
