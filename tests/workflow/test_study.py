"""The whole study through the real command: what it leaves, and how it fails."""

import csv
import fcntl
import json
import random
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import chaos
from workflow.project import Project

TINY = "presets/tiny.yaml"


def rows(project, dataset="tiny"):
    """runs.csv as a list of dicts."""
    with (project / f"results/{dataset}/runs.csv").open() as file:
        return list(csv.DictReader(file))


def last_line(output):
    return output.strip().splitlines()[-1]


def test_a_finished_study_has_everything_at_its_place(finished):
    results = finished / "results/tiny"
    for name in ("runs.csv", "summary.csv", "comparison.json", "exports.csv", "sweep.json", "report.html"):
        assert (results / name).stat().st_size > 0, name
    assert {row["status"] for row in rows(finished)} == {"finished"}
    for row in rows(finished):
        run = results / "runs" / f"{row['recipe']}/{row['family']}/w{row['width']}/seed{row['seed']}"
        training = json.loads((run / "training.json").read_text())
        metrics = json.loads((run / "metrics.json").read_text())
        history = (run / "history.csv").read_text().splitlines()
        assert len(history) == 1 + training["epochs"] == 3
        assert training["settings"]["batch_size"] == 32 and training["versions"]["tensorflow"]
        assert float(row["accuracy_public"]) == metrics["splits"]["public"]["accuracy"]
        pooled = [metrics["splits"][split] for split in ("public", "private", "pooled")]
        assert pooled[0]["correct"] + pooled[1]["correct"] == pooled[2]["correct"]
        assert sum(map(sum, pooled[2]["confusion"])) == pooled[2]["rows"] == 140
        assert len((run / "predictions.csv").read_text().splitlines()) == 1 + sum(
            metrics["splits"][split]["rows"] for split in ("validation", "public", "private")
        )
    figures = {path.stem for path in (results / "figures").glob("*.svg")}
    assert figures == {path.stem for path in (results / "figures").glob("*.png")}
    assert {"params_vs_validation_mobilenet", "params_vs_accuracy", "learning_curves"} <= figures
    files = {path.name for path in (results / "exports").glob("[!.]*")}  # Snakemake leaves a stamp there
    networks = ("tiny-mobilenet-w0.1", "tiny-mobilenet-w0.2", "tiny-plain-w0.1")
    endings = (".md", "-float32.tflite", "-float16.tflite", "-int8.tflite")
    assert files == {network + ending for network in networks for ending in endings}
    assert "cp results/tiny/exports/" in (results / "report.html").read_text()
    assert not list(results.rglob(".part-*")) and not list((results / ".state").iterdir())


def test_a_model_loads_in_plain_keras(finished):
    """In a process that knows nothing of this project, with the accuracy that the study states."""
    run = finished / "results/tiny/runs/tiny/plain/w0.1/seed1"
    data = finished / "results/tiny/data"
    program = (
        "import json, keras, numpy as np\n"
        f"model = keras.models.load_model(r'{run}/model.keras')\n"
        f"images, labels = np.load(r'{data}/images.npy'), np.load(r'{data}/labels.npy')\n"
        f"part = json.load(open(r'{data}/manifest.json'))['splits']['private']\n"
        "rows = slice(part['start'], part['stop'])\n"
        "print((model.predict(images[rows], verbose=0).argmax(1) == labels[rows]).mean())\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd="/")
    stated = json.loads((run / "metrics.json").read_text())["splits"]["private"]["accuracy"]
    assert float(last_line(told.stdout)) == pytest.approx(stated, abs=1e-6), told.stderr


def test_snakemakes_own_report_holds_the_figures(finished, tmp_path):
    page = tmp_path / "study.html"
    finished.snakemake("--report", page)
    text = page.read_text()
    assert all(name in text for name in ("params_vs_accuracy", "learning_curves", "confusion_matrices"))
    assert "7. How the networks learnt" in text and "Learning curves" in text
    assert "Loss and accuracy by epoch; validation solid, training dotted" in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("epochs: 2", "epoch: 2", "recipes.tiny.epoch: unknown key; did you mean epochs?"),
        (
            "widths: [0.1], ",
            "budgets: [9], ",
            "sweep[1].budgets: family plain: no width up to 64 comes within 10 %",
        ),
        ("generator: expressions", "path: faces.csv", "datasets.tiny.path: faces.csv does not exist"),
    ],
)
def test_a_bad_config_is_one_line_and_touches_nothing(project, old, new, says):
    before = (project / "results/tiny/runs.csv").read_text()
    project.replace(TINY, old, new)
    if "path:" in new:  # nothing was prepared from it yet
        (project / "results/tiny/data/manifest.json").unlink()
    output = project.snakemake(fails=True)
    lines = [line for line in output.splitlines() if line.startswith("widthwise: ")]
    assert len(lines) == 1 and says in lines[0]
    assert "Traceback" not in output
    assert (project / "results/tiny/runs.csv").read_text() == before


