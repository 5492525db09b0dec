"""Tables that several mappings use."""
