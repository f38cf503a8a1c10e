"""The two models that come with Rekindle: at-risk-v1 and infrequent-v1.

scoring.md gives every number of at-risk-v1. The numbers of infrequent-v1 were chosen on purchases of a music shop;
docs/scoring.md says how. Both are rows like any other version: a draft made from them may change every number.
"""

from django.db import migrations
from django.utils import timezone

PAYMENT = [
    ("payment", "open_failure", {"opened_by": ["payment_failed"], "closed_by": ["payment_succeeded"], "inclusive": 1}),
    (
        "payment",
        "open_failure",
        {"opened_by": ["subscription_paused"], "closed_by": ["subscription_resumed"], "inclusive": 0},
    ),
    ("payment", "flag", {"kinds": ["refund_initiated"], "within": 30, "code": "refund"}),
]


def payment(newest, older):
    """Failures for ``newest`` points while young; everything else for ``older``."""
    failed, paused, refund = PAYMENT
    return [
        (*failed[:2], {**failed[2], "tiers": [[15, newest, "payment_failed"], [30, older, "payment_failed"]]}),
        (*paused[:2], {**paused[2], "tiers": [[30, older, "paused"]]}),
        (*refund[:2], {**refund[2], "points": older}),
    ]


def support(days):
    return [
        (
            "support",
            "value",
            {"kinds": ["nps_submitted"], "within": 90, "tiers": [[6, 5, "nps_detractor"], [8, 2, "nps_passive"]]},
        ),
        ("support", "flag", {"kinds": ["support_escalated"], "within": days, "points": 5, "code": "escalated"}),
        (
            "support",
            "open_ticket",
            {
                "opened_by": ["support_ticket_created"],
                "closed_by": ["support_ticket_resolved"],
                "within": days,
                "tiers": [[0, 2, "ticket_open"], [3, 5, "ticket_open"]],
            },
        ),
    ]


def opens(days, half, quarter):
    return (
        "engagement",
        "rate_decay",
        {
            "counted": ["email_opened"],
            "out_of": ["email_sent"],
            "within": days,
            "least": 3,
            "tiers": [["0.25", quarter, "opens_down_25"], ["0.5", half, "opens_down_50"]],
        },
    )


MISSED = (
    "",
    "missed_and_fewer",
    {
        "kinds": ["booking_missed", "booking_cancelled"],
        "within": 28,
        "least": 3,
        "counted": ["activity"],
        "recent": 30,
        "baseline": 90,
        "code": "missed_bookings",
    },
)
SHORT = ("", "short_history", {"within": 90, "code": "short_history"})
NONE = ("", "no_events", {"code": "no_events"})

AT_RISK = [
    ("recency", "gap", {"kinds": ["activity"], "tiers": [[14, 15, "quiet_15d"], [30, 30, "quiet_30d"]]}),
    (
        "frequency",
        "drop",
        {
            "kinds": ["activity"],
            "recent": 30,
            "baseline": 90,
            "least": 3,
            "thin": "thin_baseline",
            "tiers": [
                ["0.25", 10, "visits_down_25"],
                ["0.5", 20, "visits_down_50"],
                ["0.75", 25, "visits_down_75"],
            ],
        },
    ),
    *payment(25, 15),
    opens(30, 15, 8),
    *support(30),
    SHORT,
    NONE,
    ("", "together", {"components": {"payment": 15, "engagement": 8}, "code": "payment_and_opens"}),
    MISSED,
]
INFREQUENT = [
    (
        "recency",
        "gap",
        {"kinds": ["activity"], "tiers": [[45 * n, 4 * n, f"quiet_{45 * n}d"] for n in range(1, 9)]},
    ),
    (
        "recency",
        "rhythm",
        {
            "kinds": ["purchase_made"],
            "within": 730,
            "without": 8,
            "without_code": "bought_once",
            "tiers": [[1, 3, "overdue_1x"], [2, 5, "overdue_2x"], [4, 8, "overdue_4x"]],
        },
    ),
    (
        "frequency",
        "count",
        {
            "kinds": ["purchase_made"],
            "within": 730,
            "tiers": [
                [1, 25, "few_purchases"],
                [2, 18, "few_purchases"],
                [3, 14, "some_purchases"],
                [4, 11, "some_purchases"],
                [6, 7, "some_purchases"],
                [9, 3, "some_purchases"],
            ],
        },
    ),
    (
        "frequency",
        "drop",
        {
            "kinds": ["purchase_made"],
            "recent": 90,
            "baseline": 90,
            "least": 3,
            "thin": "",
            "tiers": [["0.5", 3, "purchases_down_50"], ["0.75", 5, "purchases_down_75"]],
        },
    ),
    *payment(15, 9),
    opens(90, 10, 5),
    *support(90),
    SHORT,
    NONE,
    ("", "together", {"components": {"payment": 9, "engagement": 5}, "code": "payment_and_opens"}),
]
BANDS = [
    ("low", "A light nudge where there is something useful to say", "0.5", 0, None, None),
    ("medium", "A message that helps: what they have not used, how to go on", "2", 0, 300, 2),
    ("high", "A message at once, and a call for those of high value", "2", "0.5", 60, 15),
]
MODELS = [
    {
        "name": "infrequent",
        "title": "Infrequent buyers",
        "description": "For customers who buy a few times a year: judged by their own rhythm, in windows of 90 days.",
        "position": 1,
        "plans": ["infrequent"],
        "tiers": ["infrequent"],
        "thresholds": (30, 50),
        "components": [
            ("recency", 40, "sum"),
            ("frequency", 30, "sum"),
            ("payment", 15, "worst"),
            ("engagement", 10, "worst"),
            ("support", 5, "worst"),
        ],
        "signals": INFREQUENT,
    },
    {
        "name": "at-risk",
        "title": "At risk",
        "description": "For everyone who usually shows up every week or two: five components, 100 points.",
        "position": 2,
        "plans": [],
        "tiers": [],
        "thresholds": (40, 70),
        "components": [
            ("recency", 30, "worst"),
            ("frequency", 25, "worst"),
            ("payment", 25, "worst"),
            ("engagement", 15, "worst"),
            ("support", 5, "worst"),
        ],
        "signals": AT_RISK,
    },
]


def ship(apps, schema_editor):
    get = lambda name: apps.get_model("retention", name)  # noqa: E731
    for given in MODELS:
        model = get("ScoreModel").objects.create(
            name=given["name"], title=given["title"], description=given["description"], position=given["position"]
        )
        version = get("ScoreVersion").objects.create(
            model=model,
            number=1,
            status="published",
            plans=given["plans"],
            tiers=given["tiers"],
            medium_from=given["thresholds"][0],
            high_from=given["thresholds"][1],
            published_at=timezone.now(),
            publish_reason="Comes with Rekindle",
        )
        for component, most, combine in given["components"]:
            get("ScoreComponent").objects.create(
                version=version, component=component, max_points=most, combine=combine
            )
        for position, (component, kind, parameters) in enumerate(given["signals"], start=1):
            get("ScoreSignal").objects.create(
                version=version, component=component, position=position, type=kind, parameters=parameters
            )
        for band, action, messages, calls, quota, cap in BANDS:
            get("ScoreBand").objects.create(
                version=version,
                band=band,
                next_action=action,
                messages_each=messages,
                calls_each=calls,
                weekly_quota=quota,
                cost_cap=cap,
            )


class Migration(migrations.Migration):
    dependencies = [("retention", "0005_how_signals_combine")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
