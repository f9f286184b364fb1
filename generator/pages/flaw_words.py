"""What a move or a rebuild does to known vulnerabilities, in a line or a sentence: `compare.flaws` in, plain words out.

The words are not escaped, and in the language being spoken. What cannot be told is said with the reason of each side.
"""

from generator.advisories.assessment import Assessment
from generator.compare.flaws import FlawChanges, Outline, Tally, Untold
from generator.language import gettext as _
from generator.language import listed, ngettext
from generator.pages import figures
from generator.pages.vulnerability_words import reason, stands_still


def why(assessment: Assessment) -> str:
    """Say in a sentence why an image is not assessed."""
    words = reason(assessment)
    count = assessment.unowned_file_count
    if assessment.state != "no-package-database" or not count:
        return words
    files = ngettext("%(num)s file is no package’s.", "%(num)s files are no package’s.", count)
    return _("%(why)s %(more)s") % {"why": words, "more": files % {"num": figures.exact(count)}}


def untold_words(untold: Untold, before: str, after: str) -> list[str]:
    """Say why two images cannot be compared, a reason each; `before` and `after` are what they are called."""
    if untold.reason == "databases":
        return [_("The two were held against different databases; the next build holds both against one.")]
    form = _("%(name)s: %(why)s")
    sides = [(name, one) for name, one in ((before, untold.before), (after, untold.after)) if not one.knows]
    if len(sides) == 2 and untold.is_same and untold.before.state != "no-package-database":
        return [form % {"name": listed((before, after)), "why": why(untold.before)}]
    return [form % {"name": name, "why": why(one)} for name, one in sides]


def clause(outline: Outline) -> str:
    """Say in a few words of a line what became of vulnerabilities; "" when nothing did."""
    clauses = []
    if outline.gone.total:
        clauses.append(_("fixes %(what)s") % {"what": _counted(outline.gone, outline.gone_named)})
    if outline.new.total:
        clauses.append(_("brings %(what)s") % {"what": _counted(outline.new, outline.new_named)})
    return listed(clauses)


def line(words: str, outline: Outline | None) -> str:
    """Return the line about a change, `words`, with what became of vulnerabilities where that is known."""
    became = clause(outline) if outline else ""
    return _("%(what)s; %(became)s") % {"what": words, "became": became} if became else words


def mention(outline: Outline) -> str:
    """Say the same with the names of those that are exploited or critical, for readers of feeds."""
    clauses = []
    for form, tally, names in (
        (_("fixes %(what)s"), outline.gone, outline.gone_named),
        (_("brings %(what)s"), outline.new, outline.new_named),
    ):
        if tally.total:
            words = _counted(tally, names)
            if names and len(names) < tally.total:
                words = _("%(what)s, among them %(names)s") % {"what": words, "names": listed(names)}
            clauses.append(form % {"what": words})
    return "; ".join(clauses)


def sentence(found: FlawChanges) -> str:
    """Say what a move does to vulnerabilities."""
    gone, new = found.tally(found.gone), found.tally(found.new)
    if gone.total:
        brought = _figured(new) if new.total else _("none")
        return _("Moving fixes %(gone)s and brings %(new)s") % {"gone": _counted(gone), "new": brought}
    if new.total:
        return _("Moving fixes no known vulnerability and brings %(new)s") % {"new": _figured(new)}
    return _("Moving fixes no known vulnerability and brings none")


def remainder(found: FlawChanges) -> str:
    """Say what goes with that sentence: how many stay, as of when, and whose advisories are no longer written."""
    stay = len(found.stay)
    rest = ngettext("%(num)s stays", "%(num)s stay", stay) % {"num": figures.exact(stay)} if stay else _("none stays")
    dated = _("%(stay)s, as the database of %(day)s judges both")
    undated = _("%(stay)s, as a database of unknown date judges both")
    words = (dated if found.date else undated) % {"stay": rest, "day": found.date}
    ended = dict.fromkeys(one.ecosystem for one in (found.before, found.after) if stands_still(one))
    if not ended:
        return words
    still = _("advisories about %(releases)s stand still, so that later ones are not in it") % {
        "releases": listed(ended)
    }
    return _("%(what)s; %(became)s") % {"what": words, "became": still}


def _counted(tally: Tally, names: tuple[str, ...] = ()) -> str:
    """Write a number of vulnerabilities and how many of them weigh; by name where these are all."""
    if names and len(names) == tally.total:
        words = listed(names)
    else:
        words = ngettext("%(num)s known vulnerability", "%(num)s known vulnerabilities", tally.total) % {
            "num": figures.exact(tally.total)
        }
    return _weighed(words, tally)


def _figured(tally: Tally) -> str:
    """Write the number alone, and how many of them weigh."""
    return _weighed(figures.exact(tally.total), tally)


def _weighed(words: str, tally: Tally) -> str:
    weights = ((tally.exploited_count or 0, _("%(num)s exploited")), (tally.counts.critical, _("%(num)s critical")))
    said = listed(form % {"num": figures.exact(count)} for count, form in weights if count)
    return _("%(what)s (%(weights)s)") % {"what": words, "weights": said} if said else words
