"""The files of a source: a folder is walked, an archive unpacked; which it is, its first bytes tell."""

import bz2
import errno
import gzip
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import walk_once

STRAY_FOLDERS = {"__MACOSX", "@eaDir"}
STRAY_FILES = {"thumbs.db", "desktop.ini"}
# What is meant to be a picture, whether it can be read or not: known by its first bytes, else by its ending.
PICTURE_HEAD = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|II[*+]\0|MM\0[*+]|RIFF.{4}WEBP|P[1-6f]\s+[#\d]"
    rb"|BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|.{4}ftyp(?:avi[fs]|mif1|msf1|hei[cfxs]|hev[cx])|\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51"
    rb"|\0\0\0\x0cJXL |\xff\x0a|8BPS\0|%!PS-Adobe",
    re.DOTALL,
)
PICTURE_SUFFIX = re.compile(
    r"\.(jpe?g?|jfif|png|bmp|dib|gif|webp|tiff?|p[bgnpf]m|avif|jp2|j2k|jp[xc]|tga"
    r"|hei[cf]|jxl|psd|eps|ico|svg|pcx|dng|cr2|nef|arw)$",
    re.IGNORECASE,
)
DECOMPRESSORS = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}
COMPRESSED_SUFFIXES = {".gz", ".xz", ".bz2"}
ARCHIVE_SUFFIXES = COMPRESSED_SUFFIXES | {".zip", ".tar", ".tgz", ".txz"}
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
DAMAGED = (
    EOFError,
    OSError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
    RecursionError,  # links that lead to each other
    ValueError,  # numbers and names in a tar's extended headers
    OverflowError,
)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
HEAD_BYTES = 512
NESTED = 4  # archives within archives: tar within gz within zip is three

# A decompression bomb is told by its ratio: FER2013's CSV shrinks 4 times as .xz, pictures hardly.
BOMB_RATIO = 200
BOMB_BYTES = 2**30
# An archive may also hold members without end that have no content; the smallest pictures have 70 bytes.
MEMBERS, EMPTY_MEMBERS, LINKS = 1_000_000, 4_000, 1_000
MEMBER_BYTES = 32
TAR_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
TAR_HEADER_BYTES = 2**16  # tarfile reads these headers into memory


@dataclass(frozen=True)
class Member:
    """A file or empty folder of a source.

    name: within the source; path: where its bytes lie; shown: what messages call it; head: its first bytes.
    """

    name: str
    path: Path
    shown: str
    head: bytes


class _Budget:
    """Counts what is unpacked and stops a decompression bomb."""

    def __init__(self, source):
        self.source = source
        self.bytes = self.members = self.links = 0
        self.limit = max(BOMB_BYTES, BOMB_RATIO * source.stat().st_size)

    def count(self, link=False):
        """Count a member, whatever it is."""
        self.members += 1
        self.links += link
        hollow = self.members > EMPTY_MEMBERS and self.bytes < MEMBER_BYTES * self.members
        if hollow or self.members > MEMBERS or self.links > LINKS:
            what = f"{self.links:,} links" if self.links > LINKS else f"{self.members:,} members"
            what += " of hardly any content" if hollow else ""
            raise UserError(
                f"{self.source}: holds more than {what}; expected an ordinary archive, or its folder unpacked"
            )

    def copy(self, reading, target):
        """Copy a stream into a new file at ``target``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as writing:
            while block := reading.read(2**20):
                self.bytes += len(block)
                if self.bytes > self.limit:
                    raise UserError(
                        f"{self.source}: unpacks to more than {self.limit:,} bytes,"
                        f" {BOMB_RATIO} times its size; expected an ordinary archive"
                    )
                writing.write(block)


def list_members(source, scratch):
    """The files of a folder, archive, compressed file or plain file.

    source: Path; scratch: an empty folder that archives are unpacked to.
    Returns a list of ``Member`` sorted by name, without the stray files of operating systems.
    Raises UserError for a damaged archive, one that points outside, one that unpacks to absurd size.
    """
    if source.is_dir():
        found = _folder(source, "", str(source), scratch, None, 0)
    else:
        found = _file(source, source.name, str(source), scratch, None, 0, alone=True)
    return sorted(found, key=lambda member: member.name)


def is_picture(member):
    """Whether a member's first bytes, or failing that its name, say that it is meant to be a picture."""
    return is_picture_file(member.head, member.name)


def is_picture_file(head, name):
    """Whether a file is meant to be a picture. head: its first ``HEAD_BYTES``; name: its name."""
    return bool(PICTURE_HEAD.match(head) or PICTURE_SUFFIX.search(str(name)))


def pictures_below(folder):
    """The files below a folder that are meant to be pictures, by their content or name (sorted ``Path``).

    What cannot be read is among them, for ``pictures.opened`` to say so.
    """
    return sorted(path for path in walk(folder) if not path.is_dir() and _may_be_picture(path))


def _may_be_picture(path):
    try:
        return is_picture_file(_head(path, path) if path.exists() else b"", path)
    except UserError:
        return True


