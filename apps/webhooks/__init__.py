"""What partners are told: their views of the trail."""
