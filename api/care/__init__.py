"""What carers tell the watch with one tap."""
