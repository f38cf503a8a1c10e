"""Addresses of the workbench."""

from django.urls import path

from reviews import contact_views, views

app_name = "reviews"

urlpatterns = [
    path("", views.home, name="home"),
    path("contacts/<int:contact_id>/", contact_views.contact, name="contact"),
    path("reviews/", views.queue, name="queue"),
    path("reviews/<int:draft_id>/", views.item, name="item"),
    path("reviews/<int:draft_id>/approve/", views.approve, name="approve"),
    path("reviews/<int:draft_id>/edit/", views.edit, name="edit"),
    path("reviews/<int:draft_id>/texts/", views.ask_for_texts, name="ask_for_texts"),
    path("reviews/<int:draft_id>/texts/<int:composition_id>/", views.use_text, name="use_text"),
    path("reviews/<int:draft_id>/suppress/", views.suppress, name="suppress"),
    path("reviews/<int:draft_id>/close-out/", views.close_out, name="close_out"),
    path("reviews/<int:draft_id>/aside/", views.set_aside, name="set_aside"),
    path("reviews/<int:draft_id>/settle/", views.settle, name="settle"),
    path("reviews/<int:draft_id>/review-again/", views.review_again, name="review_again"),
]
