"""Documents of procurement as the API and the commands show them: one file per resource."""
