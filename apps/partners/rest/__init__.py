"""The shapes of a vendor's record, as it is sent and as it is shown."""
