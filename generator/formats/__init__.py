"""Formats of files found inside images: bytes in, a value or FormatError out; pure, no I/O."""
