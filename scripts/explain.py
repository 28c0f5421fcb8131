"""Say in words why jobs would run: python scripts/explain.py [part of a name] [-- Snakemake options]."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

JOB = re.compile(r"^(?:Job \d+|localrule|rule): ?(.*)$")
EXPECTED = re.compile(r"results/\S+/\.provenance/\S+?\.json")


def reasons(dry_run):
    """The jobs of a dry run's output and why each would run: pairs (job, words)."""
    job = None
    for line in dry_run.splitlines():
        if match := JOB.match(line):
            job = match[1]
        elif line.startswith("Reason: ") and job:
            yield job, in_words(line.removeprefix("Reason: "))
            job = None


def in_words(reason):
    """Snakemake's reason with each provenance file replaced by what it stands for."""
    words = []
    updated = reason.partition("Input files updated by another job")[2]
    for path in map(Path, EXPECTED.findall(reason)):
        if path.name.endswith(".recorded.json"):
            rule, *name = path.with_name(path.name.removesuffix(".recorded.json")).parts[3:]
            first = " ".join([rule] if name == [rule] else [rule, "/".join(name)])
            words.append(f"{first} runs first" if str(path) in updated else "it has not been made yet")
        elif path.exists():
            words.append(json.loads(path.read_text(encoding="utf-8"))["why"] or "")
    words = list(dict.fromkeys(filter(None, words)))
    if len(words) > 3:
        words = [*words[:3], f"and {len(words) - 3} more"]
    return "; ".join(words) or reason


def main(arguments):
    """Print a line per job that would run; those alone whose name contains the given texts."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends this quietly
    split = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, options = arguments[:split], arguments[split + 1 :]
    command = [sys.executable, "-m", "snakemake", "--dry-run", *options]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        *_, last = (line for line in result.stderr.splitlines() if line.strip() and "profile" not in line)
        sys.exit(last.strip())
    found = list(reasons(result.stdout + result.stderr))
    lines = [f"{job}: {words}" for job, words in found if all(part in job for part in wanted)]
    none = f"nothing of that name would run, but {len(found)} other jobs" if found else "nothing would run"
    print("\n".join(lines) or none)
    if any(line.startswith("prepare ") for line in lines):
        print("What follows the preparation runs only where the content of the data has changed.")


if __name__ == "__main__":
    main(sys.argv[1:])
