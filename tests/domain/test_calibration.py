"""What is shown of live tasks comes true as often as it says, in short; the whole table is the benchmark's."""

from __future__ import annotations

import pytest

from tests.benchmarks.calibration import BOUNDS, report
from tests.benchmarks.calibration_batch import Batch
from tests.benchmarks.calibration_laws import LAWS


@pytest.mark.parametrize("law", ["transcription", "two humps", "by size"])
def test_half_of_what_is_claimed_is_done_by_then(law: str) -> None:
    """Of rows that say about so long, of whole batches, and of ages past p95, over several pasts."""
    found = report(LAWS[law], 200, histories=12, rows=250, batches=8)
    low, high = BOUNDS[200]
    assert low <= found.left.share <= high
    for claim in found.by_left.values():
        assert claim.number < 300 or low - 0.04 <= claim.share <= high + 0.04  # about 0.03 of it is chance
    done = [claim.share for claim in found.all_done.values()]
    assert low - 0.04 <= sum(done) / len(done) <= high + 0.04
    assert 0.03 <= found.past_p95.share <= 0.07


def test_of_a_first_batch_the_quick_ones_do_not_speak_for_all() -> None:
    """Learned from those that settled alone, nearly all others were called long when they had only begun."""
    said = done = long = 0
    for seed in range(3):
        batch = Batch(LAWS["transcription"], 200, seed=seed)
        for look in batch.run([age * batch.median for age in (1.2, 1.8)]):
            said, done, long = said + look.said, done + look.done, long + look.long
    assert long < 0.05 * said
    assert 0.35 <= done / said <= 0.65
