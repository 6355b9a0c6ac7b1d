"""The frozen contracts, the rules of the contract, and the functions that read them."""
