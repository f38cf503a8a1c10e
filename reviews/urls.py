"""Addresses of the workbench."""

from django.urls import path

from reviews import contact_views
from reviews.views import home, items, palette, queue

app_name = "reviews"

urlpatterns = [
    path("", home.home, name="home"),
    path("palette/", palette.palette, name="palette"),
    path("contacts/<int:contact_id>/", contact_views.contact, name="contact"),
    path("reviews/", queue.queue, name="queue"),
    path("reviews/<int:draft_id>/", items.item, name="item"),
    path("reviews/<int:draft_id>/approve/", items.approve, name="approve"),
    path("reviews/<int:draft_id>/edit/", items.edit, name="edit"),
    path("reviews/<int:draft_id>/texts/", items.ask_for_texts, name="ask_for_texts"),
    path("reviews/<int:draft_id>/texts/<int:composition_id>/", items.use_text, name="use_text"),
    path("reviews/<int:draft_id>/suppress/", items.suppress, name="suppress"),
    path("reviews/<int:draft_id>/close-out/", items.close_out, name="close_out"),
    path("reviews/<int:draft_id>/aside/", items.set_aside, name="set_aside"),
    path("reviews/<int:draft_id>/settle/", items.settle, name="settle"),
    path("reviews/<int:draft_id>/review-again/", items.review_again, name="review_again"),
]
