"""How fast the product is, beside what Django and its libraries do as their tutorials say."""
