"""The sections of the report: each function makes one, of a ``parts.Study``."""
