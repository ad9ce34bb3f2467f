"""The API's views of procurement."""
