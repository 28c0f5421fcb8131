"""What an exported model says of the faces in photographs, and of an unlabelled test set.

Pictures become arrays by the very functions that prepare the data sets. Needs no TensorFlow.
"""

import csv
import io
import os
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from widthwise.data import readers
from widthwise.data.readers.members import pictures_below
from widthwise.data.readers.pictures import fitted, opened, progress
from widthwise.data.readers.values import require_plain_ids
from widthwise.export import faces
from widthwise.export.annotation import annotated, has_letters
from widthwise.export.litert import Model
from widthwise.plumbing.commandline import FORMULA, printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import write_text

COLORS = {1: "grey", 3: "rgb"}  # by the channels of the model's input
TABLE = "predictions.csv"


class Classifier:
    """An exported model.

    labels: class names; warning: what to tell whoever sees its answers (str, mostly empty); whole: whether it
    is one of whole pictures, not of faces; side: of its pictures in pixels; color: "grey" or "rgb".
    """

    def __init__(self, path):
        """path: of a .tflite file with its class names. Raises UserError where it is anything else."""
        expected = "expected a .tflite file with class names, as this project exports it"
        try:
            self._model = Model(path)
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror}); {expected}") from None
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).removeprefix(f"{path}: ").split("\n")[0].split())
            raise UserError(f"{path}: is no such model ({reason}); {expected}") from None
        self.labels, self.warning, self.whole = self._model.labels, self._model.warning, self._model.whole
        for label in self.labels:
            if not label or self.labels.count(label) > 1 or FORMULA.match(label):
                raise UserError(f"{path}: class name {label!r}; expected plain names that differ")
        if self.warning:
            print(f"{printable(str(path))}: {self.warning}", file=sys.stderr)
        shape = self._model.input_shape
        if len(shape) != 3 or shape[0] != shape[1] or shape[2] not in COLORS:
            found = " x ".join(map(str, shape))
            raise UserError(f"{path}: takes {found} numbers; expected square pictures, grey or RGB")
        self.side, self.color = shape[0], COLORS[shape[2]]

    def chances(self, images):
        """Class probabilities, float32 (rows, classes), of uint8 pictures (rows, side, side, channels)."""
        return self._model.probabilities(images)

    def judge(self, picture, boxes):
        """Class probabilities, float32 (boxes, classes), of parts of a PIL picture."""
        parts = [fitted(picture.crop(box), self.side, self.color) for box in boxes]
        return self.chances(np.stack(parts))


def predict_pictures(
    classifier: Classifier, source: str | Path, output: str | Path, whole: bool | None = None
) -> None:
    """Write the folder ``output``: predictions.csv, and an annotated PNG of each picture with a face.

    source: a picture, or a folder that is walked; whole: take pictures as they are (True), as is always done
    with those no larger than the classifier's own, or find the faces in them (False); None: as the classifier
    was trained. The table has a row per face: file, number of the face in it, its box in pixels of the
    upright picture, label, probability of each class.
    A picture that cannot be read, or has no face, is said on standard error, and the rest goes on; then
    UserError is raised where any could not be read. Nothing is written where none could be, or where no
    picture has a face.
    """
    whole = classifier.whole if whole is None else whole
    source, output = Path(source), Path(output)
    paths = _pictures(source)
    names = [path.relative_to(source) if source.is_dir() else Path(path.name) for path in paths]
    _require_absent(output)
    stems = Counter(name.with_suffix("") for name in names)
    drawn_as = drawable(classifier.labels)
    rows, unreadable, empty = [], 0, 0
    with _whole_folder(output) as folder:
        for path, name in progress(list(zip(paths, names, strict=True)), f"pictures of {len(paths):,}"):
            try:
                picture = opened(path, path)
            except UserError as error:
                print(printable(str(error)), file=sys.stderr)
                unreadable += 1
                continue
            if whole or max(picture.size) <= classifier.side:
                boxes = [(0, 0, *picture.size)]
            else:
                boxes = faces.find(picture)
            if not boxes:
                line = f"{path}: no face found (--whole takes a picture as it is)"
                print(printable(line), file=sys.stderr)
                empty += 1
                continue
            chances = classifier.judge(picture, boxes)
            rows += _rows(name, boxes, chances, classifier.labels)
            texts = [f"{drawn_as[each.argmax()]} {100 * each.max():.0f} %" for each in chances]
            stem = name.with_suffix("") if stems[name.with_suffix("")] == 1 else name
            target = folder / stem.with_name(f"{stem.name}.png")
            target.parent.mkdir(parents=True, exist_ok=True)
            annotated(picture, boxes, texts, classifier.warning).save(target)
        if unreadable == len(paths):
            raise UserError(f"{source}: no picture could be read; nothing was written")
        if not rows:
            raise UserError(f"{source}: no picture has a face that was found; nothing was written")
        chances = [f"probability_{label}" for label in classifier.labels]
        header = ["file", "face", "x", "y", "width", "height", "label", *chances]
        write_text(folder / TABLE, _csv([header, *rows]))
    shown = len(paths) - unreadable - empty
    found = "" if whole else f"{_count(len(rows), 'face')} in "
    print(printable(f"{output}: labelled {found}{shown:,} of {_count(len(paths), 'picture')}"))
    if unreadable:
        raise UserError(f"{source}: {unreadable:,} of {len(paths):,} pictures could not be read")


