"""An exported model as LiteRT runs it: a .tflite file that knows its classes. Needs no TensorFlow.

A ZIP archive behind the model's own bytes, which LiteRT does not read, holds its class names
(``labels.txt``), ``warning.txt`` where there is something to beware of, and ``pictures.txt`` with the word
"whole" where its pictures are no faces: associated files as in https://ai.google.dev/edge/litert/models/metadata.
"""

import lzma
import zipfile
import zlib
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from widthwise.plumbing.commandline import printable

LABELS, WARNING, PICTURES = "labels.txt", "warning.txt", "pictures.txt"
EXPRESSIONS = ("ang", "disg", "fear", "happ", "sad", "surpr", "neutral", "contempt")  # how their names begin
WHOLE = "whole"
MAXIMUM_BYTES = 2**16  # of one of these files, unpacked
MAXIMUM_MODEL_BYTES = 2**30
LEAST_SCALE = 1e-6  # of a map that has a range


class Model:
    """A classifier of pictures, run on one thread.

    labels: class names (tuple of str); warning: what its maker says to whoever uses it (str, mostly empty);
    whole: whether it was trained on pictures of something else than faces (bool);
    input_shape: (height, width, channels) of the pictures it takes.
    """

    def __init__(self, path: str | Path):
        """path: of a .tflite file with ``LABELS`` in it.

        Raises OSError where there is no such file, ValueError where it is not a model, or one without
        labels, or with other labels than outputs.
        """
        path = Path(path)
        if path.exists() and not (path.is_file() and path.stat().st_size <= MAXIMUM_MODEL_BYTES):
            raise ValueError(f"{path}: it is no file of at most {MAXIMUM_MODEL_BYTES:,} bytes")
        content = path.read_bytes()
        try:
            with zipfile.ZipFile(path) as archive:
                lines = _text(archive, LABELS).removesuffix("\n").split("\n")
                self.labels = tuple(printable(line.strip()) for line in lines)
                self.warning = printable(_text(archive, WARNING).strip())
                self.whole = _text(archive, PICTURES).strip() == WHOLE
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError):
            raise ValueError(f"{path}: there is no {LABELS} in it that can be read") from None
        if self.labels == ("",):
            raise ValueError(f"{path}: there is no {LABELS} in it")
        kernels = OpResolverType.AUTO
        if _aborts_xnnpack(Interpreter(model_content=content)):
            kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self._interpreter = Interpreter(
            model_content=content, num_threads=1, experimental_op_resolver_type=kernels
        )
        self._interpreter.allocate_tensors()
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if (len(inputs), len(outputs)) != (1, 1):
            raise ValueError(f"{path}: it has {len(inputs)} inputs and {len(outputs)} outputs, not one each")
        (self._input,), (self._output,) = inputs, outputs
        self.input_shape = tuple(map(int, self._input["shape"][1:]))
        if tuple(self._output["shape"]) != (1, len(self.labels)):
            gives = " x ".join(map(str, self._output["shape"][1:]))
            raise ValueError(f"{path}: {len(self.labels)} class names in {LABELS} for {gives} outputs")

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities of pictures: float32 (rows, classes), 0 to 1.

        images: uint8 (rows, height, width, channels), raw pixels, 0 to 255; rows may be 0. One picture
        at a time: in batches of any size LiteRT takes as long.
        """
        values = np.empty((len(images), len(self.labels)), np.float32)
        for row, image in enumerate(images):
            self._interpreter.set_tensor(self._input["index"], image[None].astype(self._input["dtype"]))
            self._interpreter.invoke()
            values[row] = self._interpreter.get_tensor(self._output["index"])[0]
        if self._output["dtype"] == np.float32:
            return values
        scale, zero = self._output["quantization"]
        return (values - zero) * np.float32(scale)


def _aborts_xnnpack(interpreter):
    """Whether XNNPACK of LiteRT 2.3 may abort on an integer model.

    On a map that was 0 in all of calibration, and on dense layers, which version 0.1.0 exported.
    """
    maps = [each for each in interpreter.get_tensor_details() if each["dtype"] == np.int8]
    scales = [each["quantization_parameters"]["scales"] for each in maps]
    dense = bool(maps) and any(
        each["op_name"] == "FULLY_CONNECTED" for each in interpreter._get_ops_details()
    )
    return dense or any(len(scale) == 1 and scale[0] < LEAST_SCALE for scale in scales)


def of_faces(classes):
    """Whether the names of a model's classes (iterable of str) are expressions of faces: most of them."""
    names = [name.lower() for name in classes]
    return 2 * sum(name.startswith(EXPRESSIONS) for name in names) > len(names)


def _text(archive, name):
    """A small text of an archive, "" where it is not there; ValueError where it is a large one."""
    if name not in archive.namelist():
        return ""
    with archive.open(name) as file:
        content = file.read(MAXIMUM_BYTES + 1)
    if len(content) > MAXIMUM_BYTES:
        raise ValueError(f"{name} in it has more than {MAXIMUM_BYTES:,} bytes")
    return content.decode("utf-8")
