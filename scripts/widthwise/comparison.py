"""The families set against each other, as comparison.json: what words, plots and the report read.

All accuracies and differences are fractions; params, macs and bytes are integers; every ``low`` and
``high`` bounds a 95 % interval and is null where it cannot be had. Its shape::

    {"dataset", "stand_in", "level", "replicates",
     "families": [...], "recipes": [...],          # as they occur, controls last
     "splits": {split: images},                    # in order, only those there are
     "final": "pooled" | "validation",             # what the verdicts are given on
     "leak": {split: {"exact": n, "near": n}},     # pictures with a copy in Training
     "runs": {"planned", "finished", "missing": [{recipe, family, width, seed, "status", "reason"}]},
                                                   # status: failed | diverged | absent
     "pairs": [                                    # one per recipe and pair of families
       {"recipe", "family", "control",
        "budgets": [                               # ascending, counts within 10 % of each other
          {"params",                               # the mean of the two counts
           "family": MEMBER, "control": MEMBER,
           "splits": {split: DIFFERENCE},
           "mcnemar": [{"family_seed", "control_seed", "only_family", "only_control", "p"}]}],
                                                   # on the final split; one per seed both have
        "crossing": {split: CROSSING}}],
     "plateaus": [{"recipe", "family", "splits": {split: PLATEAU}}],
     "large_small": [                              # question 1, one per recipe that has both
       {"recipe", "small": MEMBER, "large": MEMBER, "ratio",       # params of large / of small
        "splits": {split: DIFFERENCE}}],           # family = small, control = large
     "networks": [{"family", "width", "params", "trainable_params", "non_trainable_params", "macs",
        "layers": [{"layer", "output": [...], "params", "trainable_params", "non_trainable_params",
                    "macs"}]}],                    # layer tables of the large_small members
     "pareto": [MEMBER],                           # no other has fewer params and validates better
     "best": MEMBER | null,                        # by validation accuracy
     "size_limits": [{"bytes", "best": MEMBER | null}]}

    MEMBER: {"recipe", "family", "width", "params", "trainable_params", "non_trainable_params", "macs",
             "bytes", "seeds": [...], "accuracy": {split: mean over seeds}, "interval": {split: [low, high]
             | null}  (over seeds),  "images": {split: [low, high]}  (Wilson, of the mean over images)}
    DIFFERENCE: {"family", "control" (accuracies), "difference" (family - control), "low", "high", "p",
             "p_holm", "verdict": "ahead" | "behind" | "cannot tell",
             "reason": null | "one seed" | "not distinguishable"}
             With one seed the interval is over images alone, p and p_holm are null, and the
             verdict is "cannot tell": it would speak of two trained models, not of families.
    CROSSING: {"status": "crosses" | "ahead" | "behind" | "cannot tell", "reason": null | "one seed" |
             "no overlap" | "not distinguishable", "params", "low", "high" (of the crossing or null),
             "from", "to" (parameter counts that both families span, or null),
             "left": "ahead" | "behind" | null}    # the family's side of the control below a crossing
    PLATEAU: {"status": "levels off" | "rising" | "cannot tell", "reason": null | "one seed" |
             "one budget", "width", "params" (from where on), "largest_params",
             "gain", "low", "high" (from there to the largest)}
"""


def compare(metrics, predictions, sweep, manifest, duplicates, output, size_limits=(), replicates=2000):
    """Write comparison.json."""
