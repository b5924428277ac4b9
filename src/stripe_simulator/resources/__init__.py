"""One file a resource: what it looks like, and the operations on it."""
