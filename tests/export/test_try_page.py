"""The page that runs a network, in a real browser: it reads and computes what predict.py does.

Its study is made up: a small network with random weights, whose answers are as far apart as a trained one's.
"""

import base64
import io
import json
import re
from html import unescape

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.wait import WebDriverWait

import browsing
from widthwise.data.readers.pictures import fitted, opened
from widthwise.data.synthetic import expressions
from widthwise.export import folding, prediction, tflite, try_page
from widthwise.networks import architectures, layers, model
from widthwise.networks.layers import (
    AveragePool,
    BatchNorm,
    ChannelShuffle,
    ChannelSlice,
    Concat,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    HardSwish,
    MaxPool,
    ReLU,
    ReLU6,
    Residual,
    Scale,
    Sigmoid,
)
from widthwise.plumbing.errors import UserError

SECONDS = 120  # to wait for an answer on a busy machine
RUN = "quick/mobilenet/w0.25/seed1"
SPLITS = ("validation", "public", "private", "pooled")
NETWORKS = {
    "windows": (
        *(Conv(4, 5, stride=3), ReLU(), MaxPool(2), HardSwish(), AveragePool(3, 2)),
        *(Conv(6, 2), DepthwiseConv(4, stride=2), ReLU6(), Flatten(), Dense(3)),
    ),
    "groups": (Conv(6, 3), ReLU(), Conv(6, 3, groups=3), ChannelShuffle(3), GlobalMaxPool(), Dense(3)),
    "branches": (
        *(BatchNorm(), Conv(4, 3, stride=2), ReLU(), Residual((ReLU(), DepthwiseConv(3), Conv(4, 1)))),
        *(Concat(((), (ChannelSlice(2, 2), Conv(3, 3)))), AveragePool(3, 1)),
        Scale((GlobalAveragePool(), Dense(2), ReLU(), Dense(7), Sigmoid())),
        *(GlobalAveragePool(), Dense(3)),
    ),
}


def with_answers_apart(network, shape, pictures):
    """A Keras model with random weights whose probabilities of these pictures are far apart."""
    keras.utils.set_random_seed(0)
    net, dice = model.build(network, shape), np.random.default_rng(0)
    for layer in model.described(net):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(dice.uniform(0.5, 2, layer.gamma.shape))
            layer.beta.assign(dice.normal(0, 0.5, layer.beta.shape))
            layer.momentum = 0
    net(pictures, training=True)  # its averages are those of these pictures
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.99
    logits = keras.Model(net.inputs, net.layers[-1].input)
    last = model.described(net)[-1]
    kernel, bias = last.get_weights()
    found = logits.predict(pictures, verbose=0)
    scale = 1 / found.std(axis=0).mean()  # apart, but no pixel decides
    last.set_weights([kernel * scale, (bias - found.mean(axis=0)) * scale])
    return net


def drawn(rows):
    """Drawn faces, a class after the other: uint8 (rows, 48, 48, 1)."""
    return expressions.draw(np.arange(rows) % 7, [[row] for row in range(rows)])[..., None]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study's folder with one network, its exports and its page in two languages."""
    root, classes = tmp_path_factory.mktemp("study"), list(expressions.CLASSES)
    pictures = drawn(60)
    network = architectures.network("mobilenet", 0.25, 7, image_shape=(48, 48, 1))
    net = with_answers_apart(network, (48, 48, 1), pictures)
    for folder in (f"runs/{RUN}", "data", "exports"):
        (root / folder).mkdir(parents=True)
    net.save(root / f"runs/{RUN}/model.keras")
    np.save(root / "data/images.npy", pictures)
    training = {"start": 0, "stop": 60, "per_class": [9, 9, 9, 9, 8, 8, 8]}
    manifest = {"dataset": "drawn", "image_shape": [48, 48, 1], "classes": classes, "stand_in": True}
    manifest["splits"] = {"training": training}
    (root / "data/manifest.json").write_text(json.dumps(manifest))
    rows = []
    for kind, content in tflite.convert(network, net, pictures, classes).items():
        (root / f"exports/{kind}.tflite").write_bytes(content)
        row = {"run": RUN, "family": "mobilenet", "width": 0.25, "params": 6671, "format": kind}
        row |= {"bytes": len(content), "latency_ms": 0.25, **{f"accuracy_{split}": 0.6 for split in SPLITS}}
        rows.append(row)
    pd.DataFrame(rows, columns=tflite.COLUMNS).to_csv(root / "exports.csv", index=False)
    write(root, languages=["en", "zh-TW"])
    return root


