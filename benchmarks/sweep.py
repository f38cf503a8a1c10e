"""The sweep by the clock, which writes: most leads were decided about in the round before. Memory, and going on.

Ours is `followups.services.sweep_round`, each time in a process of its own, which tells the most memory it ever had
resident; the floor of that is a process that looks at one batch. The leads are those of `silence`, except that nineteen
of twenty have a next step agreed. What was decided a quarter of an hour before is on record by COPY, as a sweep would
have stored it, for all but those to whom something is to be written. The first round writes that; in the second
nothing is new. Then the value of the last leads changes, so that each is decided about anew; a round is killed in the
middle of them, and the next one goes on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from benchmarks.database import QueryCount, ask, own_database, run, settle
from benchmarks.leads import NOW, TABLES, make_undecided_leads
from benchmarks.measure import progress, say, table, whole
from followups.evidence import BATCH, gather
from followups.models import SweepRound
from followups.rules import decide, explain, to_json
from followups.services import DEFAULT, published_version, rules_of, sweep
from followups.services.applying import GATES
from followups.services.plan import answer_of, digest_of, disposition_of

#: The round before, as the clock runs. Touches are densest just before `NOW`, so that a few leads have news.
BEFORE = NOW - timedelta(minutes=15)
#: The value of so many leads changes before the round that is killed.
CHANGED = 5_000

_NEXT_STEPS = """
UPDATE followups_lead SET next_step = 'Call about the details', next_step_on = %(now)s::date + 20
 WHERE stage NOT IN ('won', 'lost') AND random() < 0.95
"""
_COPY = """
COPY followups_decision (lead_id, cadence_version_id, decided_at, created_at, algorithm, trigger, decision, rule,
                         reasons, attempts, step, channel, due_at, review_reasons, evidence, digest, explanation)
     FROM STDIN
"""
_MOVED = """
UPDATE followups_lead l SET disposition = m.disposition, disposition_at = %(at)s
  FROM unnest(%(ids)s::bigint[], %(dispositions)s::text[]) AS m(id, disposition) WHERE l.id = m.id
"""
_CHANGE = """
UPDATE followups_lead SET value = coalesce(value, 0) + 1, updated_at = clock_timestamp()
 WHERE id IN (SELECT id FROM followups_lead WHERE stage NOT IN ('won', 'lost')
               ORDER BY external_id COLLATE "C" DESC LIMIT %(many)s)
"""
#: One round in a process of its own, or with a number of leads one look at the first so many.
_CHILD = """
import json, resource, sys, time
import django
django.setup()
from benchmarks.leads import NOW
from followups.evidence import leads_to_look_at
from followups.services import sweep, sweep_round
begun, computed = time.perf_counter(), time.process_time()
if int(sys.argv[1]):
    done = sum(1 for _ in sweep(now=NOW, dry_run=True, lead_ids=leads_to_look_at()[: int(sys.argv[1])]))
else:
    done = sweep_round(now=NOW)