def test_a_mistyped_target_fails_at_once(project):
    run = "results/tiny/runs/tiny/plain/w0.2/seed1"
    assert "no run of the sweep" in last_line(project.snakemake(f"{run}/model.keras", fails=True))


def test_bad_data_end_with_a_line_that_names_file_and_row(root, tmp_path):
    project = Project(tmp_path / "project", root)
    good = " ".join(["7"] * 2304)
    table = ["emotion,pixels,Usage", f"0,{good},Training", f"1,{good[:-2]},PublicTest"]
    (project / "faces.csv").write_text("\n".join(table) + "\n")
    project.replace(TINY, "generator: expressions", "path: faces.csv")
    project.replace(TINY, "    rows: {training: 280, public: 70, private: 70}\n", "")
    output = project.snakemake(fails=True)
    assert "faces.csv" in last_line(output) and "2303" in last_line(output).replace(",", "")
    assert "results/tiny/logs/prepare.log" in last_line(output)
    assert not list((project / "results/tiny/data").glob("*.npy"))


def test_a_mistake_in_gathering_is_met_once(project):
    """It stays one: only what the study can go on without is tried again."""
    old = "    aggregation.aggregate("
    project.replace("scripts/aggregate.py", old, '    raise UserError("odd metrics")\n' + old)
    project.replace("scripts/aggregate.py", "import job\n", "import UserError, job\n")
    output = project.snakemake("results/tiny/runs.csv", fails=True)
    assert "aggregate failed: odd metrics" in last_line(output)
    assert output.count("Error in rule aggregate") == 1


@pytest.mark.slow
def test_a_folder_of_colour_pictures_and_unlabelled_ones(root, tmp_path):
    """Other classes, another size, colour; and predictions of the pictures without a label."""
    project = Project(tmp_path / "project", root)
    dice = np.random.default_rng(0)
    for kind, shade in (("cat", 60), ("dog", 120), ("owl", 180)):
        for index in range(20):
            path = project / f"animals/{kind}/{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.clip(dice.normal(shade, 20, (40, 30, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(path)
    (project / "presets/animals.yaml").write_text(
        "dataset: animals\n"
        "datasets:\n  animals: {path: animals, color: rgb, image_size: 32}\n"
        "recipes:\n  tiny: {epochs: 1, batch_size: 16}\n"
        "sweep:\n  - {recipe: tiny, family: mobilenet, widths: [0.1], seeds: [1]}\n"
    )
    project.snakemake(preset="presets/animals.yaml")
    manifest = json.loads((project / "results/animals/data/manifest.json").read_text())
    assert manifest["classes"] == ["cat", "dog", "owl"] and manifest["image_shape"] == [32, 32, 3]
    (row,) = rows(project, "animals")
    assert row["accuracy_pooled"]
    assert "animals" in (project / "results/animals/report.html").read_text()


@pytest.mark.slow
def test_a_course_data_set_yields_submissions(root, tmp_path):
    project = Project(tmp_path / "project", root)
    dice = np.random.default_rng(0)

    def picture():
        return " ".join(map(str, dice.integers(0, 256, 48 * 48)))

    (project / "course").mkdir(parents=True)
    labelled = [f"{index % 7},{picture()}" for index in range(140)]
    (project / "course/train.csv").write_text("\n".join(["label,feature", *labelled]) + "\n")
    unlabelled = [f"{index},{picture()}" for index in range(5)]
    (project / "course/test.csv").write_text("\n".join(["id,feature", *unlabelled]) + "\n")
    (project / "presets/course.yaml").write_text(
        "dataset: course\n"
        "datasets:\n  course: {path: course, classes: 7}\n"
        "recipes:\n  tiny: {epochs: 1, batch_size: 16}\n"
        "sweep:\n  - {recipe: tiny, family: plain, widths: [0.1], seeds: [1]}\n"
    )
    project.snakemake(preset="presets/course.yaml")
    submission = project / "results/course/runs/tiny/plain/w0.1/seed1/submission.csv"
    with submission.open() as file:
        found = list(csv.DictReader(file))
    assert [row["id"] for row in found] == ["0", "1", "2", "3", "4"]
    assert all(0 <= int(row["label"]) < 7 for row in found)


