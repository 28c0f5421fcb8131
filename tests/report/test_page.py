import base64
import hashlib
import json
import re
import shutil
from html import unescape

import pandas as pd
import pytest

import browsing
import made_up
from widthwise.evaluation import aggregation
from widthwise.evaluation.results import read
from widthwise.export import tflite
from widthwise.report import captions, page, style
from widthwise.report.figures import differences, scatter

REFERENCES = [{"name": "a known one", "params": 73_511, "accuracy": 0.6441, "split": "pooled", "note": "so"}]


def write(root, figures=(), **settings):
    page.write(
        root / "comparison.json",
        root / "runs.csv",
        root / "exports.csv",
        root / "data/manifest.json",
        sorted(root.glob("runs/**/training.json")),
        figures,
        root / "report.html",
        **settings,
    )
    return (root / "report.html").read_text("utf-8")


def draw(root, language):
    """Two of the study's figures, as the rules draw them."""
    runs, summary = (pd.read_csv(root / f"{name}.csv") for name in ("runs", "summary"))
    manifest = json.loads((root / "data/manifest.json").read_text())
    comparison = read(root / "comparison.json")
    drawn = {
        "params_vs_validation_mobilenet": scatter.family_scatter(
            runs, summary, "mobilenet", manifest, language
        ),
        "family_difference": differences.family_difference(comparison, language),
    }
    for name, figure in drawn.items():
        style.save(figure, name, root / f"{name}.svg", root / f"{name}.png")
    return [root / f"{name}.svg" for name in drawn]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of a study with failed runs by language, its report written."""
    folder = tmp_path_factory.mktemp("pages")
    broken = {("plain", 1, 2): "diverged", ("cnn", 2, 1): "absent"}
    first = made_up.study(folder / "en", "crossing", broken=broken)
    second = shutil.copytree(first, folder / "zh-TW")
    for root, language in ((first, "en"), (second, "zh-TW")):
        write(root, draw(root, language), language=language, references=REFERENCES)
    return {"en": first, "zh-TW": second}


def text(page):
    return unescape(re.sub(r"<(style|script|svg).*?</\1>|<[^>]*>", " ", page, flags=re.S))


def test_the_page_needs_nothing_else(pages):
    for root in pages.values():
        page = (root / "report.html").read_text("utf-8")
        assert "<?xml" not in page
        assert not re.search(r'(src|href|action)="(?!#|data:|try\.html")', page)
        assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org|purl\.org|creativecommons)", page)


def test_the_same_inputs_give_the_same_bytes(pages):
    root = pages["en"]
    before = (root / "report.html").read_bytes()
    write(
        root,
        sorted(root.glob("*.svg"), reverse=True),
        references=REFERENCES,
    )
    assert (root / "report.html").read_bytes() == before


def test_both_languages_show_the_same_numbers(pages):
    found = [
        sorted(re.findall(r"\d(?:[\d,.]*\d)?", text((root / "report.html").read_text("utf-8"))))
        for root in pages.values()
    ]
    assert len(found[0]) > 500
    assert found[0] == found[1]


def test_the_page_says_what_stands_in_and_what_is_missing(pages):
    said = text((pages["en"] / "report.html").read_text("utf-8"))
    assert said.count("tand-in data") >= 4  # title, headline, both captions
    assert "34 of 36 planned runs finished" in said
    assert "quick/plain/w0.2/seed2 (diverged: loss is not finite in epoch 3)" in said
    assert "a known one" in said


def test_real_data_are_not_called_a_stand_in(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet", "plain"], seeds=(0,), stand_in=False)
    assert "stand-in" not in text(write(root)).lower()


def test_a_study_without_test_rows_or_pairs_has_a_report(tmp_path):
    splits = {"training": 50, "validation": 200}
    root = made_up.study(tmp_path, only=["cnn"], seeds=(0,), splits=splits, unlabelled=5)
    said = text(write(root))
    assert "no labelled test split" in said
    assert "PublicTest" not in said


def test_one_test_split_has_one_column_and_no_name_of_fer2013(tmp_path):
    splits = {"training": 50, "validation": 200, "private": 200}
    root = made_up.study(tmp_path, only=["mobilenet", "plain"], seeds=(0,), splits=splits, unlabelled=5)
    page = write(root)
    said = text(page)
    assert "PrivateTest" not in said and "PublicTest" not in said
    assert "Test accuracy" in said and "pictures of Test" in said
    assert said.count("Test accuracy (%)") == 4  # networks of two families, exports, runs
    assert "5 unlabelled pictures" in said and "submission.csv" in said


def test_a_study_of_other_pictures_is_not_told_of_faces_or_of_what_it_lacks(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet"], seeds=(0,), stand_in=False)
    page = write(root)
    assert not re.search(r"\bfaces?\b|replaces|[Qq]uestion", text(page))
    assert re.findall(r'<section id="(\w+)"', page)[:4] == ["answer", "mobilenet", "choice", "data"]
    assert '<span class="ordinal">1</span> MobileNet: accuracy by parameters' in page
    assert "submission" not in text(page)


@pytest.mark.parametrize(
    ("families", "title"), [(None, "A small MobileNet and a large CNN"), (1, "MobileNet and CNN")]
)
def test_a_large_cnn_is_told_of_where_there_is_one(tmp_path, families, title):
    root = made_up.study(tmp_path, seeds=(0,))
    result = json.loads((root / "comparison.json").read_text())
    if families:
        result["large_small"][0]["ratio"] = 3.0
    (root / "comparison.json").write_text(json.dumps(result))
    assert f'<h2 id="large-title"><span class="ordinal">1</span> {title}' in write(root)


def test_the_front_page_gives_epochs_and_intervals(pages):
    root = pages["en"]
    page = (root / "report.html").read_text("utf-8")
    front = text(page[: page.index("<nav")])
    finished = pd.read_csv(root / "runs.csv").query("status == 'finished'")
    assert f"{len(finished)} trainings of 12 epochs, " in front and set(finished.epochs) == {12}
    result = read(root / "comparison.json")
    shown = [pair for pair in result.pairs if pair.family == result.families[0]]
    for change in (budget.splits[result.final] for pair in shown for budget in pair.budgets):
        difference, *ends = (
            f"{100 * value:+.1f}".replace("-", "−") for value in (change.difference, change.low, change.high)
        )
        assert re.search(rf"{re.escape(difference)} [a-z ]+\s+{re.escape(' to '.join(ends))}\s", front)


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_recipes_stand_side_by_side_with_what_they_change(tmp_path, language):
    gains = {"long": 0.0, "short": {"mobilenet": -0.3}}
    root = made_up.study(tmp_path, "ahead", recipes=("short", "long"), gains=gains)
    page = write(root, language=language)
    stays, turns = {"en": ("stays", "turns round"), "zh-TW": ("不變", "逆轉")}[language]
    rest = r"(?:(?!</td>)[\s\S])*</td>\s*"
    both = rf'<td class="verdict ahead"{rest}<td class="verdict behind"{rest}'
    assert re.search(rf"MobileNet – \w[^<]*</th>\s*{both}<td>\s*{turns}\s*</td>", page)
    assert f"<td>{stays}</td>" in page  # the plain control against the CNN
    front = page[page.index('id="answer"') : page.index("<nav")]
    headline = text(front)
    heads = r"<th scope=\"col\"[^>]*>[^<]* – [^<]*long[^<]*12[^<]*</th>\s*<th[^>]*>[^<]* – [^<]*short[^<]*12"
    assert re.search(heads, front)  # the front page has both, too
    assert front.count("verdict ahead") == front.count("verdict behind") > 0
    if language == "en":
        assert "verdicts that long (12 epochs) and short (12 epochs) share" in headline
        assert "Recipe long: " in headline or "Recipe short: " in headline
        assert "very last epoch" not in headline


def test_names_of_any_length_and_sign_are_shown(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet"], seeds=(0,))
    manifest = json.loads((root / "data/manifest.json").read_text())
    names = ["Tomato_Yellow_Leaf_Curl_Virus_of_1999", "a|b *c* & <d>", *manifest["classes"][2:]]
    (root / "data/manifest.json").write_text(json.dumps(manifest | {"classes": names}))
    page = write(root)
    assert "<td" in page and all(name in text(page) for name in names[:1])
    assert "a|b *c* &amp; &lt;d&gt;" in page


def test_the_page_may_run_its_own_script_alone(pages):
    page = (pages["en"] / "report.html").read_text("utf-8")
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1))
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'") and f"script-src 'sha256-{digest}'" in policy
    assert "http" not in policy and "script-src 'unsafe" not in policy


def test_the_figure_of_the_data_speaks_of_samples_where_it_has_some(tmp_path):
    root = made_up.study(tmp_path, only=["cnn"], seeds=(0,))
    (root / "class_balance.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"></svg>')
    for samples in (True, False):
        said = text(write(root, [root / "class_balance.svg"], samples=samples))
        assert ("Training pictures of each class" in said) == samples


def test_the_model_to_take_is_chosen_by_validation_within_each_limit(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet"], seeds=(0,))
    files = pd.read_csv(root / "exports.csv")
    files["accuracy_pooled"] = files.accuracy_pooled.to_numpy()[::-1]  # the test splits choose nothing
    files.to_csv(root / "exports.csv", index=False)
    said = text(write(root, size_limits=[225_000, 100, 650_000]))
    assert "at most 100 B" in said
    for limit in (225_000, 650_000, files.bytes.max()):
        fitting = files[files.bytes <= limit]
        best = fitting[fitting.accuracy_validation == fitting.accuracy_validation.max()]
        file = best.loc[best.bytes.idxmin()]
        stem = f"results/made-up/exports/quick-mobilenet-w{file.width:g}"
        assert f"cp {stem}-{file.format}.tflite {stem}.md ." in said


def test_recipes_are_compared_where_there_are_several(tmp_path):
    gains = {"base": 0, "helpful": 0.2}
    root = made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains)
    page = write(root)
    assert "What the training settings change" in text(page)
    assert re.search(r'<th scope="row">helpful<small>.*?verdict ahead', page, flags=re.S)
    said = " ".join(text(page).split())
    base, helpful = (made_up.settings(name)["warmup_epochs"] for name in ("base", "helpful"))
    change = f"warmup_epochs {helpful} instead of {base}"
    assert f"3 seeds: 0, 1 and 2 {change}" in said
    result = json.loads((root / "comparison.json").read_text())
    for found in result["recipe_effects"]:  # settings are chosen on validation
        (other,) = found["others"]
        gain = f"{100 * other['splits']['validation']['difference']:.1f}"
        assert re.search(rf"\+{re.escape(gain)} \([^)]*\) against base ", said)
        for member in (found["base"], other["member"]):  # beside the test accuracy, which chooses nothing
            means = [100 * member["accuracy"][split] for split in ("validation", "pooled")]
            row = member["recipe"] + rf" 3 seeds: 0, 1 and 2 (?:{change} )?"
            assert re.search(row + r"{:.1f} \([^)]*\) {:.1f} \(".format(*means), said)
    assert "Best by validation accuracy, in the mean over seeds: the plain control" in text(page)
    assert "under recipe helpful" in text(page)
    assert "What the training settings change" not in text(
        write(made_up.study(tmp_path / "one", only=["cnn"]))
    )


def test_recipes_that_build_on_one_another_stand_in_one_table(tmp_path):
    """In the order of the sweep, each with the recipe that it is set against."""
    gains = {"one": -0.2, "one+mixup": 0, "another": 0, "one+mixup+dropout": 0.1}
    root = made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains)
    networks = len(json.loads((root / "comparison.json").read_text())["recipe_effects"]) // 2
    page = write(root)
    rows = re.findall(r'<th scope="row">(one|another)(\S*?)<small>.*?(?=</tr>)', page, flags=re.S)
    table = [f"{first}{rest}" for first, rest in rows[: 4 * networks]]
    assert table == networks * list(gains)
    against = re.findall(r"against ([\w+]+)</small>", page)
    assert against == networks * ["one", "one", "one+mixup"]


@pytest.mark.parametrize("says", ["early_stopping: 1", "no early_stopping"])
def test_a_setting_that_only_one_recipe_has_is_named_alone(tmp_path, monkeypatch, says):
    recipes = ["one+early_stopping", "one"] if says.startswith("no ") else ["one", "one+early_stopping"]
    gains = dict.fromkeys(recipes, 0)
    root = made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains)
    monkeypatch.setattr(captions, "order", lambda _: ("recipes", *set(captions.PAGE) - {"recipes"}))
    page = write(root)
    assert f"{says}</small>" in page
    assert re.findall(r'<section id="(\w+)"', page)[:2] == ["answer", "recipes"]


def test_what_int8_leaves_of_the_recipe_that_validates_best(tmp_path):
    gains = {"base": 0, "helpful": 0.2}
    root = made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains)
    said = " ".join(text(write(root)).split())
    files = pd.read_csv(root / "exports.csv").set_index(["family", "width", "recipe", "format"]).sort_index()
    for width in files.index.unique("width"):
        whole, small = (files.loc["plain", width, "helpful", kind] for kind in ("float32", "int8"))
        accuracies = f"{100 * small.accuracy_validation:.1f} {100 * small.accuracy_pooled:.1f} –"
        whole = f"{100 * whole.accuracy_validation:.1f} %"
        of = f"{small.bytes:,} bytes, of {small.run}, whose float32 file validates at {whole}"
        assert f"int8 {of} {accuracies}" in said


def test_what_one_seed_says_of_recipes_is_marked(tmp_path):
    gains = {"base": 0, "helpful": 0.2}
    root = made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains, seeds=(0,))
    said = " ".join(text(write(root)).split())
    assert "cannot tell one seed; the interval counts the pictures alone" in said
    assert "p, corrected" not in said  # a column without a number


def test_names_from_outside_are_text(tmp_path):
    root = made_up.study(tmp_path, only=["cnn"], seeds=(0,))
    manifest = json.loads((root / "data/manifest.json").read_text())
    manifest["classes"][0] = manifest["source"] = "<script>alert(1)</script>"
    (root / "data/manifest.json").write_text(json.dumps(manifest))
    page = write(root, human_agreement={"accuracy": 0.65, "plus_minus": 0.05})
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture(scope="module")
def browser(browser):
    """``browser(folder, width, dark)`` opens the report of a folder and returns the driver."""

    def show(root, *window, **look):
        browsing.show(browser, root / "report.html", *window, **look)
        return browser

    return show


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_loads_cleanly_and_fits(browser, pages, language, width):
    driver = browser(pages[language], width)
    assert driver.get_log("browser") == []
    assert driver.execute_script("return document.documentElement.lang") == language
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("language", "width", "dark"), [("en", 1280, False), ("zh-TW", 390, True)])
def test_the_accessibility_engine_finds_nothing(browser, pages, language, width, dark):
    driver = browser(pages[language], width, dark)
    driver.execute_script("for (const part of document.querySelectorAll('details')) part.open = true")
    assert browsing.violations(driver) == []


def column(driver, index):
    """What the cells of a column of the table of runs say, in the rows that are shown."""
    rows = "[...document.querySelectorAll('.sortable tbody tr:not([hidden])')]"
    return driver.execute_script(f"return {rows}.map(row => row.cells[{index}].textContent.trim())")


def test_runs_are_sorted_by_their_headings(browser, pages):
    driver = browser(pages["en"])
    headings = driver.find_elements("css selector", ".sortable th")
    names = [heading.text.split("\n")[0].split(" (")[0] for heading in headings]
    params, accuracy = names.index("Parameters"), next(i for i, name in enumerate(names) if "Test" in name)
    for index, descending in ((params, False), (params, True), (accuracy, False), (accuracy, True)):
        headings[index].find_element("tag name", "button").send_keys("\n")
        values = [float(value.replace(",", "")) for value in column(driver, index) if value != "–"]
        assert len(values) >= 34
        assert values == sorted(values, reverse=descending)
        sorted_by = headings[index].get_attribute("aria-sort")
        assert sorted_by == ("descending" if descending else "ascending")
    assert column(driver, accuracy)[-1] == "–"  # without a value: last, whichever way


def test_runs_are_filtered_by_words(browser, pages):
    driver = browser(pages["en"])
    assert driver.find_element("id", "shown").text == "35 of 35 runs shown"
    driver.find_element("id", "filter").send_keys("PLAIN diverged")
    assert column(driver, 1) == ["plain"]
    assert driver.find_element("id", "shown").text == "1 of 35 runs shown"
    driver.find_element("id", "filter").send_keys(" nonsense")
    assert column(driver, 1) == []


def test_a_point_tells_its_run_to_mouse_and_keyboard(browser, pages):
    from selenium.webdriver.common.action_chains import ActionChains

    driver = browser(pages["en"])
    tip = driver.find_element("id", "tip")
    assert not tip.is_displayed()
    points = driver.find_elements("css selector", "#params_vs_validation_mobilenet .point")
    assert len(points) >= 4
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", points[-1])
    ActionChains(driver).move_to_element(points[-1]).perform()
    assert tip.is_displayed()
    assert "MobileNet w2" in tip.text
    assert "271,943" in tip.text
    ActionChains(driver).move_to_element(driver.find_element("tag name", "figcaption")).perform()
    assert not tip.is_displayed()
    driver.execute_script("arguments[0].focus({preventScroll: true})", points[0])
    assert tip.text == points[0].get_attribute("aria-label")
    driver.switch_to.active_element.send_keys("\ue00c")  # Escape
    assert not tip.is_displayed()


def test_dark_and_light(browser, pages):
    script = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    assert min(browser(pages["en"]).execute_script(script)) > 200
    driver = browser(pages["en"], dark=True)
    assert max(driver.execute_script(script)) < 60
    plate = "return getComputedStyle(document.querySelector('.plate')).backgroundColor"
    assert driver.execute_script(plate) == "rgb(255, 255, 255)"  # figures are drawn for light paper


def test_the_page_prints_with_everything_unfolded_and_figures_whole(browser, pages):
    driver = browser(pages["en"])
    printed = driver.execute_cdp_cmd("Page.printToPDF", {})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 2
    assert driver.execute_script("return [...document.querySelectorAll('details')].every(part => part.open)")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    breaks = "return [...document.querySelectorAll('figure')].map(one => getComputedStyle(one).breakInside)"
    assert set(driver.execute_script(breaks)) == {"avoid"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_run_that_cannot_even_be_counted_and_a_study_without_exports_have_a_report(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet"], seeds=(0,), broken={("mobilenet", 1, 0): "failed"})
    metrics = sorted(root.glob("runs/**/metrics.json"))
    for path in metrics:
        content = json.loads(path.read_text())
        if content["status"] == "failed":
            counts = ("params", "trainable_params", "non_trainable_params", "macs")
            path.write_text(json.dumps({name: each for name, each in content.items() if name not in counts}))
    aggregation.aggregate(metrics, root / "runs.csv", root / "summary.csv")
    (root / "exports.csv").write_text(",".join(tflite.COLUMNS) + "\n")
    made_up.compare(root)
    page_text = write(root, draw(root, "en"))
    assert "quick/mobilenet/w0.5/seed0 (failed: out of memory)" in page_text
