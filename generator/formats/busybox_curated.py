"""What is known of BusyBox beyond any one binary: reviewed by hand, each table with its reason.

Names and facts only; every entry was checked against running applets of the versions named beside it.
"""

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORD_GRAMMARS: Final = frozenset(
    {"[", "[[", "test", "expr", "dd", "ip", "ipaddr", "iplink", "ipneigh", "iproute", "iprule", "iptunnel", "tc",
     "ifconfig", "route", "brctl", "vconfig", "stty", "blockdev", "setarch", "linux32", "linux64", "ash", "sh", "hush",
     "init", "linuxrc", "busybox"}
)  # fmt: skip
"""Applets whose arguments are words or expressions, or that read options in code of their own."""

LONG_TABLE_NAMES: Final[tuple[tuple[tuple[str, ...], frozenset[str]], ...]] = (
    (("addgroup",), _names("gid system")),
    (("adduser",), _names("home gecos shell ingroup disabled-password empty-password system no-create-home uid skel")),
    (("bc",), _names("extended-register warn version standard quiet mathlib interactive")),
    (("chgrp", "chown"), _names("recursive dereference no-dereference changes silent quiet verbose")),
    (("chpasswd",), _names("encrypted md5 crypt-method root")),
    (("cmp",), _names("bytes quiet silent verbose")),
    (("conspy",), _names("viewonly createdevice neverquit session nocolors dump follow framebuffer")),
    (("cp",), _names("archive force interactive no-clobber link dereference no-dereference recursive symbolic-link "
                     "no-target-directory target-directory verbose update remove-destination parents reflink")),
    (("cpio",), _names("extract list create format owner pass-through verbose null quiet to-stdout ignore-devno "
                       "renumber-inodes")),
    (("cryptpw", "mkpasswd"), _names("stdin password-fd salt method")),
    (("date",), _names("rfc-822 rfc-2822 set utc date reference")),
    (("deluser",), _names("remove-home")),
    (("diff",), _names("ignore-case ignore-tab-expansion ignore-space-change ignore-all-space ignore-blank-lines text "
                       "unified label show-c-function brief expand-tabs initial-tab recursive new-file "
                       "report-identical-files starting-file minimal no-dereference")),
    (("dpkg",), _names("configure force install list purge remove unpack force-depends force-confnew force-confold")),
    (("env",), _names("ignore-environment null unset")),
    (("expand",), _names("initial tabs")),
    (("fallocate",), _names("offset length")),
    (("flock",), _names("shared exclusive unlock nonblock")),
    (("fsfreeze",), _names("freeze unfreeze")),
    (("fstrim",), _names("offset length minimum verbose")),
    (("ftpget", "ftpput"), _names("continue verbose username password port")),
    (("getopt",), _names("options longoptions quiet quiet-output shell test unquoted alternative name")),
    (("grep", "egrep", "fgrep"), _names("color")),
    (("gunzip", "zcat"), _names("stdout to-stdout force test no-name")),
    (("gzip",), _names("stdout to-stdout force verbose decompress uncompress test quiet fast best no-name")),
    ((), _names("domain fqdn file")),  # compiled in for hostname, which has not read it since 1.27
    (("hwclock",), _names("localtime utc show hctosys systohc systz rtc param-get param-set")),
    (("ifenslave",), _names("change-active detach force all-interfaces")),
    (("install",), _names("verbose directory preserve-timestamps strip group mode owner target-directory context")),
    (("ipcalc",), _names("netmask broadcast network prefix hostname silent")),
    (("ls",), _names("full-time group-directories-first color")),
    (("mkdir",), _names("mode parents verbose context")),
    (("mktemp",), _names("directory quiet dry-run tmpdir")),
    (("modprobe",), _names("show-depends")),
    (("mv",), _names("interactive force no-clobber no-target-directory target-directory verbose")),
    (("nl",), _names("body-numbering line-increment no-renumber number-separator starting-line-number number-width")),
    (("nproc",), _names("ignore all")),
    (("nsenter",), _names("user ipc uts net network pid mount target setuid setgid root wd no-fork "
                          "preserve-credentials")),
    (("od",), _names("skip-bytes address-radix read-bytes format output-duplicates strings width traditional")),
    (("patch",), _names("reverse unified strip input forward remove-empty-files force get dry-run backup-if-mismatch "
                        "no-backup-if-mismatch")),
    (("dumpleases",), _names("absolute remaining file decimal")),
    (("rmdir",), _names("parents ignore-fail-on-non-empty verbose")),
    (("rtcwake",), _names("auto local utc device mode seconds time")),
    (("run-parts",), _names("arg umask reverse test exit-on-error list")),
    (("script",), _names("append command flush quiet timing")),
    (("sed",), _names("in-place regexp-extended quiet silent expression file null-data")),
    (("seedrng",), _names("skip-credit seed-dir")),
    (("setpriv",), _names("dump nnp no-new-privs inh-caps ambient-caps")),
    (("start-stop-daemon",), _names("stop start background quiet test make-pidfile output oknodo verbose nicelevel "
                                    "startas name signal user chuid chdir exec pidfile retry")),
    (("tar",), _names("list extract directory file to-stdout no-same-owner same-permissions verbose keep-old create "
                      "dereference bzip2 files-from exclude-from gzip xz compress auto-compress touch strip-components "
                      "lzma no-recursion to-command numeric-owner no-same-permissions overwrite exclude")),
    (("touch",), _names("no-create no-dereference reference date")),
    (("udhcpc",), _names("clientid-none vendorclass hostname fqdn interface now pidfile quit release request script "
                         "timeout retries tryagain syslog request-option no-default-options foreground background "
                         "broadcast arping client-port")),
    (("udhcpc6",), _names("interface now pidfile quit release request requestprefix script timeout retries tryagain "
                          "syslog request-option no-default-options foreground stateless background")),
    (("uname",), _names("all kernel-name nodename kernel-release release kernel-version machine processor "
                        "hardware-platform operating-system")),
    (("unexpand",), _names("first-only tabs all")),
    (("unshare",), _names("mount uts ipc net pid user fork map-root-user mount-proc propagation setgroups")),
    (("wget",), _names("continue quiet server-response output-document output-file directory-prefix proxy user-agent "
                       "timeout tries header post-data post-file spider no-check-certificate passive-ftp no-cache "
                       "no-verbose no-clobber no-host-directories no-parent")),
    (("xargs",), _names("no-run-if-empty")),
)  # fmt: skip
"""Whose a long-option table is. No pointer leads from an applet to its table, so the names decide: each row is the
union of the names that one applet's table has had in BusyBox 1.26 to 1.38."""

