"""Label the faces in a picture or a folder, or an unlabelled test set, with an exported model.

python scripts/predict.py [MODEL.tflite] PICTURE_OR_FOLDER [--output FOLDER] [--whole | --faces]
python scripts/predict.py [MODEL.tflite] --test-set test.csv [--output submission.csv]

Where none is named, the int8 file of models/ is used.
"""

from pathlib import Path

from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError

MODELS = Path(__file__).parents[1] / "models"


def main():
    """Write the predictions beside where one stands, or to --output."""
    parser = Parser(prog="predict.py", description="Label pictures, or a test set, with an exported model.")
    parser.add_argument(
        "paths", nargs="*", metavar="[model.tflite] picture", help="a picture, or a folder of pictures"
    )
    parser.add_argument("--test-set", metavar="PATH", help="unlabelled pictures in any form of data set")
    parser.add_argument("--output", help="a new folder (NAME-predictions), or a new CSV (submission.csv)")
    taken = parser.add_mutually_exclusive_group()
    taken.add_argument("--whole", action="store_true", default=None, help="take each picture as it is")
    taken.add_argument("--faces", action="store_false", dest="whole", help="find the faces in each picture")
    arguments = parser.parse_intermixed_args()
    paths = arguments.paths
    model = paths.pop(0) if paths and paths[0].endswith(".tflite") else None
    if len(paths) != (arguments.test_set is None):
        found = " ".join([*paths, *["--test-set"] * (arguments.test_set is not None)]) or "neither"
        parser.error(
            f"found {found}, expected a picture (or a folder) or --test-set, after MODEL.tflite if any"
        )
    model = model or shipped()

    from widthwise.export import prediction  # with OpenCV and LiteRT: not needed to say a mistake

    classifier = prediction.Classifier(model)
    if arguments.test_set:
        prediction.predict_test_set(classifier, arguments.test_set, arguments.output or "submission.csv")
    else:
        source = Path(paths[0]).resolve()
        name = source.name if source.is_dir() else source.stem  # folders a.2023 and a.2024 are two
        output = arguments.output or f"{name}-predictions"
        prediction.predict_pictures(classifier, paths[0], output, arguments.whole)


def shipped():
    """The path of the model that the repository ships. Raises UserError where there is none."""
    found = sorted(MODELS.glob("*-int8.tflite"))
    if not found:
        expected = "expected predict.py MODEL.tflite PICTURE, or one that scripts/ship.py put there"
        raise UserError(f"{MODELS}: holds no model; {expected}")
    return found[0]


if __name__ == "__main__":
    run(main, "predict.py")
