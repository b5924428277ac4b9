"""The control API: what only a test or a demo may do. One file a topic."""
