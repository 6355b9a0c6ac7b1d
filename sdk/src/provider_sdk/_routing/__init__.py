"""Several providers as one: which is asked, in what order, and what happened."""
