"""Names of one flaw are joined: whatever aliases there are, in whatever order they come."""

from hypothesis import given
from hypothesis import strategies as st

from generator.advisories.flaws import Flaw, merged

NAMES = st.sampled_from(["CVE-2026-0001", "CVE-2026-0002", "GHSA-1", "GHSA-2", "A-1", "B-1", "C-1", "D-1"])
GIVEN = st.dictionaries(NAMES, st.sets(NAMES.filter(lambda name: not name.startswith("CVE-"))), max_size=8)


def linked(name: str, given: dict[str, set[str]]) -> set[str]:
    """Return all that can be reached by aliases either way, without passing through a CVE on the way."""
    found = {name}
    while True:
        more = {
            other
            for one in found
            if one == name or not one.startswith("CVE-")
            for other in {*given.get(one, set()), *(key for key, aliases in given.items() if one in aliases)}
        }
        if more <= found:
            return found
        found |= more


@given(GIVEN, st.randoms(use_true_random=False))
def test_merging(given: dict[str, set[str]], chance: object) -> None:
    """CVEs stay apart, everything else is joined with all it is linked to, no name is lost, and order is nothing."""
    flaws = {name: Flaw(aliases=set(aliases)) for name, aliases in given.items()}
    found = merged(flaws)
    shuffled = list(flaws)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = merged({name: flaws[name] for name in shuffled})
    assert {name: one.aliases - {name} for name, one in found.items()} == {
        name: one.aliases - {name} for name, one in again.items()
    }
    assert {name for name in given if name.startswith("CVE-")} <= set(found)
    for name in given:
        owners = [key for key, one in found.items() if key == name or name in one.aliases]
        assert owners, "no name is lost"
        cves = {one for one in linked(name, given) if one.startswith("CVE-") and one in given}
        if not name.startswith("CVE-"):
            assert (name in found) == (not cves and not any(one in found for one in linked(name, given) - {name}))
            assert cves <= set(owners), "what leads to several CVEs is said of each"
