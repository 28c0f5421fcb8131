"""The plain Keras script, as the documentation writes it: layers, compile, fit. One process, all threads."""

import sys

import keras

import study
from widthwise.networks.model import build

folder, family, width = sys.argv[1:]
images, labels = study.training_arrays(folder)
settings = study.AUGMENTATION
model = keras.Sequential(
    [
        keras.Input(study.SHAPE),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(settings["rotation"] / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(settings["shift"], settings["shift"], fill_mode="nearest"),
        keras.layers.RandomZoom(settings["zoom"], fill_mode="nearest"),
        build(study.layers_of(family, float(width)), study.SHAPE),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(study.LEARNING_RATE),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
study.serve(lambda: model.fit(images, labels, batch_size=study.BATCH, verbose=0))
