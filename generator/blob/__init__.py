"""Moving bytes safely: no byte leaves this room without having been counted and hashed."""
