"""The lines that end a failed study."""

from widthwise.plumbing import provenance
from widthwise.study.failures import diverged_runs, failed_jobs, failures_on_record

SNAKEMAKE_LOG = """
Error in rule train:
    message: None
    jobid: 4
    input: results/faces/data/images.npy
    log: results/faces/logs/train/quick/plain/w0.5/seed1.log (check log file(s) for error details)
Trying to restart job 4.
Error in rule train:
    message: None
    jobid: 4
    log: results/faces/logs/train/quick/plain/w0.5/seed1.log (check log file(s) for error details)
Error in rule train:
    jobid: 5
    log: results/faces/logs/train/quick/plain/w1/seed1.log (check log file(s) for error details)
Trying to restart job 5.
Error in rule prepare:
    message: SLURM-job '7' failed, SLURM status is: 'OUT_OF_MEMORY'.
    jobid: 6
    log: results/faces/logs/prepare.log, /home/me/logs/slurm/7.log (check log file(s) for error details)
"""


def test_failed_jobs_are_named_once_with_reason_and_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "results/faces/logs/train/quick/plain/w0.5/seed1.log"
    log.parent.mkdir(parents=True)
    log.write_text("--- 2026-01-01 train\nepoch 1\nout of memory\n\n")
    assert failed_jobs(SNAKEMAKE_LOG) == [
        "train quick/plain/w0.5/seed1 failed: out of memory "
        "(log: results/faces/logs/train/quick/plain/w0.5/seed1.log)",
        "prepare failed: ended by Slurm: OUT_OF_MEMORY (log: results/faces/logs/prepare.log)",
    ]


def test_runs_that_diverged_are_named(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text(
        "recipe,family,width,seed,status\nquick,plain,0.5,1,finished\nquick,cnn,0.25,2,diverged\n"
    )
    (line,) = diverged_runs(table)
    assert line.startswith("train quick/cnn/w0.25/seed2 diverged: it left no log (log: ")
    assert diverged_runs(tmp_path / "none.csv") == []


def test_jobs_that_the_study_went_on_without_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"evaluate quick/cnn/w1/seed1": "evaluate/quick/cnn/w1/seed1", "export faces": "export/export"}
    jobs = [(job, f"results/faces/.provenance/{name}.recorded.json") for job, name in names.items()]
    for (_, record), retry in zip(jobs, ("the last attempt failed: odd", None), strict=True):
        provenance.record(record, {"code": {}}, {}, [], retry)
    log = tmp_path / "results/faces/logs/evaluate/quick/cnn/w1/seed1.log"
    log.parent.mkdir(parents=True)
    log.write_text("--- 2026-01-01 evaluate\nodd\n")
    never_run = ("train quick/cnn/w1/seed2", "results/faces/.provenance/train/none.recorded.json")
    assert failures_on_record([*jobs, never_run]) == [
        "evaluate quick/cnn/w1/seed1 failed: odd (log: results/faces/logs/evaluate/quick/cnn/w1/seed1.log)"
    ]
    provenance.record(jobs[1][1], {"code": {}}, {}, [], "not exported: quick/cnn/w1/seed1")
    assert failures_on_record(jobs)[1].endswith("it left no log (log: results/faces/logs/export.log)")
