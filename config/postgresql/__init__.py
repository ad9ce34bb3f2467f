"""Django's PostgreSQL backend with what the hot paths need (the settings name it as the engine)."""
