"""Layers → one file system, and the file system as the document's columns."""
