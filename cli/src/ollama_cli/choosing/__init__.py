"""Who answers: what names a provider and a model, and the router that is made of the settings."""