_DECOMPRESSORS: Final = ("lzcat", "lzma", "unlzma", "unxz", "xz", "xzcat")
_CHECKSUMS: Final = ("md5sum", "sha1sum", "sha256sum", "sha384sum", "sha512sum", "sha3sum")

ACCEPTED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(_CHECKSUMS, ("-b", "-t")),  # binary and text mode, taken for compatibility and ignored
    **dict.fromkeys(_DECOMPRESSORS, ("-d", "-q", "-t", "-v")),  # gzip's, read by one parser for all names
    "ar": ("-t",),  # list, an operation like -x and -p
    "base32": ("-i",),
    "base64": ("-i",),  # ignore garbage when decoding
    "cat": ("-u",),  # POSIX's unbuffered, ignored
    "find": ("-and", "-or", "-not", "-wholename"),  # GNU's names of -a, -o, ! and -path
    "hwclock": ("-v",),
    "killall": ("-s",),
    "less": ("-X", "-s"),  # ignored
    "more": ("-d", "-e", "-f", "-l", "-s", "-u"),  # every option is ignored
    "ps": ("-A", "-a", "-d", "-e", "-f", "-l"),  # POSIX's selections, ignored: all processes are always shown
    "pwd": ("-L", "-P"),
    "readlink": ("-q", "-s"),  # silent, the opposite of -v
    "tr": ("-C",),  # POSIX's spelling of -c
    "uptime": ("-s",),
    "watch": ("-d",),  # highlight differences, ignored
}
"""Options that an applet accepts and does not document: synonyms, and what it takes only to ignore it. Seen in
BusyBox 1.31, 1.36 and 1.37; where a build lacks one, the only harm is that it is not reported as missing."""

DOCUMENTED_IN_ERROR: Final[dict[str, tuple[str, ...]]] = {
    "flock": ("-c",),  # a word behind the file's name, not an option
    "getopt": ("--bb", "-b"),  # from the example at the text's end
    "last": ("-H",),
    "less": ("-h",),
    "ln": ("-t",),
    "stat": ("-l",),
}
"""Options that a usage text names and the applet refuses."""
