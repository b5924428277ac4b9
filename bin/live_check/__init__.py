"""Behind `bin/live-check`: where the simulator differs from Stripe itself. Never run by CI against Stripe."""
