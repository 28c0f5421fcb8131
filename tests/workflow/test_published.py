"""The numbers that the docs give of finished studies are those of the studies' own tables."""

import csv
import hashlib
import json
import math
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from statistics import mean

import pytest
import yaml

from made_up_pictures import write
from widthwise.evaluation import results
from widthwise.evaluation.claims import claims
from widthwise.evaluation.statistics import wilson_interval
from widthwise.study.planning import Plan

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECIPES = {"fer2013": "study", "fashion-mnist": "clothes", "digits": "digits"}
LENGTHS = {"study": 15, "long": 60}  # epochs of the recipes of the FER2013 study
CONTROLS = {"plain": "plain control", "cnn": "CNN"}
VERDICTS = {"ahead": "MobileNet ahead", "behind": "MobileNet behind", "inconclusive": "cannot tell"}
# What publish.py reads before it copies, and what it copies, of a study that planned no run.
REPORT, ACCURACIES = (f".provenance/{stage}/{stage}.recorded.json" for stage in ("report", "plot_accuracies"))
RECORD = {"ingredients": {"settings": {}}, "upstream": {}, "outputs": {}, "retry": None}
PLANNED = {"sweep.json": '{"runs": []}', "data/manifest.json": '{"stand_in": true}'}
PLANNED |= dict.fromkeys((REPORT, ACCURACIES), json.dumps(RECORD))
MADE = {
    **dict.fromkeys(("runs.csv", "summary.csv", "comparison.json", "exports.csv"), "counted"),
    **dict.fromkeys(("report.html", "try.html"), "written"),
    **dict.fromkeys(("figures/params_vs_validation.png", "figures/params_vs_accuracy.png"), "drawn"),
}
EXPORTED = "format,bytes,recipe,family,width,accuracy_validation"  # columns of exports.csv that ship.py reads


