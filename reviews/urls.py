"""Addresses of the workbench."""

from django.urls import path

from reviews import contact_views
from reviews.views import call_calendar, calls, edits, home, items, many, palette, queue, saved_views, verbs

app_name = "reviews"

urlpatterns = [
    path("", home.home, name="home"),
    path("palette/", palette.palette, name="palette"),
    path("contacts/<int:contact_id>/", contact_views.contact, name="contact"),
    path("reviews/", queue.queue, name="queue"),
    path("reviews/arrived/", queue.arrived, name="arrived"),
    path("reviews/many/", many.many, name="many"),
    path("reviews/many/approve/", many.approve_many, name="approve_many"),
    path("reviews/views/", saved_views.save_view, name="save_view"),
    path("reviews/views/<int:view_id>/remove/", saved_views.remove_view, name="remove_view"),
    path("reviews/<int:draft_id>/", items.item, name="item"),
    path("reviews/<int:draft_id>/seen/", items.seen, name="seen"),
    path("reviews/<int:draft_id>/approve/", verbs.approve, name="approve"),
    path("reviews/<int:draft_id>/edit/", edits.edit, name="edit"),
    path("reviews/<int:draft_id>/keep/", edits.keep_edit, name="keep_edit"),
    path("reviews/<int:draft_id>/drop/", edits.drop_edit, name="drop_edit"),
    path("reviews/<int:draft_id>/mine/", edits.use_mine, name="use_mine"),
    path("reviews/<int:draft_id>/texts/", edits.ask_for_texts, name="ask_for_texts"),
    path("reviews/<int:draft_id>/texts/<int:composition_id>/", edits.use_text, name="use_text"),
    path("reviews/<int:draft_id>/suppress/", verbs.suppress, name="suppress"),
    path("reviews/<int:draft_id>/close-out/", verbs.close_out, name="close_out"),
    path("reviews/<int:draft_id>/aside/", verbs.set_aside, name="set_aside"),
    path("reviews/<int:draft_id>/snooze/", verbs.snooze, name="snooze"),
    path("reviews/<int:draft_id>/wake/", verbs.end_snooze, name="wake"),
    path("reviews/<int:draft_id>/reassign/", verbs.reassign, name="reassign"),
    path("reviews/<int:draft_id>/note/", verbs.add_note, name="add_note"),
    path("reviews/<int:draft_id>/undo/", verbs.undo, name="undo"),
    path("reviews/<int:draft_id>/settle/", verbs.settle, name="settle"),
    path("reviews/<int:draft_id>/review-again/", verbs.review_again, name="review_again"),
    path("calls/", calls.calls, name="calls"),
    path("calls/next/", calls.next_call, name="next_call"),
    path("calls/<int:call_id>/", calls.call, name="call"),
    path("calls/<int:call_id>/outcome/", calls.keep_outcome, name="keep_outcome"),
    path("calls/<int:call_id>/off/", calls.call_off, name="call_off"),
    path("calls/<int:call_id>/call.ics", call_calendar.call_file, name="call_file"),
    path("calls/promises/<int:plan_id>/done/", calls.finish_promise, name="finish_promise"),
    path("calls/calendar/", call_calendar.call_calendar, name="call_calendar"),
    path("calls/calendar/new/", call_calendar.new_calendar, name="new_calendar"),
    path("calls/calendar/end/", call_calendar.end_call_calendar, name="end_call_calendar"),
    path("calls/feed/<str:secret>.ics", call_calendar.call_feed, name="call_feed"),
]
