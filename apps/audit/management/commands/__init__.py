"""Commands: verify_audit."""
