"""What the API of procurement takes and shows."""
