"""nsswitch.conf(5): where the GNU C library looks names up, one database a line (`hosts: files dns`)."""

from generator.errors import FormatError


def parse_nsswitch(content: bytes, *, path: str) -> dict[str, str]:
    """Return each database's sources as one text, blanks made single; of two lines for one the last counts.

    Lines without a colon are passed over, as the library does. Raises FormatError for a binary file only.
    """
    if (found := content.find(b"\0")) >= 0:
        raise FormatError(path=path, offset=found, rule="a text file, found a NUL byte")
    databases: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").split("\n"):
        name, colon, sources = line.partition("#")[0].partition(":")
        if colon and name.strip():
            databases[name.strip()] = " ".join(sources.split())
    return databases