def _head(path, shown):
    """The first bytes of a file; UserError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise UserError(f"{shown}: cannot be read ({error.strerror})") from None


def _folder(folder, name, shown, scratch, budget, depth):
    """The members below a folder that is called ``name`` in the source."""
    for path in walk(folder):
        inner = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
        inner_name = f"{name}/{inner}" if name else inner
        yield from _file(path, inner_name, f"{shown}: {printable(inner)}", scratch, budget, depth)


def _file(path, name, shown, scratch, budget, depth, alone=False):
    """The members a file stands for: itself, or what it unpacks to. ``alone``: it is the whole source."""
    if path.is_dir():
        yield Member(name, path, shown, b"")
        return
    if not path.is_file():
        raise UserError(f"{shown}: is a broken link or no ordinary file; expected a file or a folder")
    head = _head(path, shown)
    decompress = next((opener for magic, opener in DECOMPRESSORS.items() if head.startswith(magic)), None)
    unpack = _unzip if head.startswith(ZIP_MAGIC) else _untar if head[257:262] == b"ustar" else None
    if not decompress and not unpack:
        yield Member(name, path, shown, head)
        return
    if depth == NESTED:
        raise UserError(f"{shown}: archives lie in each other more than {NESTED} deep; expected fewer")
    budget = budget or _Budget(path)
    inside = Path(tempfile.mkdtemp(dir=scratch))
    try:
        if decompress:
            with decompress(path) as stream:
                budget.copy(stream, inside / "content")
        else:
            unpack(path, shown, inside, budget)
    except DAMAGED as error:
        if getattr(error, "errno", None) in FULL:
            raise UserError(
                f"{shown}: cannot be unpacked into {scratch.parent} ({error.strerror}); expected room"
                " there, or TMPDIR to name a folder with more"
            ) from None
        raise UserError(
            f"{shown}: the archive is truncated or damaged ({_reason(error)}); expected a whole one"
        ) from None
    if decompress:
        suffix = PurePosixPath(name).suffix
        name = name.removesuffix(suffix) if suffix in COMPRESSED_SUFFIXES else name
        yield from _file(inside / "content", name, shown, scratch, budget, depth + 1, alone)
    else:
        yield from _folder(inside, "" if alone else name, shown, scratch, budget, depth + 1)


def _reason(error):
    """What is wrong with an archive, in few words."""
    if isinstance(error, RecursionError):
        return "its links lead in a circle"
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
        return "two members are in each other's place"
    return printable(error.strerror or str(error) if isinstance(error, OSError) else str(error))


def walk(folder):
    """The files and the empty folders below a folder, stray ones left out; each real folder is entered
    once."""
    for root, folders, names in walk_once(
        folder, lambda name: not name.startswith(".") and name not in STRAY_FOLDERS
    ):
        names = [each for each in names if not each.startswith(".") and each.lower() not in STRAY_FILES]
        yield from (Path(root, each) for each in names)
        if not names and not folders:
            yield Path(root)


class _TarInfo(tarfile.TarInfo):
    """A member whose extended header is of ordinary size."""

    def _proc_member(self, archive):
        if self.type in TAR_HEADERS and self.size > TAR_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(archive)


def _untar(path, shown, target, budget):
    """Unpack a plain tar; links within it are resolved, anything else special is left out."""
    with tarfile.open(path, "r:", tarinfo=_TarInfo) as archive:
        for entry in archive:
            budget.count(link=entry.issym() or entry.islnk())
            place = _inside(entry.name, shown)
            if entry.issym():
                _inside(str(PurePosixPath(entry.name).parent / entry.linkname), shown, entry.linkname)
            elif entry.islnk():
                _inside(entry.linkname, shown, entry.linkname)
            if entry.isdir():
                (target / place).mkdir(parents=True, exist_ok=True)
            elif entry.isfile() or entry.issym() or entry.islnk():
                try:
                    stream = archive.extractfile(entry)
                except KeyError as error:
                    raise tarfile.TarError(error.args[0]) from None
                if stream:
                    budget.copy(stream, target / place)
        archive.fileobj.seek(archive.offset)
        if archive.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0") or archive.fileobj.tell() <= archive.offset:
            raise tarfile.TarError("no end mark")


def _unzip(path, shown, target, budget):
    """Unpack a zip; links are left out."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            budget.count(link=stat.S_ISLNK(entry.external_attr >> 16))
            place = _inside(entry.filename, shown)
            if entry.is_dir():
                (target / place).mkdir(parents=True, exist_ok=True)
            elif entry.flag_bits & 1:
                raise UserError(
                    f"{shown}: member {printable(entry.filename)} is encrypted;"
                    " expected a zip without a password"
                )
            elif stat.S_ISLNK(entry.external_attr >> 16):
                with archive.open(entry) as stream:
                    link = stream.read(4096).decode("utf-8", "replace")
                _inside(str(PurePosixPath(entry.filename).parent / link), shown, link)
            else:
                with archive.open(entry) as stream:
                    budget.copy(stream, target / place)


def _inside(name, shown, link=None):
    """A member's normalised place within the archive; UserError where it would lie outside."""
    name = name.replace("\\", "/")
    place = os.path.normpath(name)
    what = printable(f"link to {link}" if link else f"member {name}")
    if "\0" in name:
        raise UserError(f"{shown}: {what} holds a NUL; expected an ordinary name")
    if (
        name.startswith("/")
        or (link or "").startswith("/")
        or place.split("/")[0] == ".."
        or place[1:2] == ":"
    ):
        raise UserError(f"{shown}: {what} points outside of the archive; expected members inside it")
    return place
