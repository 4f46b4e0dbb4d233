"""How long 100,000 SDQ records take to score, as a ratio to polars reckoning the same key in the same run."""

from collections.abc import Callable
from functools import reduce
from operator import add
from random import Random
from statistics import median
from time import perf_counter

import click
import polars as pl
import pytest
from polars import Expr, col

from questionnaires import scoring, shelf
from questionnaires.measures import BandTable, Scale

RECORDS = 100_000
ROUNDS = 9
SDQ = shelf.load("sdq", "p4-17")


def records(random: Random) -> dict[str, list[int | None]]:
    """Answers of which one in thirty is missing."""
    columns = {}
    for name in SDQ.items:
        numbers = list(scoring.codes(SDQ.items[name]).values())
        weights = [29 / len(numbers)] * len(numbers)
        columns[name] = random.choices([*numbers, None], [*weights, 1], k=RECORDS)
    return columns


def scored(frame: pl.DataFrame) -> pl.DataFrame:
    """The key of the questionnaire in polars: the same columns as `scoring.columns` gives."""
    simple = [scale for scale in SDQ.scales if scale.form == "sum"]
    totals = [scale for scale in SDQ.scales if scale.form == "total"]
    first = frame.select(each for scale in simple for each in of_items(scale))
    second = first.with_columns(reduce(add, map(col, scale.scales)).alias(scale.name) for scale in totals)
    return second.with_columns(banded(table, scale) for table in SDQ.bands for scale in table.starts)


def of_items(scale: Scale) -> list[Expr]:
    given = [keyed(scale, item) for item in scale.items]
    answered = pl.sum_horizontal(each.is_not_null() for each in given).cast(pl.Int64)
    half_up = (pl.sum_horizontal(given) * 2 * len(scale.items) + answered) // (2 * answered)
    value = pl.when(answered >= SDQ.policies["default"][scale.name]).then(half_up)
    if scale.gate:
        gate = col(scale.gate.item)
        value = pl.when(gate == scale.gate.value).then(scale.gate.score).when(gate.is_not_null()).then(value)
    return [answered.alias(f"{scale.name}_n"), value.alias(scale.name)] if scale.counted else [value.alias(scale.name)]


def keyed(scale: Scale, item: str) -> Expr:
    if scale.recode:
        return pl.when(col(item) < 2).then(0).otherwise(col(item) - 1)
    return 2 - col(item) if item in scale.reverse else col(item)


def banded(table: BandTable, scale: str) -> Expr:
    starts = table.starts[scale]
    falls = starts[0] > starts[-1]
    labels = table.lowered_labels if falls and table.lowered_labels else table.labels
    band = pl.when(col(scale).is_null()).then(None)
    for start, label in reversed([*zip(starts, labels[1:], strict=True)]):
        band = band.when(col(scale) <= start if falls else col(scale) >= start).then(pl.lit(label))
    return band.otherwise(pl.lit(labels[0])).alias(f"{scale}_{table.name}")


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def main() -> None:
    given = records(Random(20170717))  # noqa: S311 - the same every time
    frame = pl.DataFrame(given)
    ours = scoring.columns(SDQ, given)
    assert scored(frame).select(list(ours)).to_dict(as_series=False) == ours

    acts = {
        "questionnaires, columns in, columns out": lambda: scoring.columns(SDQ, given),
        "polars, frame in, frame out": lambda: scored(frame),
        "polars, columns in, columns out": lambda: scored(pl.DataFrame(given)).to_dict(as_series=False),
    }
    rounds = [{name: seconds(act) for name, act in acts.items()} for _ in range(ROUNDS)]
    own = "questionnaires, columns in, columns out"
    click.echo(
        f"\n{RECORDS:,} records of {SDQ.code} {SDQ.version}, {len(ours)} scores each, median of {ROUNDS} rounds:"
    )
    for name in acts:
        ratio = median(each[own] / each[name] for each in rounds)
        click.echo(f"{median(each[name] for each in rounds) * 1000:8.0f} ms  {name}; ours takes {ratio:.2f} of it")


@pytest.mark.large
def test_scoring_beside_polars(capsys):
    with capsys.disabled():
        main()


if __name__ == "__main__":
    main()
