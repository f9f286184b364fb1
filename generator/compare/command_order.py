"""In which order commands are shown: those that scripts use most stand in front.

No statistics: first the utilities that POSIX.1-2024 (XCU, "Utilities") requires of every system and that scripts call
by name, then the rest of the GNU core utilities and the programs that container builds commonly call, then all others
by name. Within each list the order is the list's: what stands in build and entry point scripts before what is rare.
"""

from typing import Final

_POSIX: Final = (
    "sh", "ls", "cp", "mv", "rm", "mkdir", "ln", "cat", "echo", "grep", "sed", "awk", "find", "xargs", "sort",
    "uniq", "cut", "tr", "head", "tail", "wc", "test", "[", "chmod", "chown", "touch", "date", "printf", "env", "sleep",
    "kill", "ps", "id", "expr", "dirname", "basename", "rmdir", "tee", "true", "false", "diff", "cmp", "comm", "join",
    "paste", "split", "od", "df", "du", "pwd", "uname", "nohup", "timeout", "nice", "renice", "chgrp", "readlink",
    "realpath", "mkfifo", "file", "strings", "tty", "stty", "who", "write", "fold", "expand", "unexpand", "tsort",
    "cksum", "dd", "patch", "ed", "vi", "more", "man", "make", "ar", "nm", "strip", "m4", "bc", "getconf", "logger",
    "locale", "iconv", "gettext", "pax", "at", "batch", "crontab", "command", "getopts", "pathchk", "link", "unlink",
    "tabs", "tput", "uuencode", "uudecode", "compress", "uncompress", "zcat",
)  # fmt: skip
_COMMON: Final = (
    "bash", "tar", "gzip", "gunzip", "xz", "bzip2", "unzip", "curl", "wget", "mktemp", "install", "stat", "seq",
    "sha256sum", "md5sum", "sha1sum", "sha512sum", "base64", "which", "whoami", "hostname", "groups", "tac", "nproc",
    "shuf", "truncate", "mknod", "chroot", "egrep", "fgrep", "pgrep", "pkill", "top", "free", "mount", "umount",
    "su", "adduser", "useradd", "addgroup", "groupadd", "usermod", "passwd", "apt-get", "apt", "dpkg", "apk", "dnf",
    "yum", "rpm", "perl", "python3", "openssl", "update-ca-certificates", "ip", "ping", "nc", "ss", "netstat",
    "less", "getent", "ldd", "ldconfig", "flock", "setpriv", "su-exec", "tini", "numfmt", "csplit", "fmt", "nl", "pr",
    "factor", "stdbuf", "sync", "arch", "base32", "b2sum", "sum", "users", "pinky", "dircolors", "vdir", "dir", "yes",
)  # fmt: skip
_PLACES: Final = {name: number for number, name in enumerate(_POSIX + _COMMON)}


def place_of(name: str) -> tuple[int, str]:
    """Return a command's place in the order, for sorting."""
    return _PLACES.get(name, len(_PLACES)), name


def is_common(name: str) -> bool:
    """Tell whether the command is one of the listed ones."""
    return name in _PLACES
