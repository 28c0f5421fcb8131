"""What the repository promises about itself: environment, style of the workflow."""

import re
import subprocess
import sys

import pytest
import yaml


def pins(text):
    return dict(re.findall(r"^([A-Za-z0-9_-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_conda_environment_has_the_versions_of_the_requirements(root):
    environment = yaml.safe_load((root / "envs/widthwise.yaml").read_text())
    (from_pip,) = [part["pip"] for part in environment["dependencies"] if isinstance(part, dict)]
    assert pins("\n".join(from_pip)) == pins((root / "requirements.in").read_text())


def test_prediction_alone_has_the_versions_of_the_workflow(root):
    alone, all_of_it = (pins((root / f"requirements{part}.txt").read_text()) for part in ("-predict", ""))
    assert alone.items() <= all_of_it.items()


@pytest.mark.parametrize("name", ["requirements", "requirements-test", "requirements-predict"])
def test_lock_file_has_the_direct_dependencies_and_hashes(root, name):
    direct, lock = pins((root / f"{name}.in").read_text()), (root / f"{name}.txt").read_text()
    locked = pins(lock)
    assert direct.items() <= locked.items()
    assert lock.count("--hash=sha256:") >= len(locked)
    assert "://" not in re.sub(r"#.*", "", lock)


def test_every_direct_dependency_says_why_it_is_there(root):
    for name in ("requirements.in", "requirements-test.in", "requirements-predict.in"):
        for line in (root / name).read_text().splitlines():
            if "==" in line:
                assert re.search(r"#\s*\w+", line), line


def test_every_rule_has_a_log_a_benchmark_an_environment_and_a_contract(root):
    for path in (root / "rules").glob("*.smk"):
        text = path.read_text()
        assert text.startswith('"""'), path
        rules = re.split(r"^ *(?:rule|checkpoint)\b(?=.*:$)", text, flags=re.MULTILINE)[1:]
        for rule in rules if path.name != "maintain.smk" else []:  # whose rules make no results
            for part in ("log:", "benchmark:", "conda:", "script:", "changed=", "ingredients=", "recorded="):
                assert part in rule, f"{path.name}: {rule.splitlines()[0]} has no {part}"
        if rules:
            assert "inputs:" in text.split('"""')[1] and "outputs:" in text.split('"""')[1], path


def test_snakemake_lint_finds_nothing(root, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=root, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
