"""Logins, challenges and tokens: what is said when a registry asks who is there. No requests are made here.

Follows RFC 9110, section 11.6 (challenges), RFC 7617 (Basic) and the distribution project's token specification
(spec/auth: token.md, oauth.md). Logins come from the files that `docker login` and `podman login` write and from the
credential helpers these name, read by the docker SDK, which runs the helpers.
"""

import base64
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import docker.auth
import docker.errors
import msgspec
from urllib3.util import Url

from generator.errors import InvalidDocument, SourceRefused
from generator.oci.documents import decode_json
from generator.oci.reference import Reference

CLIENT_ID: Final = "basedex"

_PIECE: Final = re.compile(
    r"[\s,]*(?:"
    r'(?P<key>[\w.+-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))'
    r"|(?P<scheme>[\w.+-]+)(?=[\s,]|\Z))"
)
_PULL: Final = re.compile(r"repository:[\w./:-]+:pull\Z", re.ASCII)
_TOKEN: Final = re.compile(r"[!-~]+\Z")


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """Who we are at one registry; never shown, not even in a traceback."""

    user: str = ""
    password: str = ""
    identity_token: str = ""
    """Stands for both where a registry keeps no passwords (an OAuth 2 refresh token)."""

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to log in that a registry offers; the scheme in lower case."""

    scheme: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class TokenRequest:
    """How to ask a realm for a token."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: str | None = None


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a WWW-Authenticate header; what cannot be read ends the list."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while match := _PIECE.match(header, position):
        position = match.end()
        if match["scheme"]:
            found.append((match["scheme"].lower(), {}))
        elif found:
            value = match["plain"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
            found[-1][1].setdefault(match["key"].lower(), value)
        else:
            break
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def token_request(challenge: Challenge, realm: Url, login: Login | None, reference: Reference) -> TokenRequest:
    """Say how to ask `realm` for a token that may read one repository, and no more than that."""
    scope = challenge.parameters.get("scope", "")
    if not _PULL.match(scope):
        scope = f"repository:{reference.repository}:pull"
    wanted = {"scope": scope}
    if challenge.parameters.get("service"):
        wanted["service"] = challenge.parameters["service"]
    own_query = realm.query or ""
    if login and login.identity_token:
        form = wanted | {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "refresh_token": login.identity_token,
        }
        content_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return TokenRequest("POST", own_query, content_type, urlencode(form))
    query = urlencode([*parse_qsl(own_query, keep_blank_values=True), *wanted.items()])
    return TokenRequest("GET", query, {"Authorization": login.basic} if login else {})


class _TokenAnswer(msgspec.Struct, frozen=True):
    token: str | None = None
    access_token: str | None = None


def read_token(content: bytes) -> str | None:
    """Return the token of a realm's answer, or None when there is none that could stand in a header."""
    try:
        answer = decode_json(content, _TokenAnswer, where="token")
    except InvalidDocument:
        return None
    token = answer.token or answer.access_token or ""
    return token if _TOKEN.match(token) else None


# Where logins are kept


def find_login(reference: Reference, environment: Mapping[str, str]) -> Login | None:
    """Return the login for a repository from the first file that has one.

    Raises SourceRefused when a file or a credential helper fails, since anonymous requests would be a surprise.
    """
    for path in _files(environment):
        try:
            content = path.read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as err:
            raise _unusable(reference, path, err) from err
        login = _login_in(path, content, reference, environment)
        if login:
            return login
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield where podman is told to look, then docker's place, then podman's usual ones."""
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if environment.get("REGISTRY_AUTH_FILE"):
        yield Path(environment["REGISTRY_AUTH_FILE"])
    if environment.get("DOCKER_CONFIG"):
        yield Path(environment["DOCKER_CONFIG"]) / "config.json"
    elif home:
        yield Path(home) / ".docker" / "config.json"
    if environment.get("XDG_RUNTIME_DIR"):
        yield Path(environment["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"
    if environment.get("XDG_CONFIG_HOME"):
        yield Path(environment["XDG_CONFIG_HOME"]) / "containers" / "auth.json"
    elif home:
        yield Path(home) / ".config" / "containers" / "auth.json"


def _login_in(path: Path, content: str, reference: Reference, environment: Mapping[str, str]) -> Login | None:
    try:
        settings = json.loads(content)
        if not settings:
            return None
        if settings.get("auths"):
            settings["auths"] = _auths_for(settings["auths"], reference)
        config = docker.auth.load_config(config_dict=settings, credstore_env=dict(environment))
        helper = config.get_credential_store(reference.host)
        if helper and not shutil.which(f"docker-credential-{helper}"):
            raise ValueError(f"the credential helper docker-credential-{helper} is not installed")
        return _login(config.resolve_authconfig(reference.host))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, OSError) as err:
        raise _unusable(reference, path, err) from err
    except docker.errors.DockerException as err:
        raise _unusable(reference, path, err) from err


def _auths_for(auths: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    """Return the entries that may apply to a repository; podman's finer ones (`host/namespace`) before the host's.

    The docker SDK knows hosts only and would take the login for one namespace for the whole host's.
    """
    parts = reference.name.split("/")
    for length in range(len(parts), 1, -1):
        entry = auths.get("/".join(parts[:length]))
        if entry:
            return {reference.host: entry}
    return {key: entry for key, entry in auths.items() if "/" not in key or "://" in key}


def _login(entry: Mapping[str, Any] | None) -> Login | None:
    """Read what the docker SDK found; it writes keys in lower case for files, in title case for helpers."""
    values = {key.lower(): value for key, value in (entry or {}).items()}
    if values.get("identitytoken"):
        return Login(identity_token=str(values["identitytoken"]))
    if values.get("username") and values.get("password") is not None:
        return Login(str(values["username"]), str(values["password"]))
    return None


def _unusable(reference: Reference, path: Path, err: Exception) -> SourceRefused:
    reason = str(err) or type(err).__name__
    return SourceRefused(source=reference.name, reason=f"the logins in {path} cannot be used ({reason})")
