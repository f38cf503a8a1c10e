"""Where events come in, and the pages about them."""

from django.urls import path

from contacts import merging_views
from contacts.ingest import api, names, openapi, refused
from contacts.ingest.messages import BATCH, TYPES

app_name = "contacts"

#: Segment's clients for servers use the whole word, its client for browsers the first letter.
CALLS = [(name, call) for call in (BATCH, *TYPES) for name in (call, call[0])]

urlpatterns = [
    *(path(f"v1/{name}", api.receive, {"call": call}, name=f"receive_{name}") for name, call in CALLS),
    path("v1/openapi.json", openapi.document, name="openapi"),
    path("v1/", openapi.page, name="api"),
    path("events/names/", names.event_names, name="event_names"),
    path("events/names/<int:name_id>/", names.map_event_name, name="map_event_name"),
    path("events/refused/", refused.dead_letters, name="dead_letters"),
    path("events/refused/replay/", refused.replay_several, name="replay_dead_letters"),
    path("events/refused/<int:letter_id>/", refused.dead_letter, name="dead_letter"),
    path("events/refused/<int:letter_id>/replay/", refused.replay, name="replay_dead_letter"),
    path("events/refused/<int:letter_id>/discard/", refused.discard, name="discard_dead_letter"),
    path("events/refused/<int:letter_id>/reopen/", refused.reopen, name="reopen_dead_letter"),
    path("duplicates/", merging_views.duplicates, name="duplicates"),
    path("duplicates/<int:pair_id>/", merging_views.duplicate, name="duplicate"),
    path("duplicates/<int:pair_id>/merge/", merging_views.merge_pair, name="merge_duplicate"),
    path("duplicates/<int:pair_id>/dismiss/", merging_views.dismiss, name="dismiss_duplicate"),
    path("merges/", merging_views.merges, name="merges"),
    path("merges/<int:merge_id>/undo/", merging_views.undo, name="undo_merge"),
]
