"""The figures of a study: tables in, one matplotlib ``Figure`` out.

Tables are those of ``collection`` (runs.csv, summary.csv) and ``comparison`` (comparison.json);
``manifest`` is the data set's, ``language`` "en" or "zh-TW". Runs that failed are marked, never drawn
as zero; a network with one seed has no interval. Selection (best network, Pareto front) is on
validation.
"""
