"""The trail over HTTP: the buyer's view of it, and the log's proofs for everybody."""
