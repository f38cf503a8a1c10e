"""What waits in intake: which cases, page by page, each with the facts that a person needs to answer it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet

from contacts.models import Account, Address, ConsentRecord, Contact
from contacts.permission import ChannelPermission, permissions_of
from contacts.searching import search_names
from contacts.states import ADDRESS_KIND_OF_CHANNEL, AddressKind, Channel, SuppressionReason
from followups.conflicts import Duplicate, duplicates_of, owner_conflict, territory_conflict
from followups.listing import REASONS
from followups.models import IntakeCase, Lead
from followups.rules.assigning import Given
from followups.services.assigning import Desk
from followups.services.intake import why_not_settle
from followups.states import DecisionReason, IntakeStatus, Stage
from outreach.models import Draft
from staff.models import User

PAGE = 20
#: What the list can be narrowed to, in the order in which a decision names them.
ASKED = (
    DecisionReason.CONSENT_UNCLEAR,
    DecisionReason.DUPLICATE,
    DecisionReason.TERRITORY_CONFLICT,
    DecisionReason.OWNER_CONFLICT,
    DecisionReason.EXISTING_CUSTOMER,
    DecisionReason.UNOWNED,
)
#: The same in a word, for tabs. Each case says it in full.
IN_A_WORD = {
    DecisionReason.CONSENT_UNCLEAR: "Consent",
    DecisionReason.DUPLICATE: "Duplicates",
    DecisionReason.TERRITORY_CONFLICT: "Territories",
    DecisionReason.OWNER_CONFLICT: "Owners differ",
    DecisionReason.EXISTING_CUSTOMER: "Customers",
    DecisionReason.UNOWNED: "No owner",
}
#: Drafts, not cases: messages to people who never got one of ours, with something in them that we would have to keep.
PROMISES = "first_promise"
_ABOUT_OWNERS = {DecisionReason.UNOWNED.value, DecisionReason.OWNER_CONFLICT.value}
WHOSE = {"all": "Everybody's", "mine": "Mine", "team": "My team's", "unassigned": "Nobody's"}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of intake somebody looks at. Comes from the address and goes back into it."""

    reason: str = ""
    whose: str = "all"
    q: str = ""
    after: int = 0

    def query(self, **other: Any) -> str:
        """The address of this place, or of another one; the first page unless one is named."""
        parts = {"reason": self.reason, "whose": self.whose, "q": self.q, "after": 0, **other}
        defaults = {"whose": "all"}
        return "?" + urlencode({name: value for name, value in parts.items() if value and value != defaults.get(name)})


