"""The authorization server, token sessions, keys, scopes and the resource server's face."""
