from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = "Messages"

    def ready(self) -> None:
        from outreach import checks  # noqa: F401  Django finds them by this
