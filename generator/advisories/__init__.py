"""What is known of flaws in packages, and which of them an image's packages have.

`osv` and `secdb` read what distributions publish, `overlays` what is said of single flaws (KEV, EPSS); `index` keeps
`notices` of each file in a form that is quick to ask, `database` is a folder of such files, `updating` asks for newer
ones. `matching` holds documents against it, by `releases`, `ranges` and `severity`, and gathers `flaws`.
`assessment` is the answer about one image. There is no clock here, and nothing of an image but its document is asked.
"""
