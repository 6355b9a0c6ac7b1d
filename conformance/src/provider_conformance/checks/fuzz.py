"""FUZZ: the answer does not depend on how its bytes are cut."""
