"""Data sets on disk, in whatever form their users hold them; found out from what the files hold.

``members`` lists a source's files, unpacking archives on the way; ``tables`` reads pictures written
as rows of numbers, ``arrays`` IDX and .npz, ``folders`` picture files in class folders. All return a
``Pictures``.
"""

import tempfile
from contextlib import contextmanager
from pathlib import Path

from widthwise.data.readers import arrays, folders, tables
from widthwise.data.readers.members import ARCHIVE_SUFFIXES, is_picture, list_members
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError


def read(source, classes, image_size, color):
    """Read a data set of any form.

    source: a file, an archive or a folder; classes: number of labels expected, None for as many as
    there are; image_size: side in pixels to which pictures are resized; color: "grey" or "rgb".
    Returns a ``Pictures``. Raises UserError, one line, for whatever is wrong with the source.
    """
    source = Path(source)
    with _found(source) as (form, found, notes):
        pictures = form.read(source, found, classes, image_size, color)
        pictures.notes += notes
        return pictures


def read_unlabelled(source, image_size, color):
    """Read the unlabelled test set of a data set of any form, or one that is alone.

    Returns (ids, images): list of str, the source's own or else counted from 0, or file names; uint8
    (rows, image_size, image_size, 1 or 3). Arguments and errors as ``read``.
    """
    source = Path(source)
    with _found(source) as (form, found, _):
        return form.read_unlabelled(source, found, image_size, color)


@contextmanager
def _found(source):
    """The module that reads a source's form, what it wants (tables, or members), and notes on the rest."""
    if not source.exists():
        raise UserError(f"{source}: there is no such file or folder; expected a data set")
    with tempfile.TemporaryDirectory(prefix="widthwise-") as scratch:
        members = list_members(source, Path(scratch))
        if not members or (source.is_dir() and [member.path for member in members] == [source]):
            raise UserError(f"{source}: the folder is empty; expected pictures or a CSV")
        found = [table for table in map(tables.header, members) if table]
        pictures = [member for member in members if is_picture(member)]
        whole = [table for table in found if table.holds_pictures]
        if pictures:  # a table beside them may only be about them
            whole = [table for table in whole if table.holds_numbers()]
        numbers = arrays.find(members)
        if arrays.is_whole(numbers) or (numbers and not whole and not pictures):
            beside = [table.member for table in whole] + pictures
            notes = [f"Beside the arrays, left aside: {len(beside)} ({_listed(beside)})."] if beside else []
            yield arrays, numbers, notes
        elif whole:
            notes = []
            if pictures:
                notes.append(
                    f"Picture files beside {_listed(table.member for table in whole)}, left aside:"
                    f" {len(pictures)} ({_listed(pictures)})."
                )
            yield tables, found, notes
        elif pictures:
            yield folders, members, []
        else:
            raise UserError(_nothing_found(source, members, found))


def _listed(members):
    names = [printable(member.name) for member in members]
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _nothing_found(source, members, found):
    """The message for a source without pictures: about the file that was most likely meant."""
    expected = "expected class folders of pictures, a CSV (label,pixels[,Usage]), IDX files or an .npz"
    if found:
        return f"{found[0].member.shown}: line 1 has the columns {found[0].listed}; {expected}"
    for member in members:
        suffix = Path(member.name).suffix.lower()
        if member.path.is_file() and not member.head and (len(members) == 1 or suffix == ".csv"):
            return f"{member.shown}: the file is empty; {expected}"
        if suffix in ARCHIVE_SUFFIXES:
            return (
                f"{member.shown}: is called {suffix}, but does not begin like such a file;"
                " expected a whole archive"
            )
        if suffix == ".csv":
            return f"{member.shown}: {tables.why_no_table(member)}; {expected}"
    first = printable(members[0].name)
    return f"{source}: no pictures found among {len(members)} files (the first is {first}); {expected}"