def table(page, heading):
    """The lines of the table under a heading, its own head left out."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = list(takewhile(bool, text[text.index("\n| ") + 1 :].splitlines()))
    return rows[2:]


def differences(dataset, recipe=None):
    """(size, MobileNet, control, its name, difference, verdict) of each comparison, in words.

    recipe: the data set's of ``RECIPES`` by default, since most tables give none.
    """
    comparison = results.read(DOCS / dataset / "comparison.json")
    for pair in comparison.pairs:
        compared = (pair.recipe, pair.family) == (recipe or RECIPES[dataset], "mobilenet")
        for size in pair.budgets if compared else ():
            change = size.splits[comparison.final]
            points = (f"{100 * value:+.1f}" for value in (change.difference, change.low, change.high))
            written = "{} ({} to {})".format(*points).replace("-", "−")
            family, control = f"{change.family:.1%}", f"{change.control:.1%}"
            accuracies = (each.replace("%", " %") for each in (family, control))
            yield f"{size.params:,}", *accuracies, pair.control, written, VERDICTS[change.verdict]


def test_the_differences_in_the_readme():
    assert table("README.md", "What real faces say") == [
        f"| {epochs} | {size} | {family} | {CONTROLS[name]} {control} | {points} | {verdict} |"
        for recipe, epochs in LENGTHS.items()
        for size, family, control, name, points, verdict in differences("fer2013", recipe)
    ]


def test_what_the_readme_says_of_the_published_claims():
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("Of what the experiment published:")[1]
    verdicts = {}
    for claim in claims(results.read(DOCS / "fer2013/comparison.json")):
        verdicts.setdefault(claim.name, {})[claim.recipe] = claim.verdict
    said = [re.findall(r"\*\*(\w+)\*\*", item) for item in text.split("\n\n")[1].split("\n- ")]
    found = [[verdicts[name][recipe] for recipe in LENGTHS] for name in ("few", "large", "growth")]
    assert said == [list(dict.fromkeys(each)) for each in found]  # once where both lengths agree


def test_every_curve_still_rises_as_the_readme_says():
    curves = results.read(DOCS / "fer2013/comparison.json").curves
    assert "all three still rise" in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    rises = [curve.splits["validation"].status for curve in curves if curve.recipe == "study"]
    assert rises == 3 * ["rising"]


def test_what_the_readme_says_of_four_times_the_epochs():
    comparison = results.read(DOCS / "fer2013/comparison.json")
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    told = text.split("The order turns ")[1].split("[docs/fer2013]")[0]
    assert {(pair.base, pair.other) for pair in comparison.recipe_pairs} == {("study", "long")}
    longer = [pair for pair in comparison.recipe_pairs if pair.family == "mobilenet"]
    for control, size in ((pair.control, size) for pair in longer for size in pair.budgets):
        change, other = (each[comparison.final] for each in (size.change, size.other))
        points = (f"{100 * value:+.1f}" for value in (change.difference, change.low, change.high))
        assert other.verdict != size.base[comparison.final].verdict  # as the text says of each
        written = "{} points ({} to {})".format(*points).replace("-", "−")
        said = told.split(f"difference from the {CONTROLS[control]} by ")[1].split("difference from")[0]
        assert f"{written} at {size.params:,}" in said
        if other.verdict == "inconclusive":
            assert f"one of {100 * other.detectable:.1f} points" in told
            assert f"would have been told in {100 * comparison.power:.0f} % of cases" in told
    networks = ("mobilenet/w0.5", "cnn/w0.03")
    ends, beside = (
        [f"{validated(recipe, network, 15):.1f}" for network in networks] for recipe in ("study", "long")
    )
    assert "ends with {} % of validation, the CNN with {} %".format(*ends) in told
    assert "After the 15th of 60 epochs, the rate still high, they have {} and {} %".format(*beside) in told


def validated(recipe, network, epoch):
    """Mean validation accuracy after an epoch over the seeds of a published network, per cent."""
    found = []
    for history in (DOCS / f"fer2013/trained/runs/{recipe}/{network}").glob("seed*/history.csv"):
        with history.open(newline="") as file:
            rows = {int(row["epoch"]): row for row in csv.DictReader(file)}
        found.append(100 * float(rows[epoch]["accuracy_validation"]))
    assert len(found) == 3
    return mean(found)


def test_the_longer_study_holds_the_published_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    base, short, long = (
        yaml.safe_load((ROOT / name).read_text())
        for name in ("config.yaml", "presets/fer2013.yaml", "presets/fer2013-long.yaml")
    )
    assert set(Plan(base | short).runs) < set(Plan(base | short | long).runs)


def test_the_verdicts_of_all_data_sets():
    assert table("docs/does-it-travel.md", "The same question of three data sets") == [
        f"| {dataset} | {size} | {family} | {control} | {points} | {verdict} |"
        for dataset in ("fer2013", "fashion-mnist", "digits")
        for size, family, control, name, points, verdict in differences(dataset)
        if name == "plain"
    ]


def test_the_default_study_beside_four_times_its_epochs():
    assert table("docs/expressions/README.md", "Seven epochs beside 28") == [
        f"| {epochs} | {size} | {family} | {CONTROLS[name]} {control} | {points} | {verdict} |"
        for epochs, recipe in ((7, "quick"), (28, "longer"))
        for size, family, control, name, points, verdict in differences("expressions", recipe)
    ]


def test_fashion_mnist_beside_published_results():
    with (DOCS / "fashion-mnist/summary.csv").open(newline="") as file:
        ours = [
            f"| {row['family']}, width {row['width']} | {int(row['params']):,} |"
            f" {100 * float(row['accuracy_pooled']):.1f} % |"
            for row in csv.DictReader(file)
        ]
    rows = table("docs/does-it-travel.md", "Beside published results")
    assert sorted(row.rsplit(" | ", 1)[0] + " |" for row in rows if "this study" in row) == sorted(ours)
    published = [row for row in rows if "this study" not in row]
    assert len(published) >= 3 and all(re.search(r"\]\(https://", row) for row in published)


def test_what_each_step_towards_a_better_small_model_bought():
    runs, networks, files = (
        list(csv.DictReader((DOCS / f"fer2013-distilled/{name}.csv").read_text().splitlines()))
        for name in ("runs", "summary", "exports")
    )
    epochs = {row["recipe"]: row["epochs"] for row in runs}
    step = {row["recipe"]: row | {"step": f"`{row['recipe']}`"} for row in networks}
    fitting = [row for row in files if row["format"] == "int8" and int(row["bytes"]) <= 100_000]
    best = max(fitting, key=lambda row: float(row["accuracy_validation"]))
    small = best | {"step": f"int8, {int(best['bytes']):,} bytes", "seeds": "1"}
    compared = results.read(DOCS / "fer2013-distilled/comparison.json")
    pictures, expected = compared.splits, []
    for row in (*(step[recipe] for recipe in compared.recipes), small):
        cells = [row["step"], f"{int(row['params']):,}", epochs[row["recipe"]], row["seeds"]]
        for split in ("validation", "public", "private"):
            accuracy = float(row[f"accuracy_{split}"])
            cells.append(f"{100 * accuracy:.1f} %")
        ends = wilson_interval(accuracy * pictures["private"], pictures["private"])
        cells[-1] += f" ({100 * ends[0]:.1f}–{100 * ends[1]:.1f})"
        expected.append(f"| {' | '.join(cells)} |")
    assert table("README.md", "FER2013") == expected


def exported(study):
    """{file: its row} of a table that ``make bench-exports`` wrote."""
    with (DOCS / f"exports/{study}.csv").open(newline="") as file:
        return {row["model"]: row for row in csv.DictReader(file)}


def shipped():
    """The name of the network in models/, of which exports.csv has a row."""
    (path,) = (ROOT / "models").glob("*-int8.tflite")
    return path.stem


def prose(page, heading):
    """What stands under a heading, in one line."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return " ".join(text.split())


