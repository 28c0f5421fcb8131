"""What a stored model predicts, computed by LiteRT: importing Keras takes longer than most evaluations.

A .keras file holds the layers as Keras describes them, in the order of computation, and their weights. They
are written as a TFLite model, batch normalisation folded into the convolution before it.
"""

import io
import json
import zipfile
from collections import Counter
from math import prod
from pathlib import Path

import h5py
import numpy as np
from ai_edge_litert import schema_py_generated as tflite
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from widthwise.evaluation.graph import Graph
from widthwise.plumbing.errors import UserError

BATCH = 256  # pictures at a time that Keras is asked for
PADDING = {"same": tflite.Padding.SAME, "valid": tflite.Padding.VALID}


class UnknownLayer(Exception):
    """A layer that is not written as TFLite here."""


def predict(model: Path | str, images: NDArray) -> NDArray:
    """Class probabilities of a model file for pictures: float32 (rows, classes).

    They are those of Keras but for rounding.
    model: path of a .keras file; images: uint8 (rows, height, width, channels), mapped or in memory.
    Where there is a layer that is not known here, Keras itself is asked, and the log says so.
    Raises UserError where the file is no Keras model.
    """
    try:
        content = as_tflite(model)
    except UnknownLayer as layer:
        print(f"{model}: {layer} is computed by Keras")
        return _predict_by_keras(model, images)
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    (inputs,), (outputs,) = interpreter.get_input_details(), interpreter.get_output_details()
    probabilities = np.empty((len(images), outputs["shape"][1]), np.float32)
    for row in range(len(images)):  # in batches LiteRT takes as long
        interpreter.set_tensor(inputs["index"], images[row : row + 1].astype(np.float32))
        interpreter.invoke()
        probabilities[row] = interpreter.get_tensor(outputs["index"])[0]
    return probabilities


def _predict_by_keras(model, images):
    import keras

    net = keras.models.load_model(model, compile=False)
    parts = [net.predict_on_batch(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts)


def as_tflite(model: Path | str) -> bytes:
    """The content of a .tflite file that computes what a .keras file does, for one picture at a time.

    It takes float32 (1, height, width, channels), 0 to 255. Raises UnknownLayer, and UserError where the
    file is no Keras model.
    """
    layers, weights, output = _read(model)
    before = {layer["name"]: _names_of_inputs(layer["inbound_nodes"]) for layer in layers}
    uses = Counter(name for names in before.values() for name in names)
    network, tensors = _Network(), {}
    for layer in layers:
        name = layer["name"]
        inputs = [tensors[each] for each in before[name]]
        tensors[name] = network.add(layer["class_name"], layer["config"], inputs, weights.get(name, []))
        if uses[name] > 1:
            network.convolutions.pop(tensors[name], None)
    return network.graph.content(tensors[layers[0]["name"]], tensors[output])


def _read(model):
    """(the layers as Keras describes them, weights by a layer's name, name of the last layer)."""
    try:
        with zipfile.ZipFile(model) as archive:
            config = json.loads(archive.read("config.json"))["config"]
            stored = io.BytesIO(archive.read("model.weights.h5"))
        (output, *_) = config["output_layers"]
        weights = {}
        with h5py.File(stored) as file:
            file.visititems(lambda _, group: weights.update(_weights(group)))
        return config["layers"], weights, output
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise UserError(f"{model}: found no Keras model that can be read ({error})") from None


def _weights(group):
    """{name of the layer: its weights}, if a group of the HDF5 file holds those of a layer."""
    if "name" not in group.attrs:
        return {}
    return {group.attrs["name"]: [group[str(number)][()] for number in range(len(group))]}


def _names_of_inputs(value):
    """The names of the layers whose outputs a layer takes, from how Keras describes it (list)."""
    match value:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [name, *_]}}:
            return [name]
        case dict():
            return _names_of_inputs(list(value.values()))
        case list():
            return [name for each in value for name in _names_of_inputs(each)]
    return []


