"""Basedex: static report sites for container base images."""

__version__ = "0.1.0"
