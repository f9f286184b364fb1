"""Everything that can go wrong, as one tree of classes.

Each class has a `slug`, the anchor on the site's messages page, and writes its own sentence from the values
it is raised with: `raise DigestMismatch(blob="layer 2", expected=…, got=…) from err`. Values may come from an
image or a registry; they are made visible and shortened here.

UsageError: the caller's mistake (exit status 2) · SourceError: the outside world, `temporary` says whether
trying again may help · ContentError: bytes are not what they claim, never tried again, never cached ·
FormatError: one file inside an image · StoreError, PageError, PublishError: the work stops, nothing
half-written is published.
"""

from typing import Any, ClassVar

from generator import text


class BasedexError(Exception):
    """Base of the tree; never raised itself."""

    slug: ClassVar[str] = "error"
    sentence: ClassVar[str] = "something went wrong"
    advice: ClassVar[str] = ""
    """What the reader can do about it: one sentence for the messages page."""
    exit_status: ClassVar[int] = 1
    temporary: bool = False

    def __init__(self, **values: object) -> None:
        self.values = values
        shown = {
            name: text.shortened(text.visible(str(value)), 500) if isinstance(value, str | bytes | Exception) else value
            for name, value in values.items()
        }
        super().__init__(self.sentence.format(**shown))

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {
            k: v if isinstance(v, str | int | bool | None | tuple | list) else str(v) for k, v in self.values.items()
        }
        return _rebuild, (type(self), kept, self.temporary)


def _rebuild(kind: type[BasedexError], values: dict[str, object], temporary: bool) -> BasedexError:
    error = kind(**values)
    error.temporary = temporary
    return error


# The caller's mistakes


class UsageError(BasedexError):
    """A command line or configuration that cannot mean anything."""

    slug = "usage"
    sentence = "{problem}"
    advice = "Correct the command line; `basedex COMMAND --help` lists what it takes."
    exit_status = 2


class InvalidReference(UsageError):
    """An image reference that breaks the grammar."""

    slug = "invalid-reference"
    sentence = "“{reference}” is not an image reference: {reason}"
    advice = "Write TRANSPORT:DETAILS, or HOST/REPOSITORY:TAG@DIGEST for a registry."


class InvalidPlatform(UsageError):
    """A platform that is not OS/ARCHITECTURE[/VARIANT]."""

    slug = "invalid-platform"
    sentence = "“{platform}” is not a platform: {reason}"
    advice = "Write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, such as linux/amd64 or linux/arm/v7."


class InvalidConfiguration(UsageError):
    """images.yml with one or more mistakes; `mistakes` is a tuple of (line, column, sentence)."""

    slug = "invalid-configuration"
    sentence = "{path}: {count} mistake(s)\n{listing}"
    advice = "Each line names its place in the file; `basedex schema images` prints what is allowed."


# The outside world


class SourceError(BasedexError):
    """An image could not be fetched."""

    slug = "source"
    sentence = "{source}: {reason}"
    advice = "The image keeps its last recorded document; the next build asks again."

    def __init__(self, *, temporary: bool = False, **values: object) -> None:
        super().__init__(**values)
        self.temporary = temporary


class SourceUnreachable(SourceError):
    """A registry or engine did not answer."""

    slug = "source-unreachable"
    sentence = "{source} cannot be reached: {reason}"
    advice = "Check the network, the proxy settings and whether the engine's socket exists."


class SourceRefused(SourceError):
    """A registry or engine answered with a refusal."""

    slug = "source-refused"
    sentence = "{source} refused: {reason}"
    advice = "Log in (`docker login`, `podman login`), or wait where a rate limit is named."


class ImageNotFound(SourceError):
    """The source was reached and does not have the image."""

    slug = "image-not-found"
    sentence = "{source}: no such image ({reason})"
    advice = "Check the name, the tag and the spelling; a private repository may need a login."


class PlatformNotFound(SourceError):
    """The image exists, but not for the platform asked for."""

    slug = "platform-not-found"
    sentence = "{source} has no {platform}; it offers {offered}"
    advice = "Choose one of the offered platforms in images.yml."


class UnsafeAddress(SourceError):
    """A redirect or token realm that points where no credential or request may go."""

    slug = "unsafe-address"
    sentence = "{source}: will not follow {address}: {reason}"
    advice = "The registry sends its clients to a place that is not public; ask whoever runs it."


class ClusterError(BasedexError):
    """A Dask cluster that cannot do what `--scheduler` asks of it."""

    slug = "cluster"
    sentence = "{scheduler}: {reason}"
    advice = (
        "Check the address, and that every worker has this version of Basedex; without --scheduler, this machine works."
    )


# Bytes that are not what they claim


class ContentError(BasedexError):
    """The bytes of an image are broken or hostile."""

    slug = "content"
    sentence = "{where}: {reason}"
    advice = "The image itself is damaged or hostile; it has to be rebuilt or pushed again."


class InvalidDigest(ContentError):
    """A string in a digest's place that is not one."""

    slug = "invalid-digest"
    sentence = "“{digest}” is not a digest (algorithm:hex)"


class DigestMismatch(ContentError):
    """A blob's bytes do not have the digest they were asked for by."""

    slug = "digest-mismatch"
    sentence = "{blob}: expected {expected}, got {got}"


