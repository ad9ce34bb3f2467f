"""How the product is assembled; no rules live here."""
