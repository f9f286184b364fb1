"""Where requests of one conversation with a registry may go: schemes, origins, and addresses after resolution.

A registry sends its clients elsewhere, in redirects and token realms. The rules: HTTP and HTTPS only, never from
HTTPS to HTTP, HTTP only to hosts that may be spoken to without TLS, and never to a private, loopback or link-local
address unless the registry itself lies on one of that kind. Names are resolved here, once, and connections go to
the very addresses that were checked (registry_transport), so that a name cannot change its mind in between.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from generator.errors import UnsafeAddress

Scope = Literal["public", "private", "loopback", "link-local"]
Origin = tuple[str, str, int]
"""Scheme, host and port: credentials never leave theirs."""

_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return a host's addresses as the system resolves them, best first; raises socket.gaierror."""
    try:
        answers = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as err:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from err
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


def scope_of(address: str) -> Scope:
    """Tell how far an IP address reaches; an IPv4 address inside an IPv6 one counts as itself."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inner or ip
    if ip.is_loopback or ip.is_unspecified:  # to connect to 0.0.0.0 is to connect to oneself
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    return "public" if ip.is_global and not ip.is_multicast else "private"


@dataclass(frozen=True, slots=True)
class Network:
    """The two questions that are asked of the network; tests answer them their own way."""

    resolve: Callable[[str, int], tuple[str, ...]] = resolve
    scope_of: Callable[[str], Scope] = scope_of


def may_be_plain(host: str, plain_http_hosts: frozenset[str]) -> bool:
    """Tell whether `host` (with or without a port) may be spoken to without TLS: loopback, or named as such."""
    name = host_name(host)
    if name == "localhost" or host in plain_http_hosts or name in plain_http_hosts:
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """Return a host without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def origin_of(url: Url) -> Origin:
    """Return the origin of an address that `Reach.hop` or the reference grammar has passed."""
    scheme = url.scheme or ""
    return scheme, url.host or "", url.port or _PORTS.get(scheme, 0)


def shown(url: Url) -> str:
    """Return an address without what may be secret in it: user, query."""
    return Url(url.scheme, None, url.host, url.port, url.path).url


@dataclass(slots=True)
class Reach:
    """Where the requests of one conversation may go."""

    source: str
    """Who is asked, for errors."""
    home: Url
    """The registry itself."""
    plain_http_hosts: frozenset[str] = frozenset()
    network: Network = field(default_factory=Network)
    _scopes: frozenset[Scope] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hop(self, before: Url, location: str) -> Url:
        """Return the address that `location`, heard at `before`, stands for; raises UnsafeAddress.

        Judges what can be seen in the address itself; `addresses` judges what it resolves to.
        """
        try:
            target = parse_url(urljoin(before.url, location))
        except (LocationParseError, ValueError) as err:
            raise self._unsafe(location, "it is not an address") from err
        if target.scheme not in _PORTS or not target.host:
            raise self._unsafe(location, "only http and https are followed")
        if target.auth:
            raise self._unsafe(shown(target), "it carries a user name")
        if target.scheme == "http":
            if before.scheme != "http":
                raise self._unsafe(shown(target), "it leads from https to http")
            if target.host != self.home.host and not may_be_plain(target.netloc or "", self.plain_http_hosts):
                raise self._unsafe(shown(target), "it is another host, without TLS")
        return target._replace(fragment=None)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve a host to addresses that may be connected to; raises UnsafeAddress or socket.gaierror."""
        found = self.network.resolve(host, port)
        scopes = self._own_scopes()
        for address in found:
            scope = self.network.scope_of(address)
            if scope not in scopes:
                named = host if host.strip("[]") == address else f"{host} ({address})"
                raise self._unsafe(named, f"a {scope} address, and the registry is not on one")
        return found

    def check_behind_proxy(self, url: Url) -> None:
        """Judge an address that a proxy will resolve: by what this machine makes of its name, if anything."""
        host, port = origin_of(url)[1:]
        try:
            self.addresses(host, port)
        except socket.gaierror:
            return

    def _own_scopes(self) -> frozenset[Scope]:
        with self._lock:
            if self._scopes is None:
                host, port = origin_of(self.home)[1:]
                try:
                    own = {self.network.scope_of(address) for address in self.network.resolve(host, port)}
                except socket.gaierror:  # only a proxy knows where the registry is
                    own = set()
                self._scopes = frozenset({"public", *own})
            return self._scopes

    def _unsafe(self, address: str, reason: str) -> UnsafeAddress:
        return UnsafeAddress(source=self.source, address=address, reason=reason)
