"""A copy of the project to edit and run, as a user would, through the real command."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PARTS = (
    "Snakefile",
    "config.yaml",
    "rules",
    "scripts",
    "schemas",
    "presets",
    "profiles/default",
    "envs",
)
JOB = re.compile(r"^(?:Job \d+): (.*)$", re.MULTILINE)


class Project:
    """A folder with a clone of the workflow and its results."""

    def __init__(self, folder, source):
        self.folder = Path(folder)
        for part in PARTS:
            if (source / part).is_dir():
                shutil.copytree(
                    source / part, self.folder / part, ignore=shutil.ignore_patterns("__pycache__")
                )
            elif (source / part).exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / part, self.folder / part)

    @classmethod
    def of(cls, folder):
        """The project that a folder holds already."""
        project = cls.__new__(cls)
        project.folder = Path(folder)
        return project

    def __truediv__(self, path):
        return self.folder / path

    def start(self, *arguments, cores=2, preset="presets/tiny.yaml", **options):
        """Start Snakemake in a process group of its own (Popen); its output is one text."""
        command = [sys.executable, "-m", "snakemake", *map(str, arguments), "--cores", str(cores)]
        command += ["--configfile", preset] if preset else []  # last: it would swallow a target
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
            **options,
        )

    def snakemake(self, *arguments, fails=False, **options):
        """Run Snakemake to its end; its output. Asserts that it failed, or did not."""
        process = self.start(*arguments, **options)
        output, _ = process.communicate()
        assert bool(process.returncode) == fails, output
        return output

    def run(self, *arguments, **options):
        """Run the study; the jobs that ran (set of "rule name")."""
        return jobs(self.snakemake(*arguments, **options))

    def would_run(self, *arguments, **options):
        """The jobs of a dry run (set of "rule name")."""
        return jobs(self.snakemake("--dry-run", *arguments, **options))

    def replace(self, path, old, new):
        """Replace a text that must occur in a file."""
        file = self.folder / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new))


def jobs(output):
    """The jobs that an output of Snakemake names, without the final target."""
    return set(JOB.findall(output))
