"""Names under which secrets are kept."""

import pytest

from generator.formats.secret_names import secret_name


@pytest.mark.parametrize(
    "path",
    [
        "root/.ssh/id_ed25519",
        "id_rsa",
        ".docker/config.json",
        "root/.docker/config.json",
        "home/x/.aws/credentials",
        "app/.env",
        "app/.npmrc",
        "etc/ssh/ssh_host_ed25519_key",
        "run/secrets/password",
        "var/run/secrets/kubernetes.io/token",
        "root/.gnupg/private-keys-v1.d/0123.key",
        "srv/keystore.jks",
        "srv/a.b.p12",
    ],
)
def test_names_of_secrets(path: str) -> None:
    """Each of these usually holds a secret."""
    assert secret_name(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "root/.ssh/id_ed25519.pub",
        "root/.ssh/known_hosts",
        "etc/ssh/ssh_host_ed25519_key.pub",
        "etc/docker/config.json",
        "xrun/secrets/password",
        "usr/lib/secrets/a",
        "usr/share/doc/my.env/README",
        "usr/share/doc/.jks",
        "app/production.env",
        "home/x.aws/credentials",
        "p12",
    ],
)
def test_names_of_other_files(path: str) -> None:
    """Public halves, settings of the same base name elsewhere, and bare endings are no secrets."""
    assert secret_name(path) == ""