class SizeMismatch(ContentError):
    """A blob is longer or shorter than its descriptor says."""

    slug = "size-mismatch"
    sentence = "{blob}: the descriptor says {expected} bytes, got {got}"


class LayerCountMismatch(ContentError):
    """Manifest and configuration disagree about the number of layers."""

    slug = "layer-count-mismatch"
    sentence = "{where}: {layers} layers but {diff_ids} diff_ids"


class InvalidDocument(ContentError):
    """A manifest, index or configuration that is not valid."""

    slug = "invalid-document"
    sentence = "{where}: {reason}"


class NotAnImage(ContentError):
    """An OCI artifact or other manifest that is no container image."""

    slug = "not-an-image"
    sentence = "{where} is not a container image: {reason}"


class InvalidArchive(ContentError):
    """A docker-archive, OCI archive or layout that is malformed."""

    slug = "invalid-archive"
    sentence = "{where}: {reason}"


class InvalidCompression(ContentError):
    """A compressed stream that is damaged, truncated or of an unknown kind."""

    slug = "invalid-compression"
    sentence = "{where}: {reason}"


class InvalidTar(ContentError):
    """A layer that is not a well-formed tar stream; `offset` counts its uncompressed bytes."""

    slug = "invalid-tar"
    sentence = "{where}: at byte {offset}: {reason}"


class LayerNotAvailable(ContentError):
    """A foreign (non-distributable) layer, whose addresses are never followed."""

    slug = "layer-not-available"
    sentence = "{where}: foreign layer, {size} bytes declared, not fetched"
    advice = "Non-distributable layers live at addresses the image names; Basedex never fetches those."


class LimitExceeded(ContentError):
    """An image that would cost more than `limits` allows."""

    slug = "limit-exceeded"
    sentence = "{where}: {what} exceeds the limit of {limit}"
    advice = "If the image is meant to be that large, raise the bound under `limits:` in images.yml."


class InvalidCalendar(ContentError):
    """Life cycle dates, from endoflife.date or a file, that are not what they must be."""

    slug = "invalid-calendar"
    sentence = "{where}: {reason}"
    advice = "Nothing was changed; the dates at hand stay as they are."


class InvalidAdvisories(ContentError):
    """A file of advisories (an OSV archive, a security database, a catalogue) that is damaged or no such file."""

    slug = "invalid-advisories"
    sentence = "{where}: {reason}"
    advice = "The file that was good before stays in use; get this one again, or remove it."


class InvalidReport(ContentError):
    """What others say of an image (a scanner's report, a VEX document) that is damaged or no such file."""

    slug = "invalid-report"
    sentence = "{where}: {reason}"
    advice = "The site is made without it; make it again, or take its name out of images.yml."


# One file inside an image


class FormatError(BasedexError):
    """One file inside an image does not follow its format."""

    slug = "format"
    sentence = "{path}: at {offset}: {rule}"
    advice = "Only the section that reads this file is affected; the page says so."


# Our own files


class StoreError(BasedexError):
    """The store of documents and history is damaged or of another version."""

    slug = "store"
    sentence = "{path}: {reason}"
    advice = "Restore the file from version control, or delete it and build again."


class StoreBusy(StoreError):
    """Another process works in the same folder."""

    slug = "store-busy"
    sentence = "{path}: another build is at work here"
    advice = "Wait until it ends; when its process ends, however that happens, the folder is free."


class PageError(BasedexError):
    """A page could not be rendered."""

    slug = "page"
    sentence = "{page}: {reason}"
    advice = "A template or a hand-written page is wrong; the previous site is untouched."


class PublishError(BasedexError):
    """MkDocs or the swap into place failed; the previous site is untouched."""

    slug = "publish"
    sentence = "{step}: {reason}"
    advice = "The text after the colon is MkDocs's own; the previous site is untouched."


class SiteNotReady(PublishError):
    """There is no finished site, or it is not the one that the pages would give."""

    slug = "site-not-ready"
    sentence = "there is no site to publish in {site}: {reason}"
    advice = "Run `basedex build`, and publish when it has ended well."


class NotAPublishedSite(PublishError):
    """A folder or branch that holds something else than what `basedex publish` or mike writes."""

    slug = "not-a-published-site"
    sentence = "{where} is not a published site: {reason}"
    advice = "Name another place, or empty this one if what is there may go."


class GitFailed(PublishError):
    """Git refused, or could not be started; nothing was published."""

    slug = "git-failed"
    sentence = "{step}: {reason}"
    advice = "The text after the colon is git's own; the branch is where it was."


class BranchDiverged(PublishError):
    """The branch here and the one there have each what the other has not."""

    slug = "branch-diverged"
    sentence = "{branch} here and {branch} at {remote} have gone different ways since {base}"
    advice = "Look at both with `git log`; if yours may go, `git branch -f` it to the remote one, and publish again."


class PushRejected(PublishError):
    """Others pushed to the branch again and again while a publication was made."""

    slug = "push-rejected"
    sentence = "{remote} refused {branch} {count} times, because somebody else had just pushed: {reason}"
    advice = "Try again; nothing of theirs was overwritten."
