"""What happened so far, to look at: objects, events, deliveries. Read-only."""
