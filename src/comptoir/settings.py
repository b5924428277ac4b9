"""Django's settings, made from `comptoir.conf`; nothing here reads the environment."""

from __future__ import annotations

from importlib import metadata, util
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from comptoir.conf import ConfigurationError, conf, stored_secret

HERE = Path(__file__).resolve().parent
HOME = conf().home.resolve()

SECRET_KEY = conf().secret_key or stored_secret(HOME, "secret_key")
DEBUG = False
ALLOWED_HOSTS = [name.strip() for name in conf().allowed_hosts.split(",") if name.strip()] or [conf().host]
if conf().host == "localhost":
    ALLOWED_HOSTS += ["127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [conf().url]


def module_apps() -> list[str]:
    """Django apps of the installed modules: the package of each entry point, where it has an `apps.py`."""
    packages = {point.module.rpartition(".")[0] for point in metadata.entry_points(group="comptoir.modules")}
    return sorted(name for name in packages if name and util.find_spec(f"{name}.apps") is not None)


INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "comptoir.kernel",
    "comptoir.jobs",
    "comptoir.modules",
    "comptoir.inbox",
    "comptoir.mail",
    "comptoir.customers",
    "comptoir.catalogue",
    "comptoir.orders",
    "comptoir.invoices",
    "comptoir.services",
    "comptoir.ledger",
    "comptoir.payments",
    "comptoir.shop",
    "comptoir.backoffice",
    "comptoir.backoffice.site.Admin",
    *module_apps(),
]

MIDDLEWARE = [
    "comptoir.kernel.requests.behind_proxies",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # early: pages of errors have its header too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "comptoir.kernel.requests.tidy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "comptoir.shop.privacy.accounts_unkept",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "comptoir.urls"
WSGI_APPLICATION = "comptoir.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "comptoir.shop.context.counter",
            ],
        },
    }
]


# Seconds. The pool waits twice as long after each failure: it gives up early, so that whoever comes next makes it try at once, and
# does not wait as long again as the database was away.
POOL: dict[str, object] = {"min_size": 1, "timeout": 15, "reconnect_timeout": 2}


def database(url: str) -> dict[str, object]:
    """Django's form of a PostgreSQL address; a socket folder is given percent-encoded as `?host=`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ConfigurationError("COMPTOIR_DATABASE_URL is wrong: it must begin with postgresql://.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "comptoir",
        "USER": options.pop("user", None) or unquote(parts.username or ""),
        "PASSWORD": options.pop("password", None) or unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or (str(parts.port) if parts.port else ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # one that a restart has broken is handed to nobody
        "OPTIONS": {"pool": POOL | {"max_size": conf().worker_threads + 6}, **options},
    }


# The supervisor names the embedded server's socket in COMPTOIR_DATABASE_URL; without either there is nothing to connect to.
DATABASES = {"default": database(conf().database_url or "postgresql:///comptoir?host=%2Fnonexistent")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in throttles count over all web processes, so the cache is shared: a table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "comptoir_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # beyond it counts are thrown away unread
    }
}

AUTH_USER_MODEL = "customers.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "comptoir.customers.passwords.OwnWords"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_ADAPTER = "comptoir.shop.accounts.Adapter"
ACCOUNT_FORMS = {"signup": "comptoir.customers.signup_form.SignupForm"}
ACCOUNT_CHANGE_EMAIL = True  # one address each, replaced once the new one is confirmed
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    # Wrong tries: for one address (an office shares one), and for one account, wherever they come from. A right one is not counted.
    "login_failed": "20/300s/ip,5/300s/key",
    "login": "60/m/ip",
    "second_factor": "20/d/key",  # wrong codes, by somebody who has the password
    "reset_password": "20/300s/ip,3/300s/key",
    "reset_password_from_key": "20/300s/ip",
    "signup": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
}
MFA_ADAPTER = "comptoir.shop.accounts.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # clocks of telephones: one step of 30 seconds before and after (RFC 6238, 5.2)
MFA_ALLOW_UNVERIFIED_EMAIL = True  # our forms ask for a confirmed address, and let it be changed later on
MFA_FORMS = {
    "authenticate": "comptoir.customers.factor_forms.AuthenticateForm",
    "reauthenticate": "comptoir.customers.factor_forms.ReauthenticateForm",
    "authenticate_webauthn": "comptoir.customers.factor_forms.AuthenticatePasskeyForm",
    "login_webauthn": "comptoir.customers.factor_forms.LoginPasskeyForm",
    "reauthenticate_webauthn": "comptoir.customers.factor_forms.ReauthenticatePasskeyForm",
    "activate_totp": "comptoir.customers.factor_forms.ActivateForm",
    "add_webauthn": "comptoir.customers.factor_forms.AddPasskeyForm",
}
STAFF_MFA_REQUIRED = conf().staff_mfa == "required"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/client/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Cookies carry the port, so that two counters on one host name do not sign each other out.
SESSION_COOKIE_NAME = f"comptoir_session_{conf().port}"
CSRF_COOKIE_NAME = f"comptoir_csrf_{conf().port}"
LANGUAGE_COOKIE_NAME = f"comptoir_language_{conf().port}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = conf().secure
SESSION_ENGINE = "comptoir.kernel.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if conf().trusted_proxies else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if conf().secure else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
PUBLIC_URL = conf().url
DEFAULT_FROM_EMAIL = conf().email_from or f"no-reply@{conf().host}"

PROCRASTINATE_ON_APP_READY = "comptoir.jobs.app.ready"
# Loops that each worker runs beside its jobs: functions of (stop event), by dotted name, because jobs lie below them.
WORKER_LOOPS = ["comptoir.payments.sync.loop", "comptoir.payments.sweep.loop"]
# What a dead worker held is freed by each of these: functions of (by=worker name).
LEASE_RELEASERS = ["comptoir.inbox.actions.release", "comptoir.services.actions.release"]

LOGGING_CONFIG = None  # comptoir.kernel.logs sets structlog up at start
SILENCED_SYSTEM_CHECKS: list[str] = []
