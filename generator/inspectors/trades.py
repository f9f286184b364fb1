"""What a command is by trade, told from its name: a curated table, and no more than that. No inspector itself."""

import re
from typing import Final

_TRADES: Final[dict[str, str]] = {
    "shell": ("sh ash bash dash zsh ksh ksh93 mksh pdksh yash fish csh tcsh rbash rzsh hush elvish nu pwsh rc es"),
    "package manager": (
        "apk apt apt-get aptitude dpkg rpm dnf dnf5 microdnf yum tdnf zypper pacman opkg ipkg xbps-install "
        "emerge eopkg nix-env guix swupd flatpak snap pip npm yarn pnpm gem cargo conda mamba uv"
    ),
    "interpreter": (
        "awk gawk mawk nawk perl python pypy ruby node nodejs deno bun php lua luajit tclsh wish guile racket "
        "java jshell Rscript julia erl escript elixir groovy bc dc"
    ),
    "compiler": (
        "cc c++ c89 c99 gcc g++ clang clang++ tcc go rustc ld ld.bfd ld.gold lld as nasm javac ghc gfortran "
        "cpp f77 swiftc zig dmd"
    ),
    "build tool": ("make cmake ninja meson autoconf automake cargo ar ranlib objcopy strip pkg-config"),
    "network tool": (
        "curl wget wget2 aria2c nc ncat netcat nc.openbsd nc.traditional socat telnet ssh scp sftp dropbear "
        "dbclient sshd rsync ftp ftpget ftpput lftp tftp tftpd ftpd httpd nslookup dig host drill ping ping6 "
        "arping traceroute traceroute6 tracepath mtr ip ifconfig route arp ss netstat nmap tcpdump tcpsvd "
        "udpsvd iptables nft tc bridge brctl whois inetd udhcpc udhcpd udhcpc6 dhclient openvpn wg ntpd "
        "ntpdate pscan telnetd fakeidentd dnsd nbd-client sendmail git"
    ),
    "editor": ("vi vim vim.tiny nvim nano pico ed ex emacs micro joe mcedit hexedit ne"),
    "debugger": ("gdb gdbserver lldb strace ltrace perf bpftrace valgrind pstack gcore jdb dlv tcpdump lsof fuser"),
}
_BY_NAME: Final[dict[str, tuple[str, ...]]] = {}
for _trade, _names in _TRADES.items():
    for _name in _names.split():
        _BY_NAME[_name] = (*_BY_NAME.get(_name, ()), _trade)
_VERSIONED: Final = re.compile(r"(.+?)[-.]?\d+(?:\.\d+)*\Z")
_TARGET: Final = re.compile(r"[a-z0-9_]+-(?:[a-z0-9]+-)?linux-(?:gnu|musl)\w*-(.+)\Z")
_NOT_AS_APPLET: Final = frozenset({"package manager"})
"""BusyBox's dpkg and rpm unpack archives; they manage no packages."""


def trades_of(name: str, *, applet: bool) -> tuple[str, ...]:
    """Return the trades of a command's name; `python3.11` is python, `x86_64-linux-gnu-gcc-12` is gcc."""
    target = _TARGET.match(name)
    plain = target[1] if target else name
    found = _BY_NAME.get(plain, ())
    if not found and (versioned := _VERSIONED.match(plain)):
        found = _BY_NAME.get(versioned[1], ())
    return tuple(trade for trade in found if not (applet and trade in _NOT_AS_APPLET))
