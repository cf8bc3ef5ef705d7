"""The table of a run, and its place in the documents."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.bench import facts
from tests.faults.run import Injected, Outcome

BEGIN: Final = "<!-- made by `make faults`: begin -->"
END: Final = "<!-- made by `make faults`: end -->"
_HEAD: Final = (
    "| fault | times | lost | doubled | visible again, s: p50, p95, max | caught up, s: p50, p95, max |",
    "|---|---|---|---|---|---|",
)


def table(outcome: Outcome) -> str:
    """Markdown."""
    names = sorted({one.name for one in outcome.injected})
    rows = [_row(name, [one for one in outcome.injected if one.name == name]) for name in names]
    bugs = (
        f"| bug in the processing of a batch ({outcome.plan.bugs:.0%} of batches) | {outcome.bugs} | | | | |"
    )
    whole = _row("**all faults**", outcome.injected, outcome.verdict.lost, outcome.verdict.doubled)
    told = [f"\nNot run: {', '.join(outcome.not_run)}."] if outcome.not_run else []
    return "\n".join([*_HEAD, *rows, bugs, whole, *told])


def written(page: Path, outcome: Outcome) -> None:
    """Put the table between its marks; what stands around them stays. Without marks it goes to the end."""
    part = "\n".join([BEGIN, "", *_facts(outcome), "", table(outcome), "", END])
    text = page.read_text(encoding="utf-8") if page.exists() else "# Reliability\n"
    if BEGIN in text:
        text = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: part, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{part}\n"
    page.write_text(text, encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def _facts(outcome: Outcome) -> Iterator[str]:
    machine, plan = facts.machine(), outcome.plan
    yield (
        f"Seed {plan.seed}: {len(outcome.injected)} faults and {outcome.bugs} bugs in {outcome.events:,} events, "
        f"{plan.rate:.0f} a second, {outcome.seconds / 60:.0f} minutes with the judgement. "
        f"**{outcome.verdict}.**"
    )
    yield ""
    yield (
        f"Machine: {machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, Linux "
        f"{machine['kernel']}, Python {machine['python']}; 20 million additions: "
        f"{machine['twenty_million_additions_s']} s."
    )


def _row(name: str, injected: Sequence[Injected], lost: int = 0, doubled: int = 0) -> str:
    visible = _spread([one.visible for one in injected])
    caught_up = _spread([one.caught_up for one in injected if one.caught_up is not None])
    lost = max(lost, sum(one.lost for one in injected))
    doubled = max(doubled, sum(one.doubled for one in injected))
    return f"| {name} | {len(injected)} | {lost} | {doubled} | {visible} | {caught_up} |"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    return ", ".join(f"{one:.1f}" for one in (percentile(values, 0.5), percentile(values, 0.95), max(values)))
