"""The API's views of vendors and of what is on record about them."""