def place_from(given: Any) -> Place:
    """The place that an address or a form names; what is none is left out."""
    reason, whose, after = given.get("reason", ""), given.get("whose", ""), given.get("after", "")
    return Place(
        reason=reason if reason in (*ASKED, PROMISES) else "",
        whose=whose if whose in WHOSE else "all",
        q=" ".join(given.get("q", "").replace("\0", "").split())[:100],
        after=int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0,
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """A contact as it stands beside another one."""

    contact: Contact
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """What a lead may be a duplicate of: another lead of the contact, or another contact next to the lead's own."""

    duplicate: Duplicate
    lead: Lead | None
    may_see: bool
    people: tuple[Beside, ...]

    @property
    def caption(self) -> str:
        """Names the two that stand side by side."""
        return " and ".join(f"{one.contact}, {one.contact.external_id or one.contact.pk}" for one in self.people)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is known of one channel: what they said, when and where that comes from, and what stands in the way."""

    channel: str
    label: str
    says: str
    since: datetime | None
    source: str
    stopped: str


@dataclass(slots=True)
class Row:
    """One case as it is shown."""

    case: IntakeCase
    lead: Lead
    account: Account | None
    days: int
    why_not: str
    owner_key: str
    territory_key: str
    by_rule: Given
    rule_gives: str
    others: list[Other] = field(default_factory=list)
    allowed: list[Allowed] = field(default_factory=list)
    customer: list[str] = field(default_factory=list)

    @property
    def badges(self) -> list[str]:
        return [REASONS[one] for one in self.case.reasons]

    @property
    def territory(self) -> str:
        """The lead's, else its account's: what assignment rules look at."""
        return self.lead.territory or (self.account.territory if self.account is not None else "")

    @property
    def who_decides(self) -> str:
        owner = self.lead.owner
        if owner is None:
            return "Anybody who works on leads"
        manager = owner.team.manager if owner.team is not None else None
        return f"{owner}, or {manager}" if manager is not None and manager != owner else f"{owner}, or a manager"

    @property
    def in_bulk(self) -> bool:
        """Whether many such cases may be answered at once: only what is about owners is safe to."""
        return not self.why_not and bool(_ABOUT_OWNERS & set(self.case.reasons))


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, the oldest first, and the place after which the next page begins (0: none)."""

    rows: list[Row]
    following: int


def cases(user: User, place: Place) -> QuerySet[IntakeCase]:
    """The open cases at this place whatever their reason, of leads that this person may see."""
    return IntakeCase.objects.filter(status=IntakeStatus.OPEN, lead__in=_leads(user, place))


def counts(found: QuerySet[IntakeCase]) -> dict[str, int]:
    """How many cases there are for each reason, and in all under the empty name. One query."""
    counted = {one.value: Count("pk", filter=Q(reasons__contains=[one.value])) for one in ASKED}
    numbers = found.order_by().aggregate(everything=Count("pk"), **counted)
    return {"": numbers.pop("everything"), **numbers}


def promises(user: User, place: Place) -> QuerySet[Draft]:
    """First messages that promise something and wait for a person, the oldest first."""
    drafts = Draft.objects.visible_to(user).awaiting_review().filter(review_reasons__contains=[PROMISES])
    near = _near(user, place.whose)
    if near is not None:
        drafts = drafts.filter(near)
    if place.q:
        drafts = search_names(drafts, place.q, fields=("contact__name",), among=Draft.objects.awaiting_review())
    return drafts.order_by("id")


def page_of_promises(found: QuerySet[Draft], after: int, size: int = PAGE) -> tuple[list[Draft], int]:
    rows = list(found.filter(pk__gt=after).select_related("contact", "owner")[: size + 1])
    return rows[:size], rows[size - 1].pk if len(rows) > size else 0


def page(found: QuerySet[IntakeCase], place: Place, user: User, now: datetime, size: int = PAGE) -> Page:
    """The cases after a place, by keyset, with everything that is shown of them, in a fixed number of queries."""
    if place.reason:
        found = found.filter(reasons__contains=[place.reason])
    found = found.filter(_following(place.after))
    shown = list(
        found.select_related(
            "lead__contact__account__owner",
            "lead__account__owner",
            "lead__owner__team__manager",
            "decision__cadence_version",
        )
        .defer("decision__evidence")
        .order_by("opened_at", "id")[: size + 1]
    )
    following = shown[size - 1].pk if len(shown) > size else 0
    return Page(_rows(shown[:size], user, now), following)


def next_after(found: QuerySet[IntakeCase], place: Place, case_id: int) -> int:
    """The case that comes after this one in the list, else the last one before it; 0 where none is left."""
    if place.reason:
        found = found.filter(reasons__contains=[place.reason])
    ids = list(found.filter(_following(place.after)).order_by("opened_at", "id").values_list("pk", flat=True)[:PAGE])
    later = set(found.filter(_following(case_id), pk__in=ids).values_list("pk", flat=True))
    return next((pk for pk in ids if pk in later), ids[-1] if ids else 0)


def _following(case_id: int) -> Q:
    """After this case in the order of the list. A case never changes its place; of one that is unknown, all."""
    opened_at = IntakeCase.objects.filter(pk=case_id).values_list("opened_at", flat=True).first() if case_id else None
    if opened_at is None:
        return Q()
    return Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, pk__gt=case_id)


def _leads(user: User, place: Place) -> QuerySet[Lead]:
    # A lead that somebody closed has nothing to clear up until it is opened again.
    leads: QuerySet[Lead] = Lead.objects.visible_to(user).filter(disposition="")
    near = _near(user, place.whose)
    if near is not None:
        leads = leads.filter(near)
    if place.q:
        fields = ("contact__name", "account__name")
        also = Q(external_id__iexact=place.q)
        leads = search_names(leads, place.q, fields=fields, among=Lead.objects.all(), also=also)
    return leads


def _near(user: User, whose: str) -> Q | None:
    if whose == "mine":
        return Q(owner=user)
    if whose == "unassigned":
        return Q(owner=None)
    if whose == "team":
        team = Q(owner__team__manager=user)
        return team | Q(owner__team=user.team_id) if user.team_id is not None else team
    return None


def _rows(shown: Sequence[IntakeCase], user: User, now: datetime) -> list[Row]:
    today = now.astimezone(UTC).date()
    # What the rules say is shown, and so looked up, only where it is about owners.
    desk = Desk.read() if any(_ABOUT_OWNERS & set(case.reasons) for case in shown) else Desk((), {}, {})
    rows = []
    for case in shown:
        lead = case.lead
        account = lead.account or lead.contact.account
        # Each on its own: the page says what the rules would do with this lead, not with all of them.
        answer = desk.hand_out([lead])[lead.pk]
        taker = desk.people.get(answer.owner_id or 0)
        rows.append(
            Row(
                case=case,
                lead=lead,
                account=account,
                days=max(0, (now - case.opened_at).days),
                why_not=why_not_settle(lead=lead, user=user),
                owner_key=owner_conflict(lead, account),
                territory_key=territory_conflict(lead, account),
                by_rule=answer,
                rule_gives=taker.name if taker is not None else "",
            )
        )
    _add_duplicates([row for row in rows if DecisionReason.DUPLICATE in row.case.reasons], user)
    _add_permissions([row for row in rows if DecisionReason.CONSENT_UNCLEAR in row.case.reasons])
    _add_customers([row for row in rows if DecisionReason.EXISTING_CUSTOMER in row.case.reasons], today)
    return rows