def test_what_int8_loses_by_family():
    files = exported("fer2013-families")
    expected = []
    for name in (name for name in files if name.endswith("-int8")):
        int8, float32 = files[name], files[name.replace("int8", "float32")]
        times = f"{float(float32['latency_ms']):.2f} | {float(int8['latency_ms']):.2f}"
        lost = f"{float(int8['points_lost']):.2f} | {float(int8['chance']):.2f}"
        expected.append(f"| {name.split('-')[1]} | {int(int8['bytes']):,} | {lost} | {times} |")
        assert float(int8["points_lost"]) < 0.5
    assert table("docs/exports/README.md", "Every architecture") == expected


def test_the_shipped_network_beside_fer():
    files = exported("fer2013-distilled")
    names = (shipped().replace("int8", "float32"), shipped(), "fer")
    expected = []
    for row in (files[name] for name in names):
        accuracies = (f"{100 * float(row[f'accuracy_{split}']):.1f} %" for split in ("public", "private"))
        times = f"{float(row['latency_ms']):.2f} | {float(row['ratio_to_fer']):.2f}"
        expected.append(f"| {int(row['bytes']):,} | {' | '.join(accuracies)} | {times} |")
    rows = table("docs/exports/README.md", "The shipped network")
    assert [row[row.index(" | ") + 1 :] for row in rows] == expected


def slower(study):
    """{int8 file: how much longer than the float32 file it takes, per cent}."""
    files = {name: row for name, row in exported(study).items() if name.endswith("-int8")}
    return {name: round(100 * float(row["ratio_to_float32"]) - 100, 2) for name, row in files.items()}


def test_how_much_longer_int8_takes():
    told = prose("docs/exports/README.md", "Every architecture")
    found = slower("fer2013-families").values()
    low, high = 10 * math.floor(min(found) / 10), 10 * math.ceil(max(found) / 10)
    assert f" {low} to {high} % longer" in told
    (apart,) = (each for name, each in slower("fer2013-distilled").items() if name.startswith("teacher-"))
    with (DOCS / "fer2013-distilled/summary.csv").open(newline="") as file:
        (params,) = (int(row["params"]) for row in csv.DictReader(file) if row["recipe"] == "teacher")
    assert f" {apart:.0f} % apart in the teacher of {params:,} parameters" in told


def test_what_is_said_of_the_shipped_network_beside_fer():
    told = prose("docs/exports/README.md", "The shipped network")
    files = exported("fer2013-distilled")
    ours, fer = files[shipped()], files["fer"]
    more = int(ours["bytes"]) - int(fer["bytes"])
    assert f" {abs(more):,} bytes {'more' if more > 0 else 'less'}" in told
    for split, name in (("public", "PublicTest"), ("private", "PrivateTest")):
        points = 100 * (float(ours[f"accuracy_{split}"]) - float(fer[f"accuracy_{split}"]))
        before, found, _ = told.partition(f" {abs(points):.1f} points on {name}")
        assert found, f"{points:+.1f} points on {name}"
        assert re.findall("ahead|behind", before)[-1] == ("ahead" if points > 0 else "behind")


