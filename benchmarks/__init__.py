"""What the SDK costs, beside other clients, against one local service."""
