"""Label the faces in a picture or a folder, or an unlabelled test set, with an exported model.

Where none is named, the int8 file of models/ is used.
"""

from pathlib import Path

from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError

MODELS = Path(__file__).parents[1] / "models"
USAGE = """predict.py [MODEL.tflite] PICTURE_OR_FOLDER [--output FOLDER] [--whole | --faces]
       predict.py [MODEL.tflite] --test-set test.csv [--output submission.csv]"""


def main():
    """Write the predictions beside where one stands, or to --output."""
    about = "Label pictures, or a test set, with an exported model (if none is named, that of models/)."
    parser = Parser(prog="predict.py", usage=USAGE, description=about)
    parser.add_argument("paths", nargs="*", metavar="PICTURE_OR_FOLDER", help="one picture, or one folder")
    parser.add_argument("--test-set", metavar="PATH", help="unlabelled pictures in any form of data set")
    parser.add_argument("--output", help="a new folder (NAME-predictions), or a new CSV (submission.csv)")
    taken = parser.add_mutually_exclusive_group()
    taken.add_argument(
        "--whole",
        action="store_true",
        default=None,
        help="take each picture as it is, even by a model of faces",
    )
    taken.add_argument(
        "--faces", action="store_false", dest="whole", help="find the faces, even for a model of other things"
    )
    arguments = parser.parse_intermixed_args()
    given = [*arguments.paths, *["--test-set"] * (arguments.test_set is not None)]
    model, *sources = given if given and given[0].endswith(".tflite") else [None, *given]
    if len(sources) != 1:
        expected = "expected one picture, one folder or --test-set, after MODEL.tflite if any"
        parser.error(f"found {' '.join(given) or 'nothing'}, {expected}")
    if arguments.test_set is not None and arguments.whole is not None:
        parser.error("found --whole or --faces with --test-set, whose pictures are always taken whole")
    model = model or shipped()

    try:
        from widthwise.export import prediction  # with OpenCV and LiteRT: not needed to say a mistake
    except ModuleNotFoundError as error:
        expected = "expected the packages of requirements-predict.txt, in the environment that is active"
        raise UserError(f"found no package {error.name}; {expected}") from None

    classifier = prediction.Classifier(model)
    if arguments.test_set is not None:
        prediction.predict_test_set(classifier, arguments.test_set, arguments.output or "submission.csv")
    else:
        source = Path(sources[0]).resolve()
        name = source.name if source.is_dir() else source.stem  # folders a.2023 and a.2024 are two
        output = arguments.output or f"{name}-predictions"
        prediction.predict_pictures(classifier, sources[0], output, arguments.whole)


def shipped():
    """The path of the model that the repository ships. Raises UserError where there is none, or several."""
    names = [path.name for path in sorted(MODELS.glob("*-int8.tflite"))]
    if len(names) != 1:
        expected = (
            "expected one int8 file, as scripts/ship.py puts it there, or predict.py MODEL.tflite PICTURE"
        )
        raise UserError(f"{MODELS}: found {', '.join(names) or 'no model'}; {expected}")
    return MODELS / names[0]


if __name__ == "__main__":
    run(main, "predict.py")
