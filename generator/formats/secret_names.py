"""Names under which programs keep secrets: a path → what files of this name hold, or "".

A name proves nothing: the file may be a template or a test's. Public halves (`id_ed25519.pub`) are no secrets.
"""

import re
from typing import Final

_NAMES: Final = {
    ".netrc": "passwords of hosts (netrc)",
    "_netrc": "passwords of hosts (netrc)",
    ".pgpass": "PostgreSQL passwords",
    ".my.cnf": "MySQL settings",
    ".mylogin.cnf": "MySQL passwords",
    ".npmrc": "npm settings",
    ".yarnrc.yml": "Yarn settings",
    ".pypirc": "Python index passwords",
    ".gem/credentials": "RubyGems key",
    ".cargo/credentials": "Cargo tokens",
    ".cargo/credentials.toml": "Cargo tokens",
    ".m2/settings-security.xml": "Maven passwords",
    ".git-credentials": "Git passwords",
    ".docker/config.json": "registry passwords",
    ".dockercfg": "registry passwords",
    "containers/auth.json": "registry passwords",
    ".aws/credentials": "AWS keys",
    ".azure/accessTokens.json": "Azure tokens",
    ".config/gcloud/application_default_credentials.json": "Google Cloud key",
    ".config/gcloud/credentials.db": "Google Cloud tokens",
    ".config/gh/hosts.yml": "GitHub token",
    ".kube/config": "Kubernetes credentials",
    ".vault-token": "Vault token",
    ".terraformrc": "Terraform tokens",
    ".terraform.d/credentials.tfrc.json": "Terraform tokens",
    "terraform.tfstate": "Terraform state, secrets in clear",
    ".s3cfg": "S3 keys",
    ".boto": "cloud keys (boto)",
    ".htpasswd": "password hashes",
    ".env": "environment of an application",
    "id_rsa": "SSH key",
    "id_dsa": "SSH key",
    "id_ecdsa": "SSH key",
    "id_ecdsa_sk": "SSH key",
    "id_ed25519": "SSH key",
    "id_ed25519_sk": "SSH key",
    "secring.gpg": "GnuPG keys",
    "cert8.db": "NSS certificates and keys",
    "key3.db": "NSS keys",
    "key4.db": "NSS keys",
    "krb5.keytab": "Kerberos keys",
}
_SUFFIXES: Final = {
    ".p12": "PKCS #12 store",
    ".pfx": "PKCS #12 store",
    ".jks": "Java key store",
    ".jceks": "Java key store",
    ".keystore": "Java key store",
    ".ppk": "PuTTY key",
    ".kdbx": "KeePass passwords",
    ".keytab": "Kerberos keys",
    ".ovpn": "VPN settings",
}
_OTHERS: Final = re.compile(
    r"/(ssh_host_[a-z0-9]+_key)\Z|\A(?:var/)?run/(secrets/)|(?:\A|/)\.(gnupg/private-keys-v1\.d/)"
)
_KINDS: Final = ("", "SSH host key", "mounted secret", "GnuPG key")
_LAST_PARTS: Final = frozenset(name.rpartition("/")[2] for name in _NAMES)


def secret_name(path: str) -> str:
    """Say what a file of this path (no leading slash) holds by its name; "" for all others."""
    name = path[path.rfind("/") + 1 :]
    if name in _LAST_PARTS:
        for known, kind in _NAMES.items():
            if path == known or path.endswith(f"/{known}"):
                return kind
    if (kind := _SUFFIXES.get(name[name.rfind(".") :], "")) and not name.startswith("."):
        return kind
    if "/ssh_host_" in path or "run/secrets/" in path or "/private-keys-v1.d/" in path:
        match = _OTHERS.search(path)
        return _KINDS[match.lastindex] if match and match.lastindex else ""
    return ""
