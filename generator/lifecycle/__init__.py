"""How long a distribution's releases are looked after: facts of endoflife.date, held against an image's os-release.

`calendar` holds the facts, `rules` finds an image's release among them, `fetching` asks for newer ones. There is no
clock here: an answer is a date, and whether it has passed is for who reads it.
"""
