"""Which edit re-runs which jobs: the specification, one row per edit.

Each row edits a copy of a finished tiny study and asks Snakemake what it would run. What comes
after the data preparation is only known when that has run, so those rows run for real, below.
"""

import json
import os
import re
import shutil

import pytest

from workflow.project import Project

MOBILENETS = {"tiny/mobilenet/w0.1/seed1", "tiny/mobilenet/w0.2/seed1"}
PLAIN = {"tiny/plain/w0.1/seed1"}
RUNS = MOBILENETS | PLAIN
NOTHING = set()
CLASSES = {"plot_classes tiny"}
FIGURES = {f"plot_{what} tiny" for what in ("accuracies", "exports", "training", "errors")}
REPORT = {"report tiny"}
TRY = {"try_page tiny"}
GATHERING = {"aggregate tiny", "compare tiny", "export tiny"} | FIGURES | REPORT | TRY
EXPORT = {"export tiny", "plot_exports tiny"} | REPORT | TRY


def evaluations(runs):
    """The jobs that follow when these runs are evaluated anew."""
    return {f"evaluate {run}" for run in runs} | GATHERING


def trainings(runs):
    """The jobs that follow when these runs are trained anew."""
    return {f"train {run}" for run in runs} | evaluations(runs)


def replace(path, old, new):
    return lambda project: project.replace(path, old, new)


def append(path, text):
    return lambda project: (project / path).write_text((project / path).read_text() + text)


def touch_everything(project):
    for path in project.folder.rglob("*"):
        os.utime(path)


def edit_but_look_old(path, old, new):
    def edit(project):
        project.replace(path, old, new)
        os.utime(project / path, (1e9, 1e9))

    return edit


def fresh_clone(project):
    shutil.rmtree(project / ".snakemake")
    touch_everything(project)


def move_to_a_new_place(project):
    clone = project.folder.with_name("clone")
    shutil.copytree(
        project.folder, clone, ignore=shutil.ignore_patterns(".snakemake"), copy_function=shutil.copy
    )
    project.folder = clone


