"""SECRET: the credential shows nowhere and goes nowhere else."""
