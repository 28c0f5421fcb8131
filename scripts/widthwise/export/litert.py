"""An exported model as LiteRT runs it: a .tflite file that knows its classes. Needs no TensorFlow.

A ZIP archive behind the model's own bytes, which LiteRT does not read, holds its class names (``labels.txt``)
and, where there is something to beware of, ``warning.txt``: associated files as in
https://ai.google.dev/edge/litert/models/metadata.
"""

import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

LABELS, WARNING = "labels.txt", "warning.txt"
EXPRESSIONS = ("ang", "disg", "fear", "happ", "sad", "surpr", "neutral", "contempt")  # how their names begin


class Model:
    """A classifier of pictures, run on one thread.

    labels: class names (tuple of str); warning: what its maker says to whoever uses it (str, mostly empty);
    input_shape: (height, width, channels) of the pictures it takes.
    """

    def __init__(self, path):
        """path: of a .tflite file with ``LABELS`` in it.

        Raises OSError where there is no such file, ValueError where it is not a model, or one without
        labels.
        """
        content = Path(path).read_bytes()
        try:
            with zipfile.ZipFile(path) as archive:
                self.labels = tuple(archive.read(LABELS).decode("utf-8").splitlines())
                warned = WARNING in archive.namelist()
                self.warning = archive.read(WARNING).decode("utf-8").strip() if warned else ""
        except (zipfile.BadZipFile, KeyError):
            raise ValueError(f"{path}: there is no {LABELS} in it") from None
        (takes,) = Interpreter(model_content=content).get_input_details()
        # XNNPACK of LiteRT 2.3 frees memory twice in an integer dense layer of few units, and aborts.
        plain, quick = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.AUTO
        kernels = plain if takes["dtype"] == np.uint8 else quick
        self._interpreter = Interpreter(
            model_content=content, num_threads=1, experimental_op_resolver_type=kernels
        )
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        self.input_shape = tuple(map(int, self._input["shape"][1:]))

    def probabilities(self, images):
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


def of_faces(classes):
    """Whether the names of a model's classes (iterable of str) are expressions of faces: most of them."""
    names = [name.lower() for name in classes]
    return 2 * sum(name.startswith(EXPRESSIONS) for name in names) > len(names)