print(json.dumps({"leads": done, "seconds": time.perf_counter() - begun, "python": time.process_time() - computed,
                  "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def measure(sizes: list[int]) -> dict[str, Any]:
    """Measure each size in turn, from an empty database each time."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size))
    _print(found)
    return {"batch": BATCH, "changed": CHANGED, "sizes": found}


def _measure_one(size: int) -> dict[str, Any]:
    progress(f"sweep: making {size:,} open leads")
    make_undecided_leads(size)
    run(_NEXT_STEPS, {"now": NOW})
    _decided_before()
    settle(*TABLES)
    progress(f"sweep: measuring {size:,} open leads")
    one_batch = _child(BATCH)
    rounds = {}
    for name in ("what is due is written", "nothing is new"):
        before = _stored()
        rounds[name] = _child() | {"stored": [after - was for was, after in zip(before, _stored(), strict=True)]}
    return {"leads": size, "one_batch": one_batch, "rounds": rounds, "statements": _statements(), "killed": _kill()}


def _decided_before() -> None:
    """Store what the round before decided, for everybody to whom it did not write."""
    version = published_version(DEFAULT)
    rules = rules_of(version)
    for batch in gather(lead_ids=None, now=BEFORE):
        moved = []
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for lead in batch:
                decision = decide(lead.evidence, rules, BEFORE)
                if decision.drafts:
                    continue
                evidence = {**to_json(lead.evidence), GATES: []}
                answer = answer_of(decision, decision.review_reasons)
                digest = digest_of(evidence, answer, version.pk)
                kept = [answer[name] for name in ("trigger", "decision", "rule", "reasons", "attempts", "step")]
                rest = [answer["channel"], answer["due_at"], answer["review_reasons"], Jsonb(evidence), digest]
                told = explain(decision, lead.evidence)[:500]
                copy.write_row(
                    [lead.facts.id, version.pk, BEFORE, BEFORE, "followups-1", *kept, *rest, told]  # as stored
                )
                if disposition := disposition_of(decision):
                    moved.append((lead.facts.id, disposition))
        run(_MOVED, {"at": BEFORE, "ids": [one for one, _ in moved], "dispositions": [what for _, what in moved]})


def _stored() -> list[int]:
    """How many decisions and drafts there are."""
    [counts] = ask("SELECT (SELECT count(*) FROM followups_decision), (SELECT count(*) FROM outreach_draft)")
    return list(counts)


def _start(leads: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(leads)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
    )


def _child(leads: int = 0) -> dict[str, Any]:
    child = _start(leads)
    told, _ = child.communicate()
    if child.returncode:
        raise AssertionError("The sweep did not work. What it said is above.")
    found: dict[str, Any] = json.loads(told)
    return found


def _statements() -> list[int]:
    """Statements between the ends of batches, where nothing is new."""
    counter, seen = QueryCount(), []
    with connection.execute_wrapper(counter):
        for number, _ in enumerate(sweep(now=NOW)):
            if number % BATCH == 0:
                seen.append(counter.count)
    return sorted({after - before for before, after in pairwise(seen)})


def _kill() -> dict[str, Any]:
    """Kill a round in the middle of the leads that changed, and let the next one go on."""
    run(_CHANGE, {"many": CHANGED})
    before, _ = _stored()
    [(newest,)] = ask("SELECT max(id) FROM followups_decision")
    child = _start()
    while _stored()[0] - before < CHANGED // 2:
        if child.poll() is not None:
            raise AssertionError("The sweep ended before it could be killed.")
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    by_then = SweepRound.objects.get(finished_at=None).done
    stored_by_then = _stored()[0] - before
    went_on = _child()
    [(twice,)] = ask(
        "SELECT count(*) FROM (SELECT FROM followups_decision WHERE id > %(id)s"
        " GROUP BY lead_id HAVING count(*) > 1) more",
        {"id": newest},
    )
    return {
        "looked_at_by_then": by_then,
        "stored_by_then": stored_by_then,
        "went_on_with": went_on["leads"],
        "seconds": went_on["seconds"],
        "stored_in_all": _stored()[0] - before,
        "stored_twice": twice,
    }


def _print(found: list[dict[str, Any]]) -> None:
    rows = []
    for one in found:
        many = f"{one['leads']:,} leads"
        rows.append([f"{many}: one batch, looked at only", "", "", "", "", "", whole(one["one_batch"]["megabytes"])])
        for name, told in one["rounds"].items():
            decisions, drafts = told["stored"]
            rows.append(
                [
                    f"{many}: {name}",
                    f"{told['seconds']:.1f}",
                    f"{told['python']:.1f}",
                    whole(told["leads"] / told["seconds"]),
                    whole(decisions),
                    whole(drafts),
                    whole(told["megabytes"]),
                ]
            )
    table(
        "Rounds of the sweep by the clock",
        ["case", "seconds", "in Python", "leads/s", "decisions", "drafts", "MB at most"],
        rows,
    )
    for one in found:
        killed = one["killed"]
        say(
            f"{one['leads']:,} leads: {' or '.join(map(str, one['statements']))} statements for each further batch of"
            f" {BATCH:,}. Killed after {killed['looked_at_by_then']:,} leads and {killed['stored_by_then']:,} new"
            f" decisions; the next round looked at {killed['went_on_with']:,} in {killed['seconds']:.1f} s."
            f" {killed['stored_in_all']:,} decisions in all for {CHANGED:,} leads that changed,"
            f" {killed['stored_twice']} of them twice."
        )
