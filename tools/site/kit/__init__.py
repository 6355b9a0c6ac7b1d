"""What the pages about the conformance kit share."""