class _Network:
    """A graph that is made of Keras layers.

    convolutions: {its output: (kernel, bias, shape of a factor per channel)} of each convolution that a
    normalisation can be folded into.
    """

    def __init__(self):
        self.graph = Graph()
        self.convolutions = {}

    def add(self, kind, config, inputs, weights):
        """Add what a layer computes; its output."""
        graph, shape = self.graph, self.graph.shapes[inputs[0]] if inputs else ()
        match kind, config:
            case "InputLayer", {"batch_shape": [_, *picture]}:
                return graph.tensor((1, *picture))
            case "Rescaling", {"scale": scale, "offset": offset}:
                return self._scaled(*inputs, np.float64(scale), np.float64(offset))
            case "Conv2D" | "DepthwiseConv2D", {"dilation_rate": [1, 1], "activation": "linear"}:
                depthwise = kind == "DepthwiseConv2D"
                return self._convolved(*inputs, depthwise, config["strides"], config["padding"], *weights)
            case "BatchNormalization", {"axis": -1, "epsilon": epsilon, "center": True, "scale": True}:
                gamma, beta, mean, variance = map(np.float64, weights)
                factor = gamma / np.sqrt(variance + epsilon)
                return self._scaled(*inputs, factor, beta - mean * factor)
            case "Dropout", _:
                return inputs[0]
            case "ReLU", {"max_value": None | 6 as largest, "negative_slope": 0, "threshold": 0}:
                return graph.add("RELU6" if largest else "RELU", inputs, shape)
            case "Activation", {"activation": "hard_silu" | "sigmoid" as function}:
                return graph.add("LOGISTIC" if function == "sigmoid" else "HARD_SWISH", inputs, shape)
            case "MaxPooling2D" | "AveragePooling2D", {"pool_size": size}:
                return self._pooled(*inputs, kind, size, config["strides"], config["padding"])
            case "GlobalMaxPooling2D" | "GlobalAveragePooling2D", {"keepdims": False}:
                return self._reshaped(self._pooled(*inputs, kind, shape[1:3], (1, 1), "valid"), shape[3:])
            case "Flatten", _:
                return self._reshaped(*inputs, (prod(shape),))
            case "Dense", {"activation": "linear", "use_bias": True, "units": units}:
                kernel, bias = weights
                constants = map(graph.constant, (kernel.T, bias))
                options = tflite.FullyConnectedOptionsT()
                return graph.add("FULLY_CONNECTED", [*inputs, *constants], (1, units), options)
            case "Reshape", {"target_shape": target}:
                return self._reshaped(*inputs, target)
            case "Permute", {"dims": dims}:
                order = (0, *dims)
                return graph.add("TRANSPOSE", [*inputs, graph.constant(order)], [shape[i] for i in order])
            case "Sequential", {"layers": [{"class_name": "InputLayer"}, *layers]}:
                for layer in layers:
                    inputs = [self.add(layer["class_name"], layer["config"], inputs, [])]
                return inputs[0]
            case "Cropping2D", {"cropping": [[0, 0], [start, end]], "data_format": "channels_first"}:
                kept = (*shape[:-1], shape[-1] - start - end)  # it crops channels: see ``networks.model``
                return graph.add("SLICE", [*inputs, *map(graph.constant, ((0, 0, 0, start), kept))], kept)
            case "Add", _ if len(inputs) == 2:
                return graph.add("ADD", inputs, shape)
            case "Multiply", _ if [len(graph.shapes[each]) for each in inputs] == [4, 2]:
                values, factors = inputs
                return graph.add("MUL", [values, self._reshaped(factors, (1, 1, shape[-1]))], shape)
            case "Concatenate", {"axis": -1}:
                channels = sum(graph.shapes[each][-1] for each in inputs)
                options = tflite.ConcatenationOptionsT(axis=len(shape) - 1)
                return graph.add("CONCATENATION", inputs, (*shape[:-1], channels), options)
            case "Softmax", {"axis": -1}:
                return graph.add("SOFTMAX", inputs, shape, tflite.SoftmaxOptionsT(beta=1.0))
        raise UnknownLayer(f"{kind} ({config.get('name')})")

    def _convolved(self, values, depthwise, strides, padding, kernel, bias=None):
        kernel = kernel.transpose(3, 0, 1, 2)  # from (height, width, inputs, outputs or 1)
        channels = kernel.shape[3 if depthwise else 0]
        shape = self._windowed(values, kernel.shape[1:3], strides, padding, channels)
        kernel, bias = map(self.graph.constant, (kernel, np.zeros(channels) if bias is None else bias))
        options = {"padding": PADDING[padding], "strideH": strides[0], "strideW": strides[1]}
        if depthwise:
            kind, options = "DEPTHWISE_CONV_2D", tflite.DepthwiseConv2DOptionsT(depthMultiplier=1, **options)
        else:
            kind, options = "CONV_2D", tflite.Conv2DOptionsT(**options)
        output = self.graph.add(kind, [values, kernel, bias], shape, options)
        self.convolutions[output] = kernel, bias, (-1,) if depthwise else (-1, 1, 1, 1)
        return output

    def _scaled(self, values, factor, offset):
        """The values times a factor plus an offset, both one for all or one per channel."""
        graph, shape = self.graph, self.graph.shapes[values]
        if values in self.convolutions:
            kernel, bias, per_channel = self.convolutions[values]
            graph.constants[kernel] = graph.constants[kernel] * factor.reshape(per_channel)
            graph.constants[bias] = graph.constants[bias] * factor + offset
            return values
        factor, offset = map(graph.constant, (factor, offset))
        return graph.add("ADD", [graph.add("MUL", [values, factor], shape), offset], shape)

    def _pooled(self, values, kind, size, strides, padding):
        shape = self._windowed(values, size, strides, padding, self.graph.shapes[values][3])
        options = {"filterHeight": size[0], "filterWidth": size[1], "padding": PADDING[padding]}
        options = tflite.Pool2DOptionsT(strideH=strides[0], strideW=strides[1], **options)
        return self.graph.add("MAX_POOL_2D" if "Max" in kind else "AVERAGE_POOL_2D", [values], shape, options)

    def _reshaped(self, values, shape):
        shape = (1, *shape)
        return self.graph.add("RESHAPE", [values, self.graph.constant(shape)], shape)

    def _windowed(self, values, size, strides, padding, channels):
        """The shape of what a window gives."""
        height, width = (
            -(-side // stride) if padding == "same" else (side - window) // stride + 1
            for side, window, stride in zip(self.graph.shapes[values][1:3], size, strides, strict=True)
        )
        return 1, height, width, channels
