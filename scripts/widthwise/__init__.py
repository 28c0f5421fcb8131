"""Widthwise: what each parameter of a small network buys.

The modules stand on floors and import only downwards:

1. what a run is: ``errors``, ``config``, ``runs``, ``fingerprint``, ``provenance``
   (standard library, PyYAML and jsonschema; the Snakefile imports nothing above the next floor);
2. networks as data: ``layers``, ``families``, and what plain arithmetic reads off them: ``counts``;
3. data: ``datasets``, ``augmentation``;
4. work: ``model``, ``training``, ``evaluation`` (the only importers of TensorFlow);
5. reading results: ``statistics``, ``plots``, ``report``.
"""
