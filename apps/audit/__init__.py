"""The append-only trail and its Merkle log."""
