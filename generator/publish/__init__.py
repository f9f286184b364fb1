"""build/docs → build/site."""