def write(root, into=None, languages=("en",), manifest=None, **settings):
    """Write the pages of a study; the text of the first."""
    into = into or root
    if manifest:
        (into / "manifest.json").write_text(json.dumps(manifest))
    pages = [into / ("try.html" if language == "en" else f"try.{language}.html") for language in languages]
    try_page.write(
        root / "exports.csv",
        root / "runs",
        root / "data/images.npy",
        into / "manifest.json" if manifest else root / "data/manifest.json",
        pages,
        languages,
        **settings,
    )
    return pages[0].read_text("utf-8")


def text(page):
    return " ".join(unescape(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.S)).split())


class Page:
    """The page in the browser."""

    def __init__(self, driver):
        self.driver = driver
        self.file, self.frame, self.canvas = (self[name] for name in ("file", "frame", "picture"))

    def __getitem__(self, name):
        return self.driver.find_element("id", name)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def after(self, action, *arguments):
        """Do something, and wait for the network's answer: probabilities, float (classes,)."""
        self.run("for (const bar of bars) bar.lastElementChild.value = ''")
        action(*arguments)
        WebDriverWait(self.driver, SECONDS, 0.05).until(lambda _: all(self.values()))
        return np.array(self.values(), float)

    def values(self):
        return self.run("return bars.map((bar) => bar.lastElementChild.value)")

    def problem(self):
        """What the page says is wrong, once it says something."""
        return WebDriverWait(self.driver, SECONDS).until(lambda _: self["problem"].text)

    def box(self):
        """(left, top, right, bottom) of what is read."""
        left, top, width, height = self.run("return [box.left, box.top, box.width, box.height]")
        return left, top, left + width, top + height

    def press(self, *keys):
        return self.after(lambda: self.frame.send_keys(*keys))


@pytest.fixture
def show(browser, study):
    """``show(name, width, dark)`` opens one of the study's pages (Page)."""

    def show(name="try.html", *window, **look):
        browsing.show(browser, study / name, *window, **look)
        browser.get_log("browser")
        return Page(browser)

    return show


@pytest.fixture
def page(show):
    return show()


@pytest.fixture(scope="module")
def scripts(root):
    """What network.js and reading.js define, in a script that goes on."""
    folder = root / "scripts/widthwise/export"
    return "\n".join((folder / name).read_text("utf-8") for name in ("network.js", "reading.js"))


# What it computes


@pytest.mark.parametrize("name", [*NETWORKS, *architectures.names()])
def test_a_network_computes_what_keras_computes(browser, scripts, name):
    family, channels = name in architectures.names(), 3 if name == "resnet" else 1
    shape = (32, 32, channels) if family else (11, 14, channels)
    network = NETWORKS.get(name) or architectures.network(name, 0.1, 3, 0.1, shape)
    pictures = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype=np.uint8)
    folded = folding.fold(network, with_answers_apart(network, shape, pictures))
    stored = [tuple(part.astype(np.float16).astype(np.float32) for part in pair) for pair in folded.weights]
    expected = folding.build(folding.Folded(folded.network, tuple(stored)), shape).predict_on_batch(pictures)
    data = try_page.network_data(folded)
    run = """
        const [{layers: network, weights}, shape, pictures] = arguments;
        attach(network, float16(weights));
        return pictures.map((pixels) => probabilities(network, shape, pixels));
    """
    found = browser.execute_script(scripts + run, data, shape, [each.ravel().tolist() for each in pictures])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.1


