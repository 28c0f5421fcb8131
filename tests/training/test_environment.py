"""Trainings in other people's surroundings."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import small_study
from widthwise.training.environment import environment, from_outside

HOSTILE = {
    "KERAS_BACKEND": "torch",
    "KERAS_MAX_EPOCHS": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_DEFAULT_FPMATH_MODE": "BF16",
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3",
    "OMP_NUM_THREADS": "7",
    "PYTHONOPTIMIZE": "2",
    "PYTHONHASHSEED": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "LC_ALL": "tr_TR.ISO-8859-9",
    "TZ": "Asia/Kathmandu",
}
TRAIN = """
import json, sys
from widthwise.plumbing import supervision
from widthwise.training.environment import environment, from_outside
supervision.train(json.load(sys.stdin) | {"environment": from_outside()}, environment(1), False)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_study.write_data(tmp_path_factory.mktemp("data"))


def train(data, folder, root, **variables):
    """Train in a process with these variables alone; returns (digest of the weights, training.json)."""
    task = small_study.task(data, folder)
    subprocess.run(
        [sys.executable, "-c", TRAIN],
        input=json.dumps(task),
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root / "scripts"), **variables},
    )
    with zipfile.ZipFile(task["model"]) as archive:
        weights = hashlib.sha256(archive.read("model.weights.h5")).hexdigest()
    return weights, json.loads(Path(task["training"]).read_text())


@pytest.mark.slow
def test_what_other_programs_left_behind_changes_no_weight(data, tmp_path, root):
    homes = {name: tmp_path / name for name in ("clean home", "home")}
    (homes["home"] / ".keras").mkdir(parents=True)
    settings = {"floatx": "float16", "image_data_format": "channels_first", "backend": "torch"}
    (homes["home"] / ".keras/keras.json").write_text(json.dumps(settings))
    clean, its_record = train(data, tmp_path / "clean", root, HOME=str(homes["clean home"]))
    flags = {"XLA_FLAGS": "--xla_dump_max_hlo_modules=1"}
    hostile, record = train(data, tmp_path / "hostile", root, HOME=str(homes["home"]), **HOSTILE, **flags)
    assert hostile == clean
    assert its_record["environment"] == {}
    assert record["environment"] == flags
    assert not homes["clean home"].exists()  # Keras writes a keras.json of its own where it can


def test_what_a_process_needs_of_its_starter_stays(monkeypatch):
    for name in (*HOSTILE, "PATH", "HTTPS_PROXY", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS", "PYTHONHOME"):
        monkeypatch.setenv(name, "theirs")
    own = environment(3)
    kept = {name for name, value in own.items() if value == "theirs"}
    assert kept == {"PATH", "HTTPS_PROXY", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS", "PYTHONHOME"}
    assert own["OMP_NUM_THREADS"] == own["TF_NUM_INTRAOP_THREADS"] == "3"
    assert from_outside() == {"XLA_FLAGS": "theirs"}
