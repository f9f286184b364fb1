"""Which proxy the environment names for an address: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, in either case.

Reads the environment it is given, never the process's. NO_PROXY lists domains (their subdomains too, with or without
a leading dot, with or without a port), addresses, networks, or `*`. Loopback never goes through a proxy.
"""

import ipaddress
from collections.abc import Mapping

from urllib3.util import Url

from generator.source.registry_address import host_name, may_be_plain


def proxy_of(url: Url, environment: Mapping[str, str]) -> str | None:
    """Return the proxy that the environment names for an address; none for loopback and for what NO_PROXY lists."""
    host = (url.host or "").strip("[]")
    if may_be_plain(url.host or "", frozenset()):
        return None
    excepted = _setting(environment, "no_proxy").lower().split(",")
    if any(_covers(entry.strip(), host, url.port) for entry in excepted):
        return None
    return _setting(environment, f"{url.scheme}_proxy") or _setting(environment, "all_proxy") or None


def _setting(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Tell whether one entry of NO_PROXY (a domain, an address, a network, `*`) covers a host."""
    if entry in ("*", host):
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = host_name(entry)
        if name != entry and entry.partition(":")[2] != str(port):
            return False
        return bool(name.strip(".")) and (host == name or host.endswith("." + name.lstrip(".")))
