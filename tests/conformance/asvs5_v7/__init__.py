"""OWASP ASVS 5.0, chapter V7 Session Management."""
