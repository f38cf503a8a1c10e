"""All settings. What differs between places comes from the environment; the README lists every variable."""

from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import embedded
from outreach import ways_out

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.str("ENV", default="development")
PRODUCTION = ENV == "production"
DATA_DIR = embedded.data_dir()

DEVELOPMENT_SECRET = "only-for-development-0123456789-abcdefghijklmnopqrstuvwxyz-do-not-deploy"  # noqa: S105  refused in production below
SECRET_KEY = env.str("SECRET_KEY", default="" if PRODUCTION else DEVELOPMENT_SECRET)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
PUBLIC_URL = env.str(
    "PUBLIC_URL", default="" if PRODUCTION else f"http://localhost:{env.str('PORT', default='8000')}"
).rstrip("/")

if PRODUCTION:
    # What is not set is not switched on, and nothing is wrong with it.
    of_channels = ways_out.problems(
        email_url=env.str("EMAIL_URL", default=""),
        sms_url=env.str("SMS_URL", default=""),
        vapid_private_key=env.str("VAPID_PRIVATE_KEY", default=""),
        vapid_subject=env.str("VAPID_SUBJECT", default=""),
        inbound_address=env.str("INBOUND_ADDRESS", default=""),
    )
    unsafe = [
        sentence
        for wrong, sentence in [
            (
                len(SECRET_KEY) < 50 or SECRET_KEY == DEVELOPMENT_SECRET,
                "SECRET_KEY must be set to at least 50 random characters.",
            ),
            (DEBUG, "DEBUG must be off."),
            (
                not env.str("DATABASE_URL", default=""),
                "DATABASE_URL must name a PostgreSQL server: the embedded one is for trying out.",
            ),
            (
                not env.str("REDIS_URL", default=""),
                "REDIS_URL must name a Redis or Valkey server: the embedded one is for trying out.",
            ),
            (
                not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
                "ALLOWED_HOSTS must list the names this site answers to, not *.",
            ),
            (
                not PUBLIC_URL.startswith("https://"),
                "PUBLIC_URL must begin with https://, since links in mail lead there.",
            ),
            (
                not env.str("EMAIL_URL", default=""),
                "EMAIL_URL must name a mail server (smtp://host:port), a provider or a folder.",
            ),
            *((True, problem) for problem in of_channels),
            (not env.str("FROM_EMAIL", default=""), "FROM_EMAIL must be the address your messages come from."),
            (not env.str("POSTAL_ADDRESS", default=""), "POSTAL_ADDRESS must be set: it stands below every message."),
        ]
        if wrong
    ]
    if unsafe:
        raise ImproperlyConfigured("Rekindle does not start with ENV=production: " + " ".join(unsafe))

INSTALLED_APPS = [
    "reviews",
    "retention",
    "followups",
    "outreach",
    "contacts",
    "staff",
    "config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.SessionLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "staff.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "staff.context.appearance",
            ],
        },
    },
]

if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
else:
    DATABASES = {"default": embedded.database_settings()}
BROKER_URL = env.str("REDIS_URL", default="") or embedded.broker_url()

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Sign-in (django-allauth): by user name or e-mail; nobody signs up by themselves.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "staff.accounts.ClosedSignupAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_PREVENT_ENUMERATION = True
# Nobody chooses to stay signed in: a session ends with the browser, or by the limits below, whichever is first.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip", "reset_password": "20/m/ip,5/m/key"}
# How many proxies in front are ours: the client address counts from the right of X-Forwarded-For, so none is invented.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rekindle"
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=False)

SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=2 * 3600)
SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 3600)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "rekindle_session"

# In the database, not in the broker: wiping the broker must not give an attacker fresh tries at a password.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.int("TRUSTED_PROXIES", default=0) else None
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The QR code of the second factor is a data: image made by us.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
# Collected only for production; elsewhere files are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = DATA_DIR / "media"
# Files larger than this are written to disk while they arrive; the limit on imports themselves is IMPORT_MAX_BYTES.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=500_000_000)

# Events go this many days after they happened; 0 keeps them. Scores and backtests must find what they look back at.
EVENT_RETENTION_DAYS = env.int("EVENT_RETENTION_DAYS", default=1095)
if EVENT_RETENTION_DAYS and EVENT_RETENTION_DAYS < 365:
    raise ImproperlyConfigured(
        f"EVENT_RETENTION_DAYS is {EVENT_RETENTION_DAYS}. Scores look back at months of events: "
        "set it to 365 or more, or to 0 to keep them all."
    )

