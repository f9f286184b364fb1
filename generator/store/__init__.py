"""The store: analysis documents by digest, and the append-only history of when each was seen."""
