"""Widthwise: what each parameter of a small network buys.

A folder imports only from those above it in this list, which ``tests/test_imports.py`` holds:

plumbing     errors, files, records, checkpoints, jobs and what they are made of; decides no number
networks     layers as data, what arithmetic reads off them, the Keras model; ``architectures/``
data         from pictures in any form to arrays: ``readers/``, ``synthetic/``, preparation
study        configuration, runs, the plan: all that the Snakefile imports
training     batches, augmentation, the loop, distillation
evaluation   predictions, aggregation over seeds, statistics, comparison
report       the page, its findings, ``languages/`` and ``figures/``; progress
export       TFLite files, and their use without TensorFlow
"""
