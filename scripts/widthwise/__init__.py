"""Widthwise: what each parameter of a small network buys.

The modules stand on floors and import only downwards:

1. the ground: ``errors``, ``files``, ``config``, ``fingerprint``, ``provenance``
   (standard library, PyYAML and jsonschema);
2. networks as data: ``layers``, ``families``, and what plain arithmetic reads off them: ``counts``;
3. what the study is: ``runs``, ``planning``, ``failures`` (the Snakefile imports nothing above);
4. a job and its surroundings: ``job``, ``records``, ``environment``, ``devices``, ``supervision``,
   ``commandline``;
5. data: ``datasets``, ``embedded``, ``preparation``, ``duplicates``, ``fetching``;
6. work, with TensorFlow: ``model``, ``fast``, ``augmentation``, ``batches``, ``state``, ``training``,
   ``teaching``, ``evaluation``;
7. reading results: ``collection``, ``statistics``, ``comparison``, ``units``, ``phrases``, ``words``,
   ``style``, ``figures``, ``captions``, ``report``, ``watch`` (never TensorFlow);
8. what is shipped: ``export``, with TensorFlow, and its use without: ``litert``, ``faces``, ``annotation``,
   ``prediction`` (of these floors only ``errors``, ``files`` and ``datasets``).
"""
