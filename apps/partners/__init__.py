"""Outside companies, their lifecycle and the people who act for them."""
