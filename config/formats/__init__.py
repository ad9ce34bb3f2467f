"""How dates are written to people, by language; Django finds these by FORMAT_MODULE_PATH."""
