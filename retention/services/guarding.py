"""The blip guard and the split of a change in SQL, for sets of customers.

The same rules as `retention.rules.guard.step` and `retention.rules.split.split`, which tests compare it with. Both are
read from a row source with these columns: the score now (total, raw_band, the five components, missing, version_id),
the one that is stored, if any (old_ before each of them, and old_band, above_medium, above_high), the thresholds
(medium_from, high_from, fall_margin, confirm_hours), and as parameters ``at`` and ``publishing``.
"""

from __future__ import annotations

from retention.states import NOISY, Component

COMPONENTS = tuple(component.value for component in Component)
_FIRM = tuple(component.value for component in Component if component not in NOISY)
_NOISY = " + ".join(f"recent.{component.value}" for component in Component if component in NOISY)
_GREW = f"({' + '.join(_FIRM)} > {' + '.join(f'old_{name}' for name in _FIRM)})"
_CONFIRM = "make_interval(hours => recent.confirm_hours::int)"


def _rises(band: str) -> str:
    """Whether the total reaches a band, carried by payment or support, or standing there for long enough."""
    threshold, since = f"{band}_from", f"risen.above_{band}_since"
    carried = f"{_NOISY} < {threshold} OR (NOT %(publishing)s AND {_GREW})"
    return f"({since} IS NOT NULL AND ({carried} OR %(at)s - {since} >= {_CONFIRM}))"


def _holds(band: str) -> str:
    return f"total > {band}_from - fall_margin"


#: Lateral rows, one after the other, behind a row source named `recent`. They add: above_medium_since and
#: above_high_since, stepped (the band after the guard's step), settled (the band that holds: when a model is being
#: published, those whose raw band it moves take that one at once, and all others keep theirs), by_missing and
#: by_configuration, confirmed_at (when a rise that waits would be confirmed).
GUARD = f"""
CROSS JOIN LATERAL (SELECT
    CASE WHEN total >= medium_from THEN coalesce(above_medium, %(at)s) END AS above_medium_since,
    CASE WHEN total >= high_from THEN coalesce(above_high, %(at)s) END AS above_high_since,
    CASE WHEN %(publishing)s OR version_id <> old_version_id THEN coalesce(total - old_total, 0) ELSE 0 END
        AS by_configuration,
    CASE WHEN %(publishing)s OR version_id <> old_version_id OR old_total IS NULL THEN 0 ELSE
        {
    " + ".join(
        f"((missing # old_missing) >> {place} & 1) * ({name} - old_{name})" for place, name in enumerate(COMPONENTS)
    )
}
    END AS by_missing
) AS risen
CROSS JOIN LATERAL (SELECT CASE
    WHEN old_band IS NULL THEN raw_band
    WHEN {_rises("high")} OR (old_band = 'high' AND {_holds("high")}) THEN 'high'
    WHEN {_rises("medium")} OR (old_band <> 'low' AND {_holds("medium")}) THEN 'medium'
    ELSE 'low' END AS stepped
) AS guarded
CROSS JOIN LATERAL (SELECT CASE
    WHEN NOT %(publishing)s OR old_band IS NULL THEN stepped
    WHEN raw_band <> old_raw_band THEN raw_band
    ELSE old_band END AS settled
) AS holding
CROSS JOIN LATERAL (SELECT least(
    CASE WHEN settled = 'low' THEN above_medium_since + {_CONFIRM} END,
    CASE WHEN settled <> 'high' THEN above_high_since + {_CONFIRM} END
) AS confirmed_at) AS waiting
"""