@pytest.mark.parametrize("tables", [True, False])
def test_a_finished_study_is_published(finished, tmp_path, root, tables):
    destination = tmp_path / "docs/tiny"
    results = "results/tiny" if tables else finished.folder / "results/tiny"
    command = [sys.executable, root / "scripts/publish.py", results, destination]
    subprocess.run([*command, *["--tables"] * tables], cwd=finished.folder, check=True)
    there = {path.name for path in destination.iterdir()}
    assert {"runs.csv", "summary.csv", "comparison.json", "exports.csv"} <= there
    assert (
        ("report.html.gz" in there)
        == ("params_vs_accuracy.png" in there)
        == ("family_difference.png" in there)
        == ("trained" in there)
        == (not tables)
    )
    if not tables:
        run = "tiny/plain/w0.1/seed1"
        assert (destination / f"trained/runs/{run}/model.keras").exists()
        assert (destination / f"trained/.provenance/train/{run}.recorded.json").exists()


def test_the_network_to_ship_is_put_where_predict_finds_it(finished, tmp_path, root):
    models = tmp_path / "models"
    command = [sys.executable, root / "scripts/ship.py", "results/tiny", "--models", models]
    subprocess.run(command, cwd=finished.folder, check=True)
    sums = [line.split("  ") for line in (models / "SHA256SUMS").read_text().splitlines()]
    int8, float16, card = (models / name for _, name in sums)
    assert int8.name.endswith("-int8.tflite") and float16.name.endswith("-float16.tflite")
    assert card.suffix == ".md" and int8.name in card.read_text("utf-8")
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in (int8, float16, card)] == [
        digest for digest, _ in sums
    ]
    with (finished.folder / "results/tiny/exports.csv").open(newline="") as file:
        files = [row for row in csv.DictReader(file) if row["format"] == "int8"]
    best = max(files, key=lambda row: (float(row["accuracy_validation"]), -int(row["bytes"])))
    assert int8.name == f"{best['run'].rsplit('/', 1)[0].replace('/', '-')}-int8.tflite"
    (models / "README.md").write_text("terms")
    subprocess.run(command, cwd=finished.folder, check=True)
    assert (models / "README.md").read_text() == "terms" and len(list(models.iterdir())) == 5
    card.write_text("mine")
    done = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True)
    assert done.returncode == 1 and f"ship.py: {card}: is not as it was shipped" in done.stderr
    assert card.read_text() == "mine"


