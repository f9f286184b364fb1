"""The nouns of the OCI specifications as frozen values: no I/O, no clock.

Follows the OCI image specification 1.1 and Docker's image manifest version 2, schema 2.
"""
