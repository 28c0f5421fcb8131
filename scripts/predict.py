"""Label the faces in a picture or a folder, or an unlabelled test set, with an exported model.

python scripts/predict.py MODEL.tflite PICTURE_OR_FOLDER [--output FOLDER] [--whole | --faces]
python scripts/predict.py MODEL.tflite --test-set test.csv [--output submission.csv]
"""

from pathlib import Path

from widthwise.plumbing.commandline import Parser, run


def main():
    """Write the predictions beside where one stands, or to --output."""
    parser = Parser(prog="predict.py", description="Label pictures, or a test set, with an exported model.")
    parser.add_argument("model", help="a .tflite file that this project exported")
    parser.add_argument("source", nargs="?", metavar="picture", help="a picture, or a folder of pictures")
    parser.add_argument("--test-set", metavar="PATH", help="unlabelled pictures in any form of data set")
    parser.add_argument("--output", help="a new folder (NAME-predictions), or a new CSV (submission.csv)")
    parser.add_argument("--whole", action="store_true", default=None, help="take each picture as it is")
    parser.add_argument("--faces", action="store_false", dest="whole", help="find the faces in each picture")
    arguments = parser.parse_args()
    if (arguments.source is None) == (arguments.test_set is None):
        parser.error("expected either a picture (or a folder) or --test-set")

    from widthwise.export import prediction  # with OpenCV and LiteRT: not needed to say a mistake

    classifier = prediction.Classifier(arguments.model)
    if arguments.test_set:
        prediction.predict_test_set(classifier, arguments.test_set, arguments.output or "submission.csv")
    else:
        source = Path(arguments.source).resolve()
        name = source.name if source.is_dir() else source.stem  # folders a.2023 and a.2024 are two
        output = arguments.output or f"{name}-predictions"
        prediction.predict_pictures(classifier, arguments.source, output, arguments.whole)


if __name__ == "__main__":
    run(main, "predict.py")