def truncate(path):
    return lambda project: os.truncate(project / path, (project / path).stat().st_size // 2)


def flip_a_byte(path):
    def edit(project):
        content = bytearray((project / path).read_bytes())
        content[len(content) // 2] ^= 1
        (project / path).write_bytes(content)

    return edit


def flip_a_byte_and_look_untouched(path):
    def edit(project):
        before = (project / path).stat()
        flip_a_byte(path)(project)
        os.utime(project / path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit


def remove(path):
    return lambda project: (project / path).unlink()


def several(*edits):
    def edit(project):
        for each in edits:
            each(project)

    return edit


SCRIPTS = "scripts/widthwise"
LANGUAGES = "scripts/widthwise/report/languages"
TINY = "presets/tiny.yaml"
SCHEMA = "schemas/config.schema.yaml"
RUN = "results/tiny/runs/tiny/plain/w0.1/seed1"
EXPORTED = "results/tiny/exports/tiny-plain-w0.1-int8.tflite"
RECORD = "results/tiny/.provenance/train/tiny/plain/w0.1/seed1.recorded.json"


def new_setting(before):
    """A setting that the schema has before another one."""
    return replace(
        SCHEMA, f"      {before}:", f"      novelty: {{type: integer, default: 3}}\n      {before}:"
    )


EDITS = {
    # Nothing that matters
    "nothing": (lambda project: None, NOTHING),
    "every file touched, code, data and results": (touch_everything, NOTHING),
    "a fresh clone with the results copied in": (move_to_a_new_place, NOTHING),
    "Snakemake's own records lost": (fresh_clone, NOTHING),
    "a comment in the training": (append(f"{SCRIPTS}/training/loop.py", "\n# a comment\n"), NOTHING),
    "a docstring in the training": (
        replace(f"{SCRIPTS}/training/loop.py", '"""One training run', '"""A training run'),
        NOTHING,
    ),
    "a log line in plumbing": (
        replace(
            f"{SCRIPTS}/plumbing/job.py",
            " is gone; this job ends with it",
            " has gone; this job ends with it",
        ),
        NOTHING,
    ),
    "an error's message in plumbing": (
        replace(f"{SCRIPTS}/plumbing/supervision.py", "training failed: ", "the training failed: "),
        NOTHING,
    ),
    "an error's message in the networks": (
        replace(f"{SCRIPTS}/networks/counts.py", "no count for layer", "nothing counts layer"),
        NOTHING,
    ),
    "an annotation of a function in plumbing": (
        replace(
            f"{SCRIPTS}/plumbing/files.py", "def sync(path: str | Path)", "def sync(path: 'str | bytes')"
        ),
        NOTHING,
    ),
    "an annotation of a function in the training": (
        replace(
            f"{SCRIPTS}/training/batches.py",
            "def mixup_lambda(alpha: float",
            "def mixup_lambda(alpha: 'complex'",
        ),
        NOTHING,
    ),
    "what starts and watches a training": (
        append(f"{SCRIPTS}/plumbing/supervision.py", "\nX = 1\n"),
        NOTHING,
    ),
    "a comment in a script": (append("scripts/train.py", "\n# a comment\n"), NOTHING),
    # Code
    "a script": (append("scripts/train.py", "\nX = 1\n"), trainings(RUNS)),
    "a script, with an old file time": (
        several(
            append("scripts/evaluate.py", "\nX = 1\n"),
            lambda p: os.utime(p / "scripts/evaluate.py", (1e9, 1e9)),
        ),
        evaluations(RUNS),
    ),
    "a training step": (
        replace(f"{SCRIPTS}/training/step.py", "return alpha * hard_loss", "return 0 + alpha * hard_loss"),
        trainings(RUNS),
    ),
    "a module the training imports": (append(f"{SCRIPTS}/training/loop.py", "\nX = 1\n"), trainings(RUNS)),
    "a module that a module of it imports": (
        append(f"{SCRIPTS}/training/augmentation.py", "\nX = 1\n"),
        trainings(RUNS),
    ),
    "one family": (
        append(f"{SCRIPTS}/networks/architectures/mobilenet.py", "\nX = 1\n"),
        trainings(MOBILENETS),
    ),
    "another family": (append(f"{SCRIPTS}/networks/architectures/plain.py", "\nX = 1\n"), trainings(PLAIN)),
    "a family that is not in the sweep": (
        append(f"{SCRIPTS}/networks/architectures/cnn.py", "\nX = 1\n"),
        NOTHING,
    ),
    "a new family's file": (
        lambda p: shutil.copy(
            p / f"{SCRIPTS}/networks/architectures/cnn.py", p / f"{SCRIPTS}/networks/architectures/another.py"
        ),
        NOTHING,
    ),
    "the evaluation": (append(f"{SCRIPTS}/evaluation/evaluation.py", "\nX = 1\n"), evaluations(RUNS)),
    "the aggregation": (
        append(f"{SCRIPTS}/evaluation/aggregation.py", "\nX = 1\n"),
        GATHERING - {"plot_errors tiny"},
    ),
    "what all figures share": (
        append(f"{SCRIPTS}/report/figures/common.py", "\nX = 1\n"),
        CLASSES | FIGURES | REPORT,
    ),
    "one kind of figure": (
        append(f"{SCRIPTS}/report/figures/sizes.py", "\nX = 1\n"),
        {"plot_exports tiny"} | REPORT,
    ),
    "the report's phrases": (append(f"{LANGUAGES}/en/report.yaml", "more: more\n"), REPORT),
    "the phrases of another language": (append(f"{LANGUAGES}/zh-TW/report.yaml", "more: more\n"), NOTHING),
    "what quantities are called": (
        append(f"{LANGUAGES}/en/labels.yaml", "more: more\n"),
        CLASSES | FIGURES | REPORT | TRY,
    ),
    "the model card's phrases": (append(f"{LANGUAGES}/en/card.yaml", "more: more\n"), EXPORT),
    "the export": (append(f"{SCRIPTS}/export/tflite.py", "\nX = 1\n"), EXPORT),
    "the runner of exported models": (append(f"{SCRIPTS}/export/litert.py", "\nX = 1\n"), EXPORT),
    "the model card's template": (append(f"{SCRIPTS}/export/model_card.md.j2", "\nmore\n"), EXPORT),
    "the page that runs a network": (append(f"{SCRIPTS}/export/network.js", "// more\n"), TRY),
    "what that page says": (append(f"{LANGUAGES}/en/try.yaml", "more: more\n"), TRY),
    "the look of both pages": (append(f"{SCRIPTS}/report/report.css", "a { color: red }\n"), REPORT | TRY),
    "the report's template": (append(f"{SCRIPTS}/report/report.html.j2", "\n<p>\n"), REPORT),
    "a module no job imports": (append(f"{SCRIPTS}/report/progress.py", "\nX = 1\n"), NOTHING),
    # Settings
    "a setting of the recipe": (replace(TINY, "epochs: 2", "epochs: 1"), trainings(RUNS)),
    "a setting back at its default, written out": (
        replace(TINY, "epochs: 2", "epochs: 2\n    dropout: 0.1"),
        NOTHING,
    ),
    "keys in another order": (
        replace(TINY, "rotation: 10, shift: 0.05, zoom: 0.05", "zoom: 0.05, shift: 0.05, rotation: 10"),
        NOTHING,
    ),
    "a new setting at its default": (new_setting("batch_size"), NOTHING),
    "a new setting of the data set at its default": (new_setting("image_size"), NOTHING),
    "a new setting of the report at its default": (
        several(
            new_setting("samples"),
            replace("rules/report.smk", '"samples"', '"samples", "novelty"'),
            replace(
                "rules/figures.smk", "*figures.settings(section)", '*figures.settings(section), "novelty"'
            ),
        ),
        NOTHING,
    ),
    "a new setting, set": (
        several(new_setting("batch_size"), replace(TINY, "epochs: 2", "epochs: 2\n    novelty: 4")),
        trainings(RUNS),
    ),
    "another default of a setting": (
        replace(SCHEMA, '/fraction"\n        default: 0.1', '/fraction"\n        default: 0.2'),
        trainings(RUNS),
    ),
    "another recipe": (replace("config.yaml", "    batch_size: ", "    batch_size: 2"), NOTHING),
    "another data set": (replace("config.yaml", "{training: ", "{training: 1"), NOTHING),
    "the report's language": (append(TINY, "\nreport: {language: zh-TW}\n"), CLASSES | FIGURES | EXPORT),
    "the size limits": (
        append(TINY, "\nreport: {size_limits: [20000]}\n"),
        {"plot_accuracies tiny", "plot_exports tiny"} | REPORT | TRY,
    ),
    # The sweep
    "a width more": (
        replace(TINY, "[0.1, 0.2]", "[0.1, 0.2, 0.3]"),
        trainings({"tiny/mobilenet/w0.3/seed1"}),
    ),
    "a seed more": (
        replace(TINY, "widths: [0.1], seeds: [1]", "widths: [0.1], seeds: [1, 2]"),
        trainings({"tiny/plain/w0.1/seed2"}),
    ),
    "a family more": (
        append(TINY, "  - {recipe: tiny, family: cnn, widths: [0.01], seeds: [1]}\n"),
        trainings({"tiny/cnn/w0.01/seed1"}),
    ),
    "a width less": (replace(TINY, "[0.1, 0.2]", "[0.1]"), GATHERING),
    "the sweep in another order": (replace(TINY, "[0.1, 0.2]", "[0.2, 0.1]"), NOTHING),
    "the same width as a budget": (
        replace(TINY, "family: plain, widths: [0.1]", "family: plain, budgets: [5302]"),
        NOTHING,
    ),
    # Damage
    "a model cut short": (truncate(f"{RUN}/model.keras"), trainings(PLAIN)),
    "a model with one bit wrong": (flip_a_byte(f"{RUN}/model.keras"), trainings(PLAIN)),
    "a model with one bit wrong and its old file time": (
        flip_a_byte_and_look_untouched(f"{RUN}/model.keras"),
        trainings(PLAIN),
    ),
    "a model deleted": (remove(f"{RUN}/model.keras"), trainings(PLAIN)),
    "metrics edited by hand": (
        replace(f"{RUN}/metrics.json", '"correct": ', '"correct": 1'),
        evaluations(PLAIN),
    ),
    "an exported model with one bit wrong": (flip_a_byte(EXPORTED), EXPORT),
    "an exported model deleted": (remove(EXPORTED), EXPORT),
    "a model card edited by hand": (append("results/tiny/exports/tiny-plain-w0.1.md", "x\n"), EXPORT),
    "the benchmark of a training deleted": (
        remove("results/tiny/benchmarks/train/tiny/plain/w0.1/seed1.tsv"),
        NOTHING,
    ),
    "a record lost": (remove(RECORD), trainings(PLAIN)),
    "a record cut short": (truncate(RECORD), trainings(PLAIN)),
    "a table edited by hand": (
        append("results/tiny/runs.csv", "x\n"),
        GATHERING - {"plot_errors tiny"},
    ),
}


# Those of a part of the project that re-run nothing are tried in one go.
WHOLE = ("nothing", "every file touched, code, data and results", "Snakemake's own records lost")
WHOLE += ("a fresh clone with the results copied in",)
HARMLESS = [edit for edit, (_, expected) in EDITS.items() if expected == NOTHING and edit not in WHOLE]


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit not in HARMLESS])
def test_an_edit_re_runs_exactly(project, edit):
    change, expected = EDITS[edit]
    change(project)
    assert project.would_run() == expected


def test_edits_that_do_not_matter_re_run_nothing(project, finished, tmp_path):
    for edit in HARMLESS:
        EDITS[edit][0](project)
    if project.would_run() == NOTHING:
        return
    for edit in HARMLESS:  # which it is
        alone = Project.of(shutil.copytree(finished.folder, tmp_path / edit, symlinks=True))
        EDITS[edit][0](alone)
        assert (edit, alone.would_run()) == (edit, NOTHING)
    pytest.fail("something runs after all edits, and after none by itself")


def test_a_study_of_prepared_data_is_planned_once(project):
    """Snakemake plans what follows a checkpoint a second time; thousands of runs would feel that."""
    append("scripts/train.py", "\nX = 1\n")(project)
    assert "checkpoint" not in project.snakemake("--dry-run")


def test_two_settings_that_swap_their_values(finished, tmp_path, root):
    """Snakemake alone would not see this one: the set of values stays the same."""
    project = Project(tmp_path / "project", root)
    shutil.copytree(finished / "results", project / "results")
    project.replace("presets/tiny.yaml", "rotation: 10, shift: 0.05", "rotation: 0.05, shift: 0.1")
    project.replace("presets/tiny.yaml", "zoom: 0.05", "zoom: 0.1")
    before = project.would_run()
    assert before == trainings(RUNS)


def test_data_prepared_again_to_the_same_content_train_nothing(project):
    append(f"{SCRIPTS}/data/preparation.py", "\nX = 1\n")(project)
    assert project.run() == {"prepare tiny"}
    assert project.would_run() == NOTHING


@pytest.mark.slow
def test_data_of_other_content_run_everything(project):
    project.replace("presets/tiny.yaml", "training: 280", "training: 210")
    assert project.run() == {"prepare tiny"} | trainings(RUNS) | CLASSES
    assert project.would_run() == NOTHING


@pytest.mark.slow
def test_a_training_made_again_is_evaluated_even_if_the_study_ended_in_between(project):
    truncate(f"{RUN}/model.keras")(project)
    assert project.run(f"{RUN}/model.keras") == {f"train {run}" for run in PLAIN}
    assert project.would_run() == evaluations(PLAIN)


def test_other_test_data_are_evaluated_but_train_nothing(project):
    project.replace("presets/tiny.yaml", "public: 70", "public: 77")
    again = {f"evaluate {run}" for run in RUNS} | {"aggregate tiny"}
    assert project.run("results/tiny/runs.csv") == {"prepare tiny"} | again


def test_a_change_taken_back_needs_nothing(project):
    edit = append(f"{SCRIPTS}/training/loop.py", "\nX = 1\n")
    before = (project / f"{SCRIPTS}/training/loop.py").read_text()
    edit(project)
    assert project.would_run() == trainings(RUNS)
    (project / f"{SCRIPTS}/training/loop.py").write_text(before)
    assert project.would_run() == NOTHING


def test_the_same_damage_twice_is_repaired_twice(project):
    runs = "results/tiny/runs.csv"
    for _ in range(2):
        truncate(f"{RUN}/metrics.json")(project)
        assert project.run(runs) == {f"evaluate {run}" for run in PLAIN} | {"aggregate tiny"}
    assert project.would_run(runs) == NOTHING


def test_a_dry_run_leaves_the_plan_that_watch_shows(project):
    plan = project / "results/tiny/sweep.json"
    before = plan.read_text()
    project.replace(TINY, "widths: [0.1, 0.2]", "widths: [0.1]")
    assert project.would_run() == GATHERING
    assert plan.read_text() == before


def test_explain_names_the_module_and_the_setting(project, root):
    import subprocess
    import sys

    append(f"{SCRIPTS}/networks/architectures/plain.py", "\nX = 1\n")(project)
    replace(TINY, "learning_rate: 0.003", "learning_rate: 0.004")(project)
    told = subprocess.run(
        [
            sys.executable,
            "scripts/explain.py",
            "train",
            "plain",
            "--",
            "all",
            "--cores",
            "1",
            "--configfile",
            TINY,
        ],
        cwd=project.folder,
        capture_output=True,
        text=True,
    ).stdout
    assert told.splitlines() == [
        "train tiny/plain/w0.1/seed1: widthwise/networks/architectures/plain.py changed; "
        "settings.recipe.learning_rate: 0.003 -> 0.004",
        "1 training: about 1 core-minute of training (by measured speeds)",
    ]


def test_jobs_without_need_of_tensorflow_do_not_import_it(root):
    import subprocess
    import sys

    program = (
        "import sys; sys.path.insert(0, 'scripts');"
        "from widthwise.study import planning; from widthwise.data import preparation;"
        "from widthwise.evaluation import aggregation, comparison; from widthwise.report import page;"
        "from widthwise.plumbing import supervision;"
        "from widthwise.report.figures import balance, confusions, curves, differences, scatter, sizes;"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=root).returncode == 0


def test_old_results_are_accepted_by_an_explicit_act(project):
    """Of code alone: what other settings made is refused, and runs again."""
    append(f"{SCRIPTS}/training/loop.py", "\nX = 1\n")(project)
    project.snakemake("--touch")  # which claims to accept, and changes nothing
    assert project.would_run() == trainings(RUNS)
    told = project.snakemake("accept")
    assert "train tiny/plain/w0.1/seed1: accepted (widthwise/training/loop.py changed)" in told
    assert project.would_run() == NOTHING
    recorded = json.loads((project / RECORD).read_text())
    assert recorded["accepted"][0]["differences"] == ["widthwise/training/loop.py changed"]
    project.replace(TINY, "epochs: 2", "epochs: 3")
    told = project.snakemake("accept")
    assert "not accepted, more than code differs: settings.recipe.epochs: 2 -> 3" in told
    assert project.would_run() == trainings(RUNS)


def test_targets_that_were_never_planned_are_planned(project):
    project.replace(TINY, "widths: [0.1, 0.2], seeds: [1]", "widths: [0.1, 0.2], seeds: [1, 2, 3]")
    runs = {f"tiny/mobilenet/w{width}/seed{seed}" for width in (0.1, 0.2) for seed in (2, 3)}
    targets = [f"results/tiny/runs/{run}/model.keras" for run in sorted(runs)]
    assert project.would_run(*targets) == {f"train {run}" for run in runs}


def test_runs_and_states_that_are_not_planned_are_listed_and_removed(project):
    project.replace(TINY, "[0.1, 0.2]", "[0.1]")
    unplanned = "results/tiny/runs/tiny/mobilenet/w0.2/seed1"
    assert f"not planned: {unplanned}" in project.snakemake("unplanned")
    assert (project / unplanned).exists()
    assert f"removed: {unplanned}" in project.snakemake("remove_unplanned")
    assert not (project / unplanned).exists() and (project / RUN).exists()


# Students wait for their teachers, and for nothing else of them

TEACHER, STUDENT = "tiny/plain/w0.1/seed1", "taught/mobilenet/w0.1/seed1"
DISTILLATION = {"distil tiny-plain-w0.1/seed1"}
RECIPE = """
  taught:
    epochs: 1
    batch_size: 32
    distillation: {teachers: {recipe: tiny, family: plain, width: 0.1, seeds: [1]}}

sweep:
"""


def undigested(jobs):
    """Jobs, distillations by the names of the teachers and not by what these are asked, too."""
    return {re.sub(r"-[0-9a-f]{8}/", "/", job) for job in jobs}


@pytest.mark.slow
def test_a_student_is_trained_after_its_teachers_and_again_when_they_change(project):
    project.replace("presets/tiny.yaml", "\nsweep:\n", RECIPE)
    append(
        "presets/tiny.yaml",
        "  - {recipe: taught, family: mobilenet, widths: [0.1], seeds: [1]}\n"
        "  - {recipe: taught, family: plain, widths: [0.2], seeds: [1]}\n",
    )(project)
    students = {STUDENT, "taught/plain/w0.2/seed1"}
    assert undigested(project.run()) == DISTILLATION | trainings(students)  # one job for both
    assert project.would_run() == set()
    assert (project / "results/tiny/figures/recipe_effects.svg").exists()  # two recipes train mobilenet w0.1
    append("scripts/widthwise/networks/architectures/plain.py", "\nX = 1\n")(project)
    assert undigested(project.would_run()) == DISTILLATION | trainings({TEACHER, *students})
    project.replace("scripts/widthwise/networks/architectures/plain.py", "\nX = 1\n", "")
    project.replace("presets/tiny.yaml", "seeds: [1]}}", "seeds: [1]}, hard_labels: 0.5}")
    assert project.would_run() == trainings(students)  # weighed otherwise, the answers are the same
    project.replace("presets/tiny.yaml", "hard_labels: 0.5}", "hard_labels: 0.5, temperature: 4}")
    assert undigested(project.would_run()) == DISTILLATION | trainings(students)
    append("scripts/widthwise/evaluation/evaluation.py", "\nX = 1\n")(project)
    assert "train " + TEACHER not in project.would_run()
    assert evaluations({TEACHER}) - GATHERING <= project.would_run()
