"""Every write about messages: written, decided, sent, stopped."""

from outreach.channels.addresses import inbound_address
from outreach.services.call_outcomes import StaleCall, keep_outcome
from outreach.services.calls import ask_for_call, call_off, why_not_call, why_not_call_many
from outreach.services.composing import (
    ask_for_variants,
    compose_one,
    compose_waiting,
    give_up_lost,
    use_text,
    want_text,
)
from outreach.services.confirming import confirm_by_message, withdraw_late_confirmations
from outreach.services.deciding import (
    approve,
    close_out_draft,
    edit,
    review_again,
    review_facts,
    review_verdict,
    settle_unknown,
    suppress_draft,
    suppress_pending,
    withdraw,
    withdraw_draft,
)
from outreach.services.delivery import Delivered, Result, claim, deliver_due, deliver_one, mark_lost_sends
from outreach.services.forgetting import empty_old_notices
from outreach.services.handling import LONGEST_SNOOZE, hand_on, snooze, take_back, wake_up
from outreach.services.holding import look_again, may_send_now, may_write_to, release_holds
from outreach.services.noticing import note_address_news, note_news, note_sends, try_again
from outreach.services.policy import approve_by_policy, policy_is_stopped, take_back_what_nobody_read
from outreach.services.preferences import Choices, Preferences, Saved, preferences_of, save_preferences
from outreach.services.product_keys import create_product_key, revoke_product_key
from outreach.services.push import end_subscription, end_subscriptions, register_subscription
from outreach.services.reading import note_reading
from outreach.services.refusals import BlockedByGates, FourEyes, NotPermitted, Refused, StaleDraft
from outreach.services.replying import (
    StaleReply,
    confirm_opt_out,
    hold_after_second_opinion,
    receive_reply,
    relabel,
    release_hold,
    settle_reply,
)
from outreach.services.second_opinions import ask_second_opinions
from outreach.services.stopping import (
    AlreadyStopped,
    MailOfTheDay,
    lift_stop,
    mail_of_the_day,
    note_complaint,
    open_stops,
    stop_sending,
)
from outreach.services.templates import (
    against_approval,
    approve_template_version,
    install_shipped_templates,
    new_template_version,
    try_out,
)
from outreach.services.unsubscribing import (
    Unsubscribed,
    is_unsubscribed,
    opt_out,
    recipient_of,
    unsubscribe,
    wait_until_quiet,
)
from outreach.services.writing import TemplateLibrary, library, store_draft, write

__all__ = [
    "LONGEST_SNOOZE",
    "AlreadyStopped",
    "BlockedByGates",
    "Choices",
    "Delivered",
    "FourEyes",
    "MailOfTheDay",
    "NotPermitted",
    "Preferences",
    "Refused",
    "Result",
    "Saved",
    "StaleCall",
    "StaleDraft",
    "StaleReply",
    "TemplateLibrary",
    "Unsubscribed",
    "against_approval",
    "approve",
    "approve_by_policy",
    "approve_template_version",
    "ask_for_call",
    "ask_for_variants",
    "ask_second_opinions",
    "call_off",
    "claim",
    "close_out_draft",
    "compose_one",
    "compose_waiting",
    "confirm_by_message",
    "confirm_opt_out",
    "create_product_key",
    "deliver_due",
    "deliver_one",
    "edit",
    "empty_old_notices",
    "end_subscription",
    "end_subscriptions",
    "give_up_lost",
    "hand_on",
    "hold_after_second_opinion",
    "inbound_address",
    "install_shipped_templates",
    "is_unsubscribed",
    "keep_outcome",
    "library",
    "lift_stop",
    "look_again",
    "mail_of_the_day",
    "mark_lost_sends",
    "may_send_now",
    "may_write_to",
    "new_template_version",
    "note_address_news",
    "note_complaint",
    "note_news",
    "note_reading",
    "note_sends",
    "open_stops",
    "opt_out",
    "policy_is_stopped",
    "preferences_of",
    "receive_reply",
    "recipient_of",
    "register_subscription",
    "relabel",
    "release_hold",
    "release_holds",
    "review_again",
    "review_facts",
    "review_verdict",
    "revoke_product_key",
    "save_preferences",
    "settle_reply",
    "settle_unknown",
    "snooze",
    "stop_sending",
    "store_draft",
    "suppress_draft",
    "suppress_pending",
    "take_back",
    "take_back_what_nobody_read",
    "try_again",
    "try_out",
    "unsubscribe",
    "use_text",
    "wait_until_quiet",
    "wake_up",
    "want_text",
    "why_not_call",
    "why_not_call_many",
    "withdraw",
    "withdraw_draft",
    "withdraw_late_confirmations",
    "write",
]
