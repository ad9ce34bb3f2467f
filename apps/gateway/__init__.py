"""The edge: request ids, problem+json, idempotency, paging, ETags."""