def _add_duplicates(rows: Sequence[Row], user: User) -> None:
    found = duplicates_of(row.lead.pk for row in rows)
    named = [one for each in found.values() for one in each]
    leads = Lead.objects.select_related("owner").in_bulk([one.lead_id for one in named if one.lead_id is not None])
    visible = set(Lead.objects.visible_to(user).filter(pk__in=list(leads)).values_list("pk", flat=True))
    contacts = Contact.objects.select_related("account").in_bulk(
        [one.contact_id for one in named if one.contact_id is not None]
    )
    people = _beside([*contacts.values(), *(row.lead.contact for row in rows)])
    for row in rows:
        row.others = [
            Other(
                one,
                leads.get(one.lead_id or 0),
                one.lead_id in visible,
                (people[row.lead.contact_id], people[one.contact_id]) if one.contact_id is not None else (),
            )
            for one in found[row.lead.pk]
        ]


def _beside(contacts: Iterable[Contact]) -> dict[int, Beside]:
    """What is shown of each contact, its addresses in one query: the current one first."""
    known = {contact.pk: contact for contact in contacts}
    found: dict[tuple[int, str], list[str]] = {}
    for one in Address.objects.filter(contact__in=list(known)).order_by("-is_primary", "pk"):
        found.setdefault((one.contact_id, one.kind), []).append(one.value)
    return {
        pk: Beside(
            contact,
            tuple(found.get((pk, AddressKind.EMAIL.value), ())),
            tuple(found.get((pk, AddressKind.PHONE.value), ())),
        )
        for pk, contact in known.items()
    }


def _add_permissions(rows: Sequence[Row]) -> None:
    contacts = [row.lead.contact_id for row in rows]
    states = permissions_of(contacts)
    latest = {
        (one.contact_id, one.channel): one
        for one in ConsentRecord.objects.filter(contact__in=contacts)
        .order_by("contact_id", "channel", "-recorded_at", "-id")
        .distinct("contact_id", "channel")
    }
    for row in rows:
        contact = row.lead.contact_id
        row.allowed = [
            _allowed(channel, states[contact][channel], latest.get((contact, channel)))
            for channel in row.case.decision.cadence_version.channels
        ]


def _allowed(channel: str, state: ChannelPermission, record: ConsentRecord | None) -> Allowed:
    label = Channel(channel).label
    stopped = ", ".join(SuppressionReason(one).label.lower() for one in state.suppressed_by)
    if not state.has_address:
        kind = AddressKind(ADDRESS_KIND_OF_CHANNEL[channel]).label.lower()
        stopped = f"no {kind} is known"
    if record is None:
        return Allowed(channel, label, "Nothing is known", None, "", stopped)
    return Allowed(channel, label, record.get_status_display(), record.recorded_at, record.source, stopped)


def _add_customers(rows: Sequence[Row], today: date) -> None:
    """Why they count as customers, in sentences: the same facts as in `followups.statements.LEADS`."""
    contacts = [row.lead.contact_id for row in rows]
    accounts = [row.account.pk for row in rows if row.account is not None]
    won = Lead.objects.filter(stage=Stage.WON).order_by()
    by_contact = dict(won.filter(contact__in=contacts).values_list("contact").annotate(n=Count("pk")))
    by_account = dict(won.filter(account__in=accounts).values_list("account").annotate(n=Count("pk")))
    here = Q(customer_since__lte=today) & (Q(churned_on=None) | Q(churned_on__gt=today))
    of_accounts = Contact.objects.filter(here, account__in=accounts).order_by().values_list("account")
    inside = {
        account: (n, since) for account, n, since in of_accounts.annotate(n=Count("pk"), on=Min("customer_since"))
    }
    for row in rows:
        contact, account = row.lead.contact, row.account.pk if row.account is not None else 0
        is_one = contact.customer_since is not None and contact.customer_since <= today
        said = row.customer
        if is_one and (contact.churned_on is None or contact.churned_on > today):
            said.append(f"They are a customer since {contact.customer_since:%-d %B %Y}.")
        if n := by_contact.get(contact.pk):
            said.append(f"{_many(n, 'deal')} with them {'is' if n == 1 else 'are'} won.")
        if n := by_account.get(account):
            said.append(f"{_many(n, 'deal')} with the account {'is' if n == 1 else 'are'} won.")
        if account in inside:
            n, since = inside[account]
            verb = "is a customer" if n == 1 else "are customers"
            said.append(f"{_many(n, 'contact')} of the account {verb}, the first since {since:%-d %B %Y}.")
        if row.lead.existing_customer:
            said.append("The lead came in marked as a customer.")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
