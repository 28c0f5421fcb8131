"""A computation as a TFLite file, written without TensorFlow."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as tflite
from numpy.typing import NDArray

TYPES = {"f": (np.float32, tflite.TensorType.FLOAT32), "i": (np.int32, tflite.TensorType.INT32)}
WEIGHTS_ALIGNMENT = 16  # bytes, by TFLite's schema


class Graph:
    """Tensors, known by their number, and the operators between them, in the order of computation.

    shapes: of every tensor (list of tuple); constants: {tensor: its values}, which may be replaced until
    ``content`` is asked for.
    """

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.constants: dict[int, NDArray] = {}
        self._operators: list[tuple[str, Sequence[int], int, Any]] = []

    def tensor(self, shape: Sequence[int]) -> int:
        """A tensor of float32 that is put in from outside, or computed."""
        self.shapes.append(tuple(shape))
        return len(self.shapes) - 1

    def constant(self, values: Any) -> int:
        """A tensor of these values, stored as float32 or int32."""
        tensor = self.tensor(np.shape(values))
        self.constants[tensor] = np.asarray(values)
        return tensor

    def add(self, operator: str, inputs: Sequence[int], shape: Sequence[int], options: Any = None) -> int:
        """The tensor that an operator gives.

        operator: its name in TFLite's ``BuiltinOperator``; shape: of what it gives; options: such as
        ``Conv2DOptionsT``.
        """
        output = self.tensor(shape)
        self._operators.append((operator, inputs, output, options))
        return output

    def content(self, inputs: int, outputs: int) -> bytes:
        """The file's content; inputs, outputs: the tensor that is put in, and the one that is asked for."""
        codes = list(dict.fromkeys(operator for operator, *_ in self._operators))
        buffers, tensors = [tflite.BufferT()], []
        for tensor, shape in enumerate(self.shapes):
            values = self.constants.get(tensor)
            stored, kind = TYPES["f" if values is None else values.dtype.kind]
            tensors.append(tflite.TensorT(shape=shape, type=kind))
            if values is not None:
                tensors[-1].buffer = len(buffers)
                buffers.append(tflite.BufferT(np.frombuffer(values.astype(stored).tobytes(), np.uint8)))
        operators = [
            tflite.OperatorT(
                opcodeIndex=codes.index(operator),
                inputs=inputs,
                outputs=[output],
                builtinOptionsType=_options_type(options),
                builtinOptions=options,
            )
            for operator, inputs, output, options in self._operators
        ]
        graph = tflite.SubGraphT(tensors=tensors, inputs=[inputs], outputs=[outputs], operators=operators)
        model = tflite.ModelT(
            version=3, operatorCodes=list(map(_code, codes)), subgraphs=[graph], buffers=buffers
        )
        builder = _AlignedBuilder()
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


class _AlignedBuilder(flatbuffers.Builder):
    def StartVector(self, size: int, count: int, alignment: int) -> int:
        """Begin a vector; bytes are the weights."""
        return super().StartVector(size, count, WEIGHTS_ALIGNMENT if size == 1 else alignment)


def _code(operator):
    code = getattr(tflite.BuiltinOperator, operator)
    return tflite.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=1)


def _options_type(options):
    return getattr(tflite.BuiltinOptions, type(options).__name__.removesuffix("T")) if options else 0
