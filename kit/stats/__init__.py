"""Stats: intervals, agreement of raters, and items, in plain Python. Pure; imports nothing else of kit, and knows no runs or stores.

What cannot be worked out comes back as `NoNumber(why)`, never as NaN; input that makes no sense raises ValueError.
Which number answers which question: docs/statistics.md.
"""

from kit.stats.agreement import Alpha, Differences, Kappa, alpha, differences, kappa
from kit.stats.given import Estimate, Figure, NoNumber
from kit.stats.intervals import Z90, f_quantile, mean_change, mean_difference, mean_interval, t_quantile, wilson, z_quantile
from kit.stats.intraclass import icc
from kit.stats.items import cronbach, difficulty, discrimination
from kit.stats.moments import correlation
from kit.stats.raters import Halo, halo, severity

__all__ = ["Alpha", "Differences", "Estimate", "Figure", "Halo", "Kappa", "NoNumber", "Z90", "alpha", "correlation", "cronbach", "difficulty",
           "differences", "discrimination", "f_quantile", "halo", "icc", "kappa", "mean_change", "mean_difference", "mean_interval", "severity",
           "t_quantile", "wilson", "z_quantile"]
