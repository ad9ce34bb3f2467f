"""Stories across apps, over real HTTP."""
