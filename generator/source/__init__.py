"""Where images come from: one module a transport, all of them listed here.

`transport:details` names an image; without a transport it is a registry reference.
"""
