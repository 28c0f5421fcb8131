"""The environment in which a process trains fastest: read by glibc and TensorFlow as they start."""

import os


def environment(threads):
    """The variables to add to a training process's environment (dict of str).

    threads: int, CPU cores that it may use.
    """
    return {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(2**40),
        "MALLOC_TOP_PAD_": str(2**26),
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "CUDA_CACHE_DISABLE": os.environ.get("CUDA_CACHE_DISABLE", "0"),
    }