# Where messages go. A folder shows them at /outbox/ and sends nothing.
EMAIL_URL = env.str("EMAIL_URL", default="") or str(DATA_DIR / "outbox")
SMS_URL = env.str("SMS_URL", default="") or str(DATA_DIR / "outbox")
FROM_EMAIL = env.str("FROM_EMAIL", default="team@rekindle.example")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL
# Where answers go so that Rekindle reads them; without it they go to the owner of the message.
INBOUND_ADDRESS = env.str("INBOUND_ADDRESS", default="")
# Push messages are signed with this key; manage.py create_push_key makes one. The subject says who can be reached.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_SUBJECT = env.str("VAPID_SUBJECT", default="") or f"mailto:{parseaddr(FROM_EMAIL)[1]}"
# The only hosts that push messages are sent to: a browser's address comes from outside.
PUSH_HOSTS = env.list(
    "PUSH_HOSTS",
    default=["fcm.googleapis.com", "updates.push.services.mozilla.com", "*.push.apple.com", "*.notify.windows.com"],
)
# Tests have a push service on their own machine. It cannot be set from outside.
PUSH_TO_THIS_MACHINE = False
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="Rekindle, 1 Ember Street, Bristol BS1 1AA, United Kingdom")
DEFAULT_PHONE_REGION = env.str("DEFAULT_PHONE_REGION", default="US")
# Where somebody may be of whom nothing else is known: quiet hours then hold in all time zones of these countries.
SEND_COUNTRIES = [code.strip().upper() for code in env.list("SEND_COUNTRIES", default=[]) if code.strip()] or [
    DEFAULT_PHONE_REGION
]
# A send that has not been heard of for this long may have happened or not: a person decides.
SEND_LEASE_SECONDS = env.int("SEND_LEASE_SECONDS", default=120)
SEND_TIMEOUT_SECONDS = env.int("SEND_TIMEOUT_SECONDS", default=20)
# So many connections work side by side when everybody is scored anew.
SCORE_CONNECTIONS = env.int("SCORE_CONNECTIONS", default=2)
# An approval can be taken back for this long, and nothing leaves before; 0 lets it leave at once.
UNDO_SECONDS = env.int("UNDO_SECONDS", default=60)
if not 0 <= UNDO_SECONDS <= 3600:
    raise ImproperlyConfigured(f"UNDO_SECONDS is {UNDO_SECONDS}. Set it to a number from 0 to 3600.")
# How long an unsubscribe waits for a message that is on its way at that moment.
UNSUBSCRIBE_BARRIER_SECONDS = env.int("UNSUBSCRIBE_BARRIER_SECONDS", default=25)
# Where the messages of playbooks send people to book, and to try a payment again. Without one they are asked to answer.
BOOKING_URL = env.str("BOOKING_URL", default="")
PAYMENT_URL = env.str("PAYMENT_URL", default="")
# Whether somebody who says stop in an answer is told once, on the same channel, that it is done.
OPT_OUT_CONFIRMATIONS = env.bool("OPT_OUT_CONFIRMATIONS", default=True)

# What providers and mailboxes sent, as it came, goes this many days later once it was dealt with; 0 keeps it.
NOTICE_RETENTION_DAYS = env.int("NOTICE_RETENTION_DAYS", default=90)
if NOTICE_RETENTION_DAYS < 0:
    raise ImproperlyConfigured(
        f"NOTICE_RETENTION_DAYS is {NOTICE_RETENTION_DAYS}. Set it to a number of days, or to 0 to keep everything."
    )

# What proves that a request of a provider is one: without its secret, its address does not exist (docs/inbound.md).
WEBHOOK_SECRET = [one for one in env.list("WEBHOOK_SECRET", default=[]) if one]
MAILGUN_WEBHOOK_SIGNING_KEY = env.str("MAILGUN_WEBHOOK_SIGNING_KEY", default="")
SENDGRID_WEBHOOK_KEY = env.str("SENDGRID_WEBHOOK_KEY", default="")
MANDRILL_WEBHOOK_KEY = env.str("MANDRILL_WEBHOOK_KEY", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
# Where answers are fetched from by teams whose provider cannot send them here: imaps://user:password@host/INBOX
IMAP_URL = env.str("IMAP_URL", default="")

# Django's own mail (password reset): the same place as everything else that leaves.
if EMAIL_URL.split("://")[0] in ways_out.MAIL_SERVERS:
    _mail = env.email_url_config(EMAIL_URL)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"] or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS, EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_TLS")), bool(_mail.get("EMAIL_USE_SSL"))
    EMAIL_TIMEOUT = SEND_TIMEOUT_SECONDS
elif ways_out.is_folder(EMAIL_URL):
    EMAIL_BACKEND = "outreach.channels.folder.FolderEmailBackend"
else:
    EMAIL_BACKEND = "outreach.channels.provider.ProviderEmailBackend"

# Where notices go in the company's chat: an incoming webhook of Slack, or whatever takes the same form. It is a secret.
SLACK_WEBHOOK_URL = env.str("SLACK_WEBHOOK_URL", default="")
if SLACK_WEBHOOK_URL and not SLACK_WEBHOOK_URL.startswith(("https://", "http://localhost", "http://127.0.0.1")):
    raise ImproperlyConfigured("SLACK_WEBHOOK_URL must be an address that begins with https://.")

# Texts by a language model: off without an address and a model. Prices are for a million tokens, to show what it costs.
LLM_URL = env.str("LLM_URL", default="").rstrip("/")
LLM_MODEL = env.str("LLM_MODEL", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
LLM_TIMEOUT_SECONDS = env.float("LLM_TIMEOUT_SECONDS", default=30.0)
LLM_PRICE_IN = Decimal(price) if (price := env.str("LLM_PRICE_IN", default="")) else None
LLM_PRICE_OUT = Decimal(price) if (price := env.str("LLM_PRICE_OUT", default="")) else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"rekindle": {"level": "INFO"}},
}

SILENCED_SYSTEM_CHECKS: list[str] = []
