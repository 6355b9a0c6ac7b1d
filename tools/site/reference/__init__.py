"""What the generators of reference pages share."""
