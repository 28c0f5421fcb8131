"""What the results say, in sentences chosen and filled by the data, in the report's language.

families   at equal size, along a family's curve, and a small MobileNet beside a large CNN
recipes    what the settings of training change
claims     what the published study said
answer     the headline, the network to take, what is missing or has copies

The functions take a ``Language`` and parts of comparison.json (``evaluation.results``). The same results give
the same numbers in every language.
"""
