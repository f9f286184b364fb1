"""Many documents beside one another."""
