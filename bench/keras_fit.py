"""The plain Keras script, as the documentation writes it: layers, compile, fit. One process, all threads."""

import sys

import keras

import study
from widthwise.networks.model import build

folder, family, width = sys.argv[1:]
images, labels = study.training_arrays(folder)
settings = study.AUGMENTATION
if settings["shear"] or settings["erasing"]:
    sys.exit("keras_fit.py: Keras has no layers for shear and erasing as they are here; expected 0")
rotation, shift, zoom = settings["rotation"] / 360, settings["shift"], settings["zoom"]
border = {"fill_mode": "nearest"}
changes = [
    (settings["flip"], lambda: keras.layers.RandomFlip("horizontal")),
    (rotation, lambda: keras.layers.RandomRotation(rotation, **border)),
    (shift, lambda: keras.layers.RandomTranslation(shift, shift, **border)),
    (zoom, lambda: keras.layers.RandomZoom(zoom, **border)),
]
augmentation = [layer() for wanted, layer in changes if wanted]
network = build(study.layers_of(family, float(width)), study.SHAPE)
model = keras.Sequential([keras.Input(study.SHAPE), *augmentation, network])
averaging = study.RECIPE["weight_averaging"]
model.compile(
    optimizer=keras.optimizers.Adam(
        study.LEARNING_RATE, use_ema=averaging > 0, ema_momentum=averaging or None
    ),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
study.serve(lambda: model.fit(images, labels, batch_size=study.BATCH, verbose=0))
