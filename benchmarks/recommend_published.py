"""What others report on the very files that the recommender benchmarks read, and what we aim at.

Figures of full rankings only: a sampled one cannot stand beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A row of somebody else's table."""

    system: str
    source: str
    values: Mapping[str, float]


_BARS = "BARS leaderboard"
_ULTRAGCN = "log in UltraGCN's repository"
_S3REC = "README of S3-Rec's repository"


def _graph(system: str, source: str, recall: float, ndcg: float) -> Published:
    return Published(system, source, {"R@20": recall, "N@20": ndcg})


def _next(system: str, source: str, hits: float, ndcg: float) -> Published:
    return Published(system, source, {"HR@10": hits, "N@10": ndcg})


PUBLISHED: Mapping[str, tuple[Published, ...]] = {
    "gowalla": (
        _graph("ItemCF", _BARS, 0.1570, 0.1214),
        _graph("MF-BPR", _BARS, 0.1627, 0.1378),
        _graph("EASE", _BARS, 0.1765, 0.1467),
        _graph("NGCF", _BARS, 0.1570, 0.1327),
        _graph("LightGCN", "paper's figures in UltraGCN's README", 0.1830, 0.1554),
        _graph("GF-CF", _BARS, 0.1849, 0.1518),
        _graph("UltraGCN", _BARS, 0.1862, 0.1580),
        _graph("SimpleX", _BARS, 0.1872, 0.1557),
    ),
    "ml1m_ultragcn": (
        _graph("LightGCN", "UltraGCN paper, from memory", 0.2576, 0.2427),
        _graph("UltraGCN", _ULTRAGCN, 0.2787, 0.2642),
    ),
    "beauty_seq": (
        _next("Popularity", _S3REC, 0.0152, 0.0068),
        _next("BERT4Rec", _S3REC, 0.0347, 0.0170),
        _next("SASRec", _S3REC, 0.0605, 0.0318),
        _next("S3-Rec", _S3REC, 0.0647, 0.0327),
        _next("TIGER", "paper, as others quote it", 0.0648, 0.0384),
        _next("SASRec, cross-entropy", "third party, 3 seeds", 0.0859, 0.0503),
        _next("ICSRec", "authors' repository", 0.0959, 0.0578),
    ),
    "ml1m_gsasrec": (
        Published("SASRec", "name of the authors' checkpoint", {"N@10": 0.1428}),
        Published("gSASRec", "name of the authors' checkpoint", {"N@10": 0.1974}),
    ),
}
"""By data set."""

AIMS: Mapping[str, Mapping[str, float]] = {
    "gowalla": {"R@20": 0.186, "N@20": 0.153},
    "ml1m_ultragcn": {"R@20": 0.275, "N@20": 0.265},
    "beauty_seq": {"HR@10": 0.077, "N@10": 0.048},
}
"""What the best of our rows is to reach at least."""
