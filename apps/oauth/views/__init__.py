"""The authorization server over HTTP; one file per kind of endpoint."""
