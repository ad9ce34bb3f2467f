"""Commands: demo, purge_expired, seal_audit."""
