"""Commands: verify_audit, seal_audit."""
