"""Rank tests as scipy computes them, for src/analyze/canary/ranks.rs to agree with.

    python -m venv /tmp/oracle && /tmp/oracle/bin/pip install scipy==1.17.1
    /tmp/oracle/bin/python tests/oracles/canary_scipy.py > src/analyze/canary/testdata/scipy.jsonl

One case a line: gray, baseline, U of gray, p two-sided and p "gray is greater" (Mann-Whitney, method auto), statistic, p two-sided and p
"gray is greater" (Brunner-Munzel, Student's t), median of all pairwise differences (Hodges-Lehmann).
"""

import json
import warnings

import numpy
from scipy import stats

CASES = 1100


def sample(random, kind, size):
    if kind == 0:
        return [round(float(value), 3) for value in random.normal(0, 1, size)]
    if kind == 1:
        return [float(value) for value in random.integers(0, 6, size)]
    if kind == 2:
        return [round(float(value), 3) for value in random.lognormal(1, 1, size)]
    return [float(value) / 2 for value in random.poisson(3, size)]


def main():
    random = numpy.random.default_rng(20260101)
    written = 0
    while written < CASES:
        kind = written % 4
        sizes = random.integers(3, 16, 2) if written % 10 else random.integers(20, 60, 2)
        gray, baseline = (sample(random, kind, size) for size in sizes)
        if written % 3 == 0:
            gray = [round(value + 0.5, 3) for value in gray]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                both = stats.mannwhitneyu(gray, baseline, alternative="two-sided")
                greater = stats.mannwhitneyu(gray, baseline, alternative="greater")
                # scipy's sign: its first sample is "greater" where the statistic is low.
                spread = stats.brunnermunzel(gray, baseline)
                above = stats.brunnermunzel(gray, baseline, alternative="greater")
            except (RuntimeWarning, ValueError):
                continue
        if not all(numpy.isfinite([both.pvalue, spread.statistic, spread.pvalue])):
            continue
        shift = float(numpy.median(numpy.subtract.outer(gray, baseline)))
        numbers = [both.statistic, both.pvalue, greater.pvalue, spread.statistic, spread.pvalue, above.pvalue, shift]
        print(json.dumps([gray, baseline] + [float(number) for number in numbers], separators=(",", ":")))
        written += 1


main()
