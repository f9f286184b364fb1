"""The analysis document: the cut between everything that touches images and everything that makes a site."""