def predict_test_set(classifier: Classifier, source: str | Path, output: str | Path) -> None:
    """Write ``id,label`` of an unlabelled test set of any form, label being the number of the class.

    Raises UserError, before anything is written: also for an id that a spreadsheet would take for a formula,
    since an id that is written otherwise would be another one.
    """
    _require_absent(output)
    ids, images = readers.read_unlabelled(source, classifier.side, classifier.color)
    require_plain_ids(source, ids)
    if twice := [each for each, count in Counter(ids).items() if count > 1]:
        raise UserError(f"{source}: id {twice[0][:40]!r} is there more than once; expected ids that differ")
    predicted = classifier.chances(images).argmax(axis=1)
    with _writing(output):
        write_text(output, _csv([("id", "label"), *zip(ids, predicted, strict=True)]))
    print(printable(f"{output}: labels of {_count(len(ids), 'picture')}"))


def _pictures(source):
    """The picture files that a source stands for, sorted."""
    if not source.exists():
        raise UserError(f"{source}: there is no such file or folder; expected a picture or a folder of some")
    if not source.is_dir():
        return [source]
    paths = pictures_below(source)
    if not paths:
        raise UserError(f"{source}: holds no pictures; expected some, such as JPEG, PNG, WEBP or TIFF")
    return paths


def _rows(name, boxes, chances, labels):
    """The rows of the table for the faces of one picture."""
    shown = os.fsencode(name.as_posix()).decode("utf-8", "replace")
    shown = f"./{shown}" if FORMULA.match(shown) else shown  # the same file, and no formula to a spreadsheet
    for number, (box, each) in enumerate(zip(boxes, chances, strict=True), start=1):
        left, top, right, bottom = box
        place = (left, top, right - left, bottom - top)
        yield [shown, number, *place, labels[each.argmax()], *(f"{chance:.4f}" for chance in each)]


def drawable(labels):
    """The class names as they are drawn: by their numbers where no font of this machine has their letters."""
    drawn = [label if has_letters(label) else f"class {number}" for number, label in enumerate(labels)]
    other = [f"{new} is {label}" for new, label in zip(drawn, labels, strict=True) if new != label]
    if other:
        line = f"no font on this machine has the letters of these classes; on pictures {', '.join(other)}"
        print(line, file=sys.stderr)
    return drawn


def _count(number, noun):
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _csv(rows):
    """The text of a CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _require_absent(output):
    """Raise UserError where something is there already."""
    if os.path.lexists(output):
        raise UserError(f"{output}: is there already; expected a new name after --output")


@contextmanager
def _writing(output):
    """Say in one line what keeps ``output`` from being written."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror or error})") from None


@contextmanager
def _whole_folder(output):
    """A folder to write into, which takes its name once all is written, and is removed otherwise."""
    with _writing(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as beside:
            part = Path(beside, "part")
            part.mkdir()
            yield part
            os.rename(part, output)
