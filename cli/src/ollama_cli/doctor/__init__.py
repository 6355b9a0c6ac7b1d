"""What ``doctor`` looks at: each module finds facts of one kind, and what is wrong with them."""
