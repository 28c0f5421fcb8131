"""The environment of a process that trains or uses a model: the same wherever it is started.

What other programs left behind in a user's account changes numbers without a word (a ``keras.json`` with
another floatx, ``TF_ENABLE_ONEDNN_OPTS``, ``OPENBLAS_CORETYPE``), or fails every run (another backend).
So all settings of these libraries are set aside, and those that matter are set here. They are read as a
process starts and as TensorFlow is imported.
"""

import os
import time

# Of TensorFlow and Keras, their libraries for the CPU, NumPy, Python, matplotlib, glibc; and the language.
SET_ASIDE = (
    *("KERAS_", "TF_", "TF2_", "TENSORFLOW_", "AUTOGRAPH_", "XLA_PYTHON_", "ITEX_", "EIGEN_"),
    *("ONEDNN_", "DNNL_", "MKL_", "OMP_", "KMP_", "GOMP_", "OPENBLAS_", "GOTO_", "BLIS_", "NPY_", "NUMPY_"),
    *("CUBLAS_", "CUDNN_", "NVIDIA_TF32_", "MPL", "MALLOC_", "LC_", "LANG", "PYTHON"),
)
KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE")
# What some machines need can change numbers all the same: it is part of a run's record.
RECORDED = ("GLIBC_TUNABLES", "LD_PRELOAD", "XLA_FLAGS")


def environment(threads: int) -> dict[str, str]:
    """All variables of a process that trains or uses a model: this one's, without what changes its numbers.

    threads: CPU cores that it may use. With oneDNN, which TensorFlow leaves off on some processors that
    profit from it; and with an allocator that keeps large activations, which glibc by itself returns to the
    system and gets back zeroed at every step.
    """
    others = {
        name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(SET_ASIDE)
    }
    return others | {
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": os.devnull,  # where no keras.json can lie
        "LC_ALL": "C.UTF-8",
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(2**40),
        "MALLOC_TOP_PAD_": str(2**26),
        "MKL_NUM_THREADS": str(threads),
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONUTF8": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TZ": "UTC",
    }


def enter(threads: int) -> None:
    """Give this process that environment, before it imports TensorFlow; threads: as in ``environment``."""
    own = environment(threads)
    os.environ.clear()
    os.environ.update(own)
    time.tzset()


def from_outside() -> dict[str, str]:
    """What can change numbers and was set where the process was started: normally empty."""
    return {name: os.environ[name] for name in RECORDED if name in os.environ}
