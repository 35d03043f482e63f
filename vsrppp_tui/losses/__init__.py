"""Loss terms by recipe."""
