"""What every app may use: actor, errors, ids, canonical JSON, abstract models. Not a Django app."""
