"""Values whose names look like secrets, masked before anything is published.

An image's environment and build history sometimes carry passwords. The site flags the name and never repeats
the value, on the page or in the published document. This is a courtesy, not a guarantee: whoever can pull the
image can read the value.
"""

import re
from typing import Final

import msgspec

from generator.analysis.document import Document

MASK: Final = "••••••"
_SECRET_WORD: Final = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?KEY", re.IGNORECASE
)
_ASSIGNMENT: Final = re.compile(r"""(?<![\w.-])([\w.-]{1,200})=("[^"]*"|'[^']*'|[^\s;&|]+)""")


def looks_secret(name: str) -> bool:
    """Tell whether a variable of this name usually holds a secret."""
    return _SECRET_WORD.search(name) is not None


def masked_variable(variable: str) -> str:
    """Return `NAME=value` with the value masked when the name looks secret; an empty value stays."""
    name, equals, value = variable.partition("=")
    return f"{name}={MASK}" if equals and value and looks_secret(name) else variable


def masked_command(command: str) -> str:
    """Return a command line with the value of every secret-looking assignment masked."""
    return _ASSIGNMENT.sub(lambda match: f"{match[1]}={MASK}" if looks_secret(match[1]) else match[0], command)


def without_secrets(document: Document) -> Document:
    """Return the document as it may be published."""
    config = document.config
    if config is not None:
        config = msgspec.structs.replace(
            config,
            env=tuple(masked_variable(one) for one in config.env),
            history=tuple(
                msgspec.structs.replace(one, created_by=masked_command(one.created_by)) for one in config.history
            ),
        )
    steps = tuple(
        msgspec.structs.replace(one, text=masked_command(one.text), created_by=masked_command(one.created_by))
        for one in document.steps
    )
    return msgspec.structs.replace(document, config=config, steps=steps)
