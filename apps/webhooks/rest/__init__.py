"""The shapes of the trail's views."""
