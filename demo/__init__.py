"""Real images without a registry: recipes that assemble OCI layouts from the distribution's own packages.

`python -m demo OUT_DIR` makes one OCI image layout for each recipe, on Debian or Ubuntu. The same recipes give
the engine tests and the benchmark their images.
"""
