"""OWASP ASVS 5.0, chapter V6 Authentication."""
