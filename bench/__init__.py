"""The benchmark: what an analysis costs beside the honest floor, measured in one interleaved run.

`python -m bench` assembles the image that performance is promised for (demo's `large`), measures, prints a table
and ends with 1 when a limit is broken. Ratios are what counts; seconds are this machine's.
"""
