"""The files of a source: a folder is walked, an archive unpacked; which it is, its first bytes tell."""

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from widthwise.plumbing.errors import UserError

STRAY_FOLDERS = {"__MACOSX", "@eaDir"}
STRAY_FILES = {"thumbs.db", "desktop.ini"}
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"}
PICTURE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*", b"P5\n", b"P6\n")
DECOMPRESSORS = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}
COMPRESSED_SUFFIXES = {".gz", ".xz", ".bz2"}
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
DAMAGED = (
    EOFError,
    OSError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    NotImplementedError,
)
HEAD_BYTES = 512
NESTED = 4  # archives within archives: tar within gz within zip is three

# A decompression bomb is told by its ratio: FER2013's CSV shrinks 4 times as .xz, pictures hardly.
BOMB_RATIO = 200
BOMB_BYTES = 2**30


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
    """Counts unpacked bytes and stops a decompression bomb."""

    def __init__(self, source):
        self.source = source
        self.bytes = 0
        self.limit = max(BOMB_BYTES, BOMB_RATIO * source.stat().st_size)

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
    """Whether a member's bytes, or failing that its name, say that it is meant to be a picture."""
    if member.head.startswith(PICTURE_MAGIC) or member.head[8:12] == b"WEBP":
        return True
    return PurePosixPath(member.name).suffix.lower() in PICTURE_SUFFIXES


def _folder(folder, name, shown, scratch, budget, depth):
    """The members below a folder that is called ``name`` in the source."""
    for path in walk(folder):
        inner = os.fsencode(path.relative_to(folder)).decode("utf-8", "replace")
        inner_name = f"{name}/{inner}" if name else inner
        yield from _file(path, inner_name, f"{shown}: {inner}", scratch, budget, depth)


def _file(path, name, shown, scratch, budget, depth, alone=False):
    """The members a file stands for: itself, or what it unpacks to. ``alone``: it is the whole source."""
    if path.is_dir():
        yield Member(name, path, shown, b"")
        return
    if not path.is_file():
        raise UserError(f"{shown}: is a broken link or no ordinary file; expected a file or a folder")
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UserError(f"{shown}: cannot be read ({error.strerror})") from None
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
        raise UserError(
            f"{shown}: the archive is truncated or damaged ({error}); expected a whole one"
        ) from None
    if decompress:
        suffix = PurePosixPath(name).suffix
        name = name.removesuffix(suffix) if suffix in COMPRESSED_SUFFIXES else name
        yield from _file(inside / "content", name, shown, scratch, budget, depth + 1, alone)
    else:
        yield from _folder(inside, "" if alone else name, shown, scratch, budget, depth + 1)


def walk(folder):
    """The files and the empty folders below a folder, stray ones left out; links are followed, each
    folder entered once."""
    seen = {os.path.realpath(folder)}
    for root, folders, names in os.walk(folder, followlinks=True):
        entered = []
        for each in sorted(folders):
            real = os.path.realpath(os.path.join(root, each))
            if not each.startswith(".") and each not in STRAY_FOLDERS and real not in seen:
                seen.add(real)
                entered.append(each)
        folders[:] = entered
        names = [each for each in names if not each.startswith(".") and each.lower() not in STRAY_FILES]
        yield from (Path(root, each) for each in names)
        if not names and not folders:
            yield Path(root)


def _untar(path, shown, target, budget):
    """Unpack a plain tar; links within it are resolved, anything else special is left out."""
    with tarfile.open(path, "r:") as archive:
        for entry in archive:
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
            place = _inside(entry.filename, shown)
            if stat.S_ISLNK(entry.external_attr >> 16):
                link = archive.read(entry)[:4096].decode("utf-8", "replace")
                _inside(str(PurePosixPath(entry.filename).parent / link), shown, link)
            elif entry.is_dir():
                (target / place).mkdir(parents=True, exist_ok=True)
            elif entry.flag_bits & 1:
                raise UserError(
                    f"{shown}: member {entry.filename} is encrypted; expected a zip without a password"
                )
            else:
                with archive.open(entry) as stream:
                    budget.copy(stream, target / place)


def _inside(name, shown, link=None):
    """A member's normalised place within the archive; UserError where it would lie outside."""
    name = name.replace("\\", "/")
    place = os.path.normpath(name)
    if (
        name.startswith("/")
        or (link or "").startswith("/")
        or place.split("/")[0] == ".."
        or place[1:2] == ":"
    ):
        what = f"link to {link}" if link else f"member {name}"
        raise UserError(f"{shown}: {what} points outside of the archive; expected members inside it")
    return place