def test_weights_are_those_of_the_float16_file(browser, scripts):
    values = np.array([0, -1, 1e-7, 6e-5, 0.1, -65504, 3.14159], np.float16)
    data = try_page.network_data(
        folding.Folded((Conv(7, 1),), ((np.ones((1, 1, 1, 7), np.float32), values.astype(np.float32)),))
    )
    found = browser.execute_script(f"{scripts}\nreturn [...float16(arguments[0])]", data["weights"])
    np.testing.assert_array_equal(np.float16(found), np.r_[np.ones(7), values].astype(np.float16))


def test_every_layer_that_folding_leaves_has_its_function(root):
    script = (root / "scripts/widthwise/export/network.js").read_text("utf-8")
    names = {each.__name__ for each in layers.Layer.__args__} - {"BatchNorm", "Dense", "Dropout"}
    try_page._require_layers([{"layer": name} for name in names], script)
    with pytest.raises(UserError, match=r"network\.js: has no Convolution; expected"):
        try_page._require_layers([{"layer": "Residual", "layers": [{"layer": "Convolution"}]}], script)


@pytest.mark.parametrize("color", ["grey", "rgb"])
def test_parts_of_pictures_are_read_as_pillow_reads_them(browser, scripts, color):
    dice = np.random.default_rng(0)
    for height, width in ((1, 3), (48, 48), (20, 31), (300, 201)):
        pixels = dice.integers(0, 256, (height, width, 4), dtype=np.uint8)
        pixels[..., 3] = 255
        picture = Image.fromarray(pixels).convert("RGB")
        for box in ((0, 0, width, height), (width // 3, height // 4, width, max(1, height // 2))):
            run = """
                const [rgba, width, height, channels, left, top, right, bottom] = arguments;
                const picture = {width, height, planes: planes(rgba, channels)};
                return [...read(picture, {left, top, width: right - left, height: bottom - top}, 48)];
            """
            channels = {"grey": 1, "rgb": 3}[color]
            found = browser.execute_script(
                scripts + run, pixels.ravel().tolist(), width, height, channels, *box
            )
            expected = fitted(picture.crop(box), 48, color)
            np.testing.assert_array_equal(found, expected.ravel(), f"{width}x{height} {box}")


def twenty(folder):
    """Twenty picture files of many kinds and sizes (list of Path)."""
    faces = [Image.fromarray(face[..., 0]) for face in drawn(20)]
    paths = []
    for number, face in enumerate(faces):
        side = (48, 31, 90, 333, 700)[number % 5]
        face = face.resize((side, round(side * (1, 0.8, 1.3)[number % 3])), Image.Resampling.BICUBIC)
        tinted = Image.merge(
            "RGB", [face, face.point(lambda value: value * 0.8), face.point(lambda v: 255 - v)]
        )
        kind = ("png", "jpg", "webp", "gif", "bmp")[number // 4]
        picture = (face, tinted)[number % 2]
        exif, options = Image.Exif(), {}
        if kind == "jpg":
            exif[0x0112] = (6, 8, 3, 1)[number % 4]  # how it is to be turned
            options = {"exif": exif, "quality": 95}
        if kind == "webp":
            options = {"lossless": number % 4 < 2, "quality": 95}
        if kind == "png" and number % 2:
            picture.putalpha(face)  # dark is transparent
        paths.append(folder / f"{number}.{kind}")
        picture.save(paths[-1], **options)
    return paths


def test_twenty_pictures_get_the_probabilities_of_the_exported_model(page, study, tmp_path):
    classifier = prediction.Classifier(study / "exports/float16.tflite")
    labels, differences = [], []
    for number, path in enumerate(twenty(tmp_path)):
        found = page.after(page.file.send_keys, str(path))
        picture = opened(path, path)
        assert page.box() == (0, 0, *picture.size), path  # upright
        if number % 2:
            found = page.press("---", *number % 3 * ["\ue014"], "\ue015")  # smaller, to the right, down
            left, top, right, bottom = page.box()
            assert right - left == bottom - top < min(picture.size), path
        (expected,) = classifier.judge(picture, [page.box()])
        labels.append(expected.argmax())
        differences.append(np.abs(found - expected).max())
    assert max(differences) < 0.02, differences
    assert len(set(labels)) >= 3  # pictures that are told apart


# What it says


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize(("name", "dark"), [("try.html", False), ("try.zh-TW.html", True)])
def test_the_page_is_whole_fits_and_is_accessible(show, study, tmp_path, name, width, dark):
    driver = show(name, width, dark).driver
    content = (study / name).read_text("utf-8")
    assert not re.search(r'(src|href|action)="(?!#|data:|report)', content)
    assert not re.search(r"url\(|@import|https?://", content)
    page = Page(driver)
    assert browsing.violations(driver) == []
    Image.fromarray(drawn(1)[0, ..., 0]).resize((300, 200)).save(tmp_path / "a.png")
    page.after(page.file.send_keys, str(tmp_path / "a.png"))
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert browsing.violations(driver) == []
    assert driver.get_log("browser") == []
    assert re.search(r"\d ?(ms in|毫秒)", page["took"].text)
    assert page["said"].text.startswith(page.driver.find_element("css selector", "#bars .top span").text)


def test_the_page_says_what_it_is_and_what_it_is_not_fit_for(study):
    said = text((study / "try.html").read_text("utf-8"))
    row = pd.read_csv(study / "exports.csv").set_index("format").loc["int8"]
    for sentence in (
        "MobileNet w0.25 with 6,671 parameters: it takes a picture for one of 7 classes.",
        "No picture leaves this machine.",
        "of no use on real ones",
        "Not for decisions about people.",
        "Probabilities were not calibrated",
        f"int8 in LiteRT {row.bytes:,} 0.25 60.0",
    ):
        assert sentence in said
    assert (study / "try.html").stat().st_size < 3e6


def test_a_page_of_other_pictures_is_not_told_of_faces(study, tmp_path):
    manifest = json.loads((study / "data/manifest.json").read_text())
    manifest |= {"classes": ["<b>1</b>", *"234567"], "stand_in": False}
    page = write(study, tmp_path, manifest=manifest)
    assert not re.search(r"\bfaces?\b|people|drew", text(page))
    assert "<b>" not in page and "<b>1</b>" in text(page)


def test_a_study_without_exports_has_a_page_that_says_so(study, tmp_path):
    (tmp_path / "exports.csv").write_text(",".join(tflite.COLUMNS) + "\n")
    (tmp_path / "data").symlink_to(study / "data")
    page = write(tmp_path)
    assert "no exported network that this page could hold" in text(page) and "<script" not in page


def table(*rows):
    columns = ["run", "format", "bytes", "accuracy_validation"]
    return pd.DataFrame(rows, columns=columns)


def test_the_network_is_the_one_that_the_report_names():
    files = table(
        *(("small", "float16", 150, 0.60), ("small", "int8", 90, 0.59)),
        *(("large", "float16", 600, 0.70), ("large", "int8", 300, 0.69)),
        *(("huge", "float16", 2 * 10**6 + 1, 0.80), ("huge", "int8", 10**6, 0.80)),
    )
    for limits, run, met in (
        ((), "large", None),
        ((650, 100), "small", 100),
        ((50, 400), "large", 400),
        ((50,), "large", None),
    ):
        chosen, limit = try_page.choose(files, limits)
        assert (chosen["run"], limit) == (run, met)
    assert try_page.choose(table()) == (None, None)


# How it is used


def test_what_is_no_picture_is_one_line_and_the_last_one_stays(page, tmp_path):
    Image.new("L", (60, 40), 90).save(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    before = page.after(page.file.send_keys, str(tmp_path / "good.png"))
    page.file.send_keys(str(tmp_path / "broken.png"))
    assert page.problem().startswith("broken.png: found no whole picture")
    np.testing.assert_array_equal(page.press("0"), before)
    page.after(page.file.send_keys, str(tmp_path / "good.png"))
    assert page["problem"].text == ""


def test_transparency_is_laid_on_white_and_a_very_large_picture_is_reduced(page, study, tmp_path):
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    clear = page.after(page.file.send_keys, str(tmp_path / "clear.png"))
    coarse = Image.fromarray(drawn(4)[3, ..., 0]).resize((8, 8))  # it looks the same however it is reduced
    coarse.resize((7000, 6000), Image.Resampling.BICUBIC).save(tmp_path / "large.jpg", quality=90)
    large = page.after(page.file.send_keys, str(tmp_path / "large.jpg"))
    _, _, width, height = page.box()
    assert 15e6 < width * height < 17e6
    classifier = prediction.Classifier(study / "exports/float16.tflite")
    for found, path in ((clear, "clear.png"), (large, "large.jpg")):
        picture = opened(tmp_path / path, path)
        (expected,) = classifier.judge(picture, [(0, 0, *picture.size)])
        np.testing.assert_allclose(found, expected, atol=0.02)


def test_a_picture_is_dropped(page):
    file = io.BytesIO()
    Image.new("L", (30, 40), 120).save(file, "png")
    drop = """
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(arguments[0])], "dropped.png"));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    """
    page.after(page.run, drop, list(file.getvalue()))
    assert page.box() == (0, 0, 30, 40)


@pytest.mark.parametrize("size", [(5000, 3), (1200, 100), (3, 5000)])
def test_a_picture_of_any_shape_leaves_the_answer_in_the_window(page, tmp_path, size):
    Image.new("L", size, 120).save(tmp_path / "strip.png")
    page.after(page.file.send_keys, str(tmp_path / "strip.png"))
    assert page.box() == (0, 0, *size)
    window, answer = page.run("return innerWidth"), page["said"].rect
    assert answer["x"] + answer["width"] <= window
    assert page.run("return document.documentElement.scrollWidth") <= window


@pytest.fixture
def wide(page, tmp_path):
    """The page with a picture of 300 x 200 pixels."""
    Image.fromarray(drawn(1)[0, ..., 0]).resize((300, 200)).save(tmp_path / "wide.png")
    page.after(page.file.send_keys, str(tmp_path / "wide.png"))
    return page


def test_the_square_is_moved_and_sized_by_keyboard(wide):
    wide.press("-")
    left, top, right, bottom = wide.box()
    assert right - left == bottom - top == 182 and (left + right, top + bottom) == pytest.approx(
        (300, 200), abs=1
    )
    wide.press("\ue012", "\ue013")  # left, up
    assert wide.box() == (left - 9, 0, right - 9, 182)
    wide.press(*20 * ["+"])
    assert wide.box()[1::2] == (0, 200) and wide.box()[2] - wide.box()[0] == 200
    wide.press(*60 * ["-"])
    assert wide.box()[2] - wide.box()[0] == 8
    wide.press("0")
    assert wide.box() == (0, 0, 300, 200)


def test_the_square_is_moved_and_sized_by_mouse(wide):
    scale = wide.canvas.size["width"] / 300
    corners = wide.driver.find_elements("css selector", ".handle")
    drag = ActionChains(wide.driver).drag_and_drop_by_offset
    wide.after(drag(corners[3], -160 * scale, -90 * scale).perform)  # the lower right one
    assert wide.box() == pytest.approx((0, 0, 140, 140), abs=2)
    wide.after(ActionChains(wide.driver).drag_and_drop_by_offset(wide.frame, 50 * scale, 130 * scale).perform)
    assert wide.box() == pytest.approx((50, 60, 190, 200), abs=2)
    beside = ActionChains(wide.driver).move_to_element_with_offset(wide.canvas, 120 * scale, -60 * scale)
    wide.after(beside.click().perform)
    assert wide.box() == pytest.approx((160, 0, 300, 140), abs=2)
    wide.after(wide["whole"].click)
    assert wide.box() == (0, 0, 300, 200)


def test_the_square_is_sized_by_two_fingers(wide):
    wide.press("-", "-", "-")
    before = wide.box()
    x, y, width, height = wide.run(
        "const at = frame.getBoundingClientRect(); return [at.x, at.y, at.width, at.height]"
    )

    def touch(kind, apart):
        places = (x + width / 2 - apart, x + width / 2 + apart) if apart else ()
        points = [{"x": each, "y": y + height / 2, "id": number} for number, each in enumerate(places)]
        wide.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 80)
    wide.after(touch, "touchMove", 40)
    touch("touchEnd", 0)
    after = wide.box()
    assert after[2] - after[0] == pytest.approx((before[2] - before[0]) / 2, abs=3)
    assert sum(after[::2]) == pytest.approx(sum(before[::2]), abs=3)


def test_a_drawing_is_read_as_it_grows(page, study):
    sheet = page.after(page["draw"].click)
    assert not page.frame.is_displayed()
    pen = ActionChains(page.driver).move_to_element_with_offset(page.canvas, -90, -40).click_and_hold()
    drawn = page.after(pen.move_by_offset(180, 0).move_by_offset(-60, 90).release().perform)
    assert np.abs(drawn - sheet).max() > 0.01
    url = page.run("return canvas.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")
    classifier = prediction.Classifier(study / "exports/float16.tflite")
    (expected,) = classifier.judge(picture, [(0, 0, *picture.size)])
    np.testing.assert_allclose(drawn, expected, atol=0.02)
    np.testing.assert_array_equal(page.after(page["clear"].click), sheet)


def test_one_draws_in_the_tones_of_the_training_pictures(page, study, tmp_path):
    assert not page.run("return given.dark")
    np.save(tmp_path / "images.npy", np.zeros((60, 48, 48, 1), np.uint8))
    manifest = json.loads((study / "data/manifest.json").read_text())
    assert try_page._dark_ground(np.load(tmp_path / "images.npy"), manifest)


@pytest.mark.parametrize("permission", ["granted", "denied"])
def test_a_camera_is_read_until_it_is_stopped_and_one_that_is_not_given_is_one_line(page, permission):
    setting = {"permission": {"name": "camera"}, "setting": permission}
    page.driver.execute_cdp_cmd("Browser.setPermission", setting)
    if permission == "denied":
        page["camera"].click()
        assert page.problem() == "The browser gives this page no camera (Permission denied)."
        assert page["camera"].text == "Camera"
        return
    page.after(page["camera"].click)
    assert page["camera"].text == "Stop the camera"
    page["camera"].click()
    assert page["camera"].text == "Camera" and page.run("return video.srcObject") is None
    last = page.after(page["whole"].click)
    np.testing.assert_array_equal(page.press("0"), last)


def test_a_browser_without_cameras_is_offered_none(page):
    run = "Object.defineProperty(Navigator.prototype, 'mediaDevices', {value: undefined})"
    added = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": run})
    page.driver.refresh()
    assert not page["camera"].is_displayed() and page["draw"].is_displayed()
    page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_of_many_classes_the_most_probable_are_shown(browser, study, tmp_path):
    names = [f"class {number}" for number in range(20)]
    network = (Flatten(), Dense(20))
    net = with_answers_apart(network, (48, 48, 1), np.load(study / "data/images.npy"))
    (tmp_path / f"runs/{RUN}").mkdir(parents=True)
    net.save(tmp_path / f"runs/{RUN}/model.keras")
    manifest = json.loads((study / "data/manifest.json").read_text())
    manifest |= {"classes": names, "splits": {"training": {"start": 0, "stop": 60, "per_class": 20 * [3]}}}
    (tmp_path / "exports.csv").write_text((study / "exports.csv").read_text())
    (tmp_path / "data").symlink_to(study / "data")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(architectures, "network", lambda *_, **__: network)
        write(tmp_path, tmp_path, manifest=manifest)
    browsing.show(browser, tmp_path / "try.html")
    page = Page(browser)
    found = page.after(page["draw"].click)
    bars = browser.find_elements("css selector", "#bars li")
    shown = [bar.text.split("\n")[0] for bar in bars if bar.is_displayed()]
    assert len(shown) == 12 and shown[0] == names[found.argmax()]
    ranked = found[[names.index(name) for name in shown]]
    np.testing.assert_array_equal(ranked, np.sort(found)[::-1][:12])
