"""People: users, staff roles and sign-in."""
