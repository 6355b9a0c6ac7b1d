"""What calls use and cost: counting, estimating, prices and budgets."""
