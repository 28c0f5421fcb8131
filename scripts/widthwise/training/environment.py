"""The environment in which a process trains fastest: read by glibc and TensorFlow as they start.

The same step as in ``fast`` takes 97-108 ms of CPU time so; 222 ms without oneDNN, which TensorFlow leaves
off on some processors that profit from it; and 102-108 ms with glibc's own allocator settings, which return
large activations to the system and get them back zeroed at every step (1,200 page faults). Two processes
of one thread trained 390 images per second where one of two threads trained 300 (two Zen 2 cores).
"""


def environment(threads: int) -> dict[str, str]:
    """The variables to add to a training process's environment.

    threads: CPU cores that it may use.
    """
    return {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(2**40),
        "MALLOC_TOP_PAD_": str(2**26),
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