def publish(folder, root, *arguments):
    """Ask publish.py for what ``folder`` has of a study; its end."""
    command = [sys.executable, root / "scripts/publish.py", "results/tiny", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_what_is_published_and_what_stays(tmp_path, root):
    run = "quick/plain/w1/seed1"
    drawn = [f"results/tiny/figures/{name}.png" for name in ("family_difference", "other_recipe_effects")]
    trained = [f"runs/{run}/{name}" for name in ("model.keras", "history.csv", "training.json")]
    trained += [f".provenance/train/{run}.recorded.json"]
    found = {
        "sweep.json": json.dumps({"runs": [{"path": f"results/tiny/runs/{run}"}]}),
        ACCURACIES: json.dumps(RECORD | {"outputs": {path: {} for path in drawn}}),
        "figures/family_difference.png": "drawn",
    }
    write(tmp_path / "results/tiny", PLANNED | MADE | dict.fromkeys(trained, "new") | found)
    old = {"README.md": "by hand", "comparison.json": "old", "old.csv": "old"}
    write(
        tmp_path / "docs/tiny",
        old | {"trained/runs/large/model.keras": "kept", f"trained/{trained[0]}": "old"},
    )
    done = publish(tmp_path, root, "docs/tiny")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "docs/tiny: 9 files and 1 trained networks, 0.0 MB in all\n"
    there = {path.relative_to(tmp_path / "docs") for path in (tmp_path / "docs").rglob("*") if path.is_file()}
    shown = {Path(name).name for name in MADE} - {"report.html"} | {"report.html.gz", "family_difference.png"}
    kept = ("README.md", "trained/runs/large/model.keras", *(f"trained/{name}" for name in trained))
    assert there == {Path("tiny", name) for name in (*shown, *kept)}
    assert (tmp_path / "docs/tiny/README.md").read_text() == "by hand"
    assert (tmp_path / f"docs/tiny/trained/{trained[0]}").read_text() == "new"


@pytest.mark.parametrize(
    ("script", "name", "text"),
    [
        ("ship.py", "exports.csv", ""),
        ("ship.py", "exports.csv", "run,bytes\n"),
        (
            "ship.py",
            "exports.csv",
            f"{EXPORTED.replace('accuracy_validation', 'accuracy')}\nint8,1,a,b,1,0.5\n",
        ),
        ("ship.py", "exports.csv", f"{EXPORTED.replace('recipe', 'run')}\nint8,1,a,b,1,0.5\n"),
        ("ship.py", "exports.csv", f"{EXPORTED.replace('width', 'wide')}\nint8,1,a,b,1,0.5\n"),
        ("ship.py", "exports.csv", f"{EXPORTED}\nint8,small,a,b,1,0.5\n"),
        ("publish.py", "sweep.json", "{"),
        ("publish.py", "sweep.json", '{"runs": [1]}'),
        ("publish.py", "data/manifest.json", "{"),
        ("publish.py", REPORT, "{"),
        ("publish.py", ACCURACIES, "{}"),
    ],
)
def test_a_damaged_file_of_a_study_is_one_line(tmp_path, root, script, name, text):
    write(tmp_path / "results/tiny", PLANNED | {name: text})
    places = ["results/tiny", *["docs"] * (script == "publish.py")]
    command = [sys.executable, root / "scripts" / script, *places]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    message = f"{script}: results/tiny/{name}: is damaged; delete it and run the study again\n"
    assert (done.returncode, done.stderr) == (1, message)


@pytest.mark.parametrize(
    ("missing", "destination", "says"),
    [
        ("data/manifest.json", "docs/tiny", "results/tiny/data/manifest.json: missing; run the study first"),
        ("try.html", "docs/tiny", "results/tiny/try.html: missing; run the study first"),
        (REPORT, "docs/tiny", f"results/tiny/{REPORT}: missing; run the study first"),
        (ACCURACIES, "docs/tiny", f"results/tiny/{ACCURACIES}: missing; run the study first"),
        ("", "notes", "{folder}/notes: exists and holds no published study; name another folder"),
        ("", "notes/docs/tiny", "{folder}/notes/docs: Not a directory; nothing was published"),
    ],
)
def test_what_cannot_be_published_is_one_line_and_leaves_nothing(tmp_path, root, missing, destination, says):
    study = PLANNED | MADE
    write(tmp_path / "results/tiny", {name: text for name, text in study.items() if name != missing})
    write(tmp_path, {"notes": "precious"})
    before = sorted(tmp_path.rglob("*"))
    done = publish(tmp_path, root, destination)
    assert (done.returncode, done.stderr) == (1, f"publish.py: {says.format(folder=tmp_path)}\n")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_fails_midway_leaves_what_was_published(tmp_path, root):
    made = {name: text for name, text in MADE.items() if name != "try.html"}
    write(tmp_path / "results/tiny", PLANNED | made | {"try.html/no-file": ""})
    write(tmp_path / "docs/tiny", {"comparison.json": "old"})
    done = publish(tmp_path, root, "docs/tiny")
    says = "publish.py: results/tiny/try.html: Is a directory; nothing was published\n"
    assert (done.returncode, done.stderr) == (1, says)
    assert [path.name for path in (tmp_path / "docs").rglob("*")] == ["tiny", "comparison.json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["results/none"], "results/none/exports.csv: missing; run the study first"),
        (["results/tiny", "--limit", "10"], "results/tiny/exports.csv: has no int8 file of at most 10 bytes"),
        (
            ["results/tiny", "--models", "mine"],
            "{folder}/mine/thesis.txt: is not as it was shipped;"
            " expected a new folder, or one as it was shipped",
        ),
        (
            ["results/tiny", "--models", "/proc/models"],
            "/proc/models: cannot be written (No such file or directory)",
        ),
    ],
)
def test_what_cannot_be_shipped_is_one_line(finished, root, arguments, says):
    write(finished.folder / "mine", {"thesis.txt": "precious", "SHA256SUMS": "0  README.md\n"})
    command = [sys.executable, root / "scripts/ship.py", *arguments]
    done = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"ship.py: {says.format(folder=finished.folder)}\n")
    assert (finished.folder / "mine/thesis.txt").read_text() == "precious"
