"""The settings of the program, on a database of the benchmarks' own, with one bare page added."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES

#: Made and removed by `benchmarks.database`. Nobody's data is ever in it.
BENCH_DATABASE = "rekindle_bench"

DATABASES["default"]["NAME"] = BENCH_DATABASE
ROOT_URLCONF = "benchmarks.urls"