@pytest.mark.slow
def test_runs_that_diverge_or_fail_are_rows_and_the_rest_is_reported(project):
    (project / "scripts/widthwise/networks/architectures/broken.py").write_text(
        "import sys\n"
        "from widthwise.networks.layers import Dense, Flatten\n"
        "def network(width, classes, dropout):\n"
        "    if 'keras' in sys.modules:\n        raise ValueError('no dropout here')\n"
        "    return (Flatten(), Dense(classes))\n"
    )
    with (project / TINY).open("a") as file:
        file.write("  - {recipe: tiny, family: broken, widths: [1], seeds: [1]}\n")
        file.write("  - {recipe: wild, family: plain, widths: [0.1], seeds: [1]}\n")
        file.write("  - {recipe: taught, family: plain, widths: [0.1], seeds: [1]}\n")
        file.write("  - {recipe: misled, family: plain, widths: [0.1], seeds: [1]}\n")
    teachers = "{recipe: tiny, family: broken, width: 1, seeds: [1]}"
    taught = f"taught: {{epochs: 1, distillation: {{teachers: {teachers}}}}}"
    teachers = "{recipe: wild, family: plain, width: 0.1, seeds: [1]}"
    misled = f"misled: {{epochs: 1, distillation: {{teachers: {teachers}}}}}"
    wild = "wild: {epochs: 3, learning_rate: 1.0e+30}"
    project.replace(TINY, "sweep:", f"  {wild}\n  {taught}\n  {misled}\n\nsweep:")
    output = project.snakemake()
    status = {(row["recipe"], row["family"]): row["status"] for row in rows(project)}
    assert status["wild", "plain"] == "diverged" and status["tiny", "broken"] == "failed"
    assert status["tiny", "mobilenet"] == "finished" and status["taught", "plain"] == "failed"
    (log,) = project.folder.glob("results/tiny/logs/distil/tiny-broken-w1-*/seed1.log")
    teaching = log.read_text()
    assert "a teacher failed: results/tiny/runs/tiny/broken/w1/seed1/training.json" in teaching
    (log,) = project.folder.glob("results/tiny/logs/distil/wild-plain-w0.1-*/seed1.log")
    teaching = log.read_text()
    assert "a teacher diverged: results/tiny/runs/wild/plain/w0.1/seed1/training.json" in teaching
    assert status["misled", "plain"] == "failed"
    end = output.strip().splitlines()[-4:]
    assert any("taught/plain/w0.1/seed1 failed" in line and "a teacher failed" in line for line in end)
    assert any("broken/w1/seed1 failed" in line and "no dropout here" in line for line in end)
    assert any("wild/plain/w0.1/seed1 diverged" in line and "logs/train/wild" in line for line in end)
    report = (project / "results/tiny/report.html").read_text()
    assert "broken" in report and "diverged" in report
    again = project.would_run()
    assert "train tiny/broken/w1/seed1" in again and "train wild/plain/w0.1/seed1" not in again


@pytest.mark.slow
def test_two_sweeps_from_scratch_agree(finished, tmp_path, root):
    again = Project(tmp_path / "project", root)
    again.snakemake("results/tiny/runs.csv")
    one, other = rows(finished), rows(again)
    for row in (*one, *other):
        for name in chaos.TIMED:
            del row[name]
    assert one == other


def test_a_second_snakemake_on_the_same_results_is_refused(project):
    project.replace(TINY, "epochs: 2", "epochs: 1")
    with (project / "results/tiny/.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        output = project.snakemake(fails=True)
        assert "another Snakemake is at work on results/tiny" in output
    assert project.would_run()


def test_a_dry_run_beside_a_running_study_leaves_its_results_alone(project):
    def state():
        return {path: path.read_bytes() for path in (project / "results").rglob("*") if path.is_file()}

    project.replace(TINY, "epochs: 2", "epochs: 1")
    with (project / "results/tiny/.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = state()
        assert "train tiny/plain/w0.1/seed1" in project.would_run()
        project.snakemake(fails=True)
        assert state() == before


@pytest.mark.slow
def test_killed_at_random_moments_a_sweep_ends_with_the_same_results(tmp_path):
    found = chaos.chaos(tmp_path, 3, random.Random(1))
    assert found["differing"] == [] and found["kills"] == 3
