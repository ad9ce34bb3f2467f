"""How what governance does reads to people."""
