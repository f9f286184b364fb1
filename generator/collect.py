"""The job of `basedex gc`: take out of the store what no rule keeps. In: the places and the day; out: what went."""

from datetime import date
from typing import TYPE_CHECKING

from generator import targets
from generator.store import atomic, retention
from generator.store.lock import locked
from generator.store.retention import Plan

if TYPE_CHECKING:
    from generator.build import Places


def collect(
    places: "Places", today: date, *, keep_last: int | None = None, keep_days: int | None = None, dry_run: bool = False
) -> Plan:
    """Remove documents that neither images.yml's rule nor the one given here keeps; `dry_run` only says which.

    Raises StoreError when another process is at work in the store, and when a history is damaged.
    """
    rule = targets.load(places.configuration).history
    with locked(places.store):
        planned = retention.plan(
            places.store,
            keep_last=rule.keep_last if keep_last is None else keep_last,
            keep_days=rule.keep_days if keep_days is None else keep_days,
            today=today,
        )
        if not dry_run:
            atomic.sweep(places.store)
            retention.sweep(places.store)
            retention.carry_out(planned)
    return planned
