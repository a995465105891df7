"""Settings that hold everywhere; what differs between places is read from the environment."""

import os
from datetime import timedelta
from pathlib import Path

import django_stubs_ext

from config import environment as env
from config.local_services import addresses
from config.logs import logging_settings
from config.search_engine import elasticsearch_settings

django_stubs_ext.monkeypatch()  # lets code name the model of a generic class: ModelAdmin[Expert]

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# Where this installation keeps what it writes: uploads, mail, generated secrets, local servers.
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var" / "site"))).resolve()
_local = addresses.Addresses(DATA_DIR)

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY", "")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS", [])

# --- The product -------------------------------------------------------------------------------
SITE_NAME = env.text("SITE_NAME", "서울AI브리지")
SITE_OPERATOR = env.text("SITE_OPERATOR", "서울AI재단")
SITE_CONTACT = env.text("SITE_CONTACT", "help@bridge.example")
GOVERNMENT_MASTHEAD = env.flag("GOVERNMENT_MASTHEAD", False)  # only for official addresses
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000")  # the base of links in mail
DEMO = env.flag("DEMO", False)  # marks every page as holding invented data

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "axes",
    "csp",
    "common",
    "accounts",
    "audit",
    "notifications",
    "attachments",
    "content",
    "experts",
    "consulting",
    "matching",
    "demo",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AuditorsOnlyRead",
    "content.sessions.SessionTouchMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.logs.RequestLogMiddleware",
    "content.middleware.FriendlyErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
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
                "django.template.context_processors.i18n",
                "config.context.site",
                "content.context_processors.site",
            ],
        },
    },
]

FORM_RENDERER = "content.forms.BridgeRenderer"
CSRF_FAILURE_VIEW = "content.pages.errors.csrf_failure"
HEALTH_CHECK = "config.health.check_all"  # what the status page shows

# --- Database, broker, cache -------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", _local.database_url),
        "CONN_MAX_AGE": env.number("DATABASE_CONNECTION_SECONDS", 60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.broker("BROKER_URL", _local.broker_url)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("CACHE_URL", env.cache_address(BROKER_URL)),
        "KEY_PREFIX": "bridge",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# --- Background work ---------------------------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Seoul"
CELERY_ENABLE_UTC = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A task is delivered again when nobody has confirmed it within the visibility timeout, so that
# timeout stays far above the longest a task may take.
CELERY_TASK_SOFT_TIME_LIMIT = 540  # seconds
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # seconds
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}
# Someone who saves a page does not wait for a broker that is away: rows are swept later.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "scheduler" / "schedule")

# --- Matching ----------------------------------------------------------------------------------
SEARCH_ENGINE = env.choice("SEARCH_ENGINE", "postgres", ("postgres", "elasticsearch"))
ELASTICSEARCH = elasticsearch_settings(
    _local.elasticsearch_url if SEARCH_ENGINE == "elasticsearch" else "",
    needed=SEARCH_ENGINE == "elasticsearch",
)
# Exact scan or graph over vectors, parts of an index (0: by the number of experts), and copies.
ELASTICSEARCH_VECTOR_INDEX = env.choice(
    "ELASTICSEARCH_VECTOR_INDEX", "auto", ("auto", "flat", "graph")
)
ELASTICSEARCH_SHARDS = env.number("ELASTICSEARCH_SHARDS", 0, most=256)
ELASTICSEARCH_REPLICAS = env.pattern(
    "ELASTICSEARCH_REPLICAS", "0-1", r"\d(-\d)?", "a number, or two as in 0-1"
)
# Postings of every word in PostgreSQL: large, and needed only where no cluster finds by words.
MATCHING_POSTINGS = env.flag("MATCHING_POSTINGS", True)
# Language models: "bundled", a name on the model hub, a folder, or a table with what the site
# declares about one ({"model": ..., "languages": ["ko"], "query": "query: ", "passage": ...}).
MATCHING_ENCODERS = env.entries("MATCHING_ENCODERS", ["bundled"])
# A file of the site's own synonyms, besides matching/resources/synonyms.txt.
MATCHING_SYNONYMS = env.text("MATCHING_SYNONYMS", "")
# Percent of a list's positions that go to people drawn by lot, for learning without bias.
MATCHING_EXPLORATION_SHARE = env.number("MATCHING_EXPLORATION_PERCENT", 0, most=30) / 100

# --- People and their sessions -----------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "content:home"
LOGOUT_REDIRECT_URL = "content:home"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24  # seconds

AXES_FAILURE_LIMIT = env.number("SIGN_IN_ATTEMPTS", 5, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=env.number("SIGN_IN_LOCK_MINUTES", 15, least=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"  # what the address is called when people sign in
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.locked_out"
# Trying on while locked does not prolong the lock, so the time shown is the time left.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "bridge_session"
SESSION_COOKIE_AGE = 60 * env.number("SESSION_MINUTES", 8 * 60, least=5)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "bridge_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Protection of pages -----------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Languages and time ------------------------------------------------------------------------
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Seoul"
USE_TZ = True

# --- Files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes of a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
ATTACHMENT_MAX_BYTES = 1024 * 1024 * env.number("ATTACHMENT_MAX_MIB", 20, least=1, most=500)

# --- Mail --------------------------------------------------------------------------------------
# Without a mail server every message stays readable: in the outbox table and as a file.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", bool(EMAIL_HOST))
EMAIL_TIMEOUT = 10  # seconds
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_BACKEND = "django.core.mail.backends." + ("smtp" if EMAIL_HOST else "filebased")
EMAIL_BACKEND += ".EmailBackend"
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "서울AI브리지 <no-reply@bridge.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- API ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "common.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "common.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Seoul AI Bridge API",
    "DESCRIPTION": "Experts, requests and explained recommendations, as the pages show them.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.openapi.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "accounts.models.Role",
        "ExpertStateEnum": "experts.models.Expert.State",
        "ExpertOriginEnum": "experts.models.Expert.Origin",
        "ClaimKindEnum": "experts.models.ClaimKind",
        "RelationKindEnum": "experts.models.Relation.Kind",
    },
}

# --- Logs --------------------------------------------------------------------------------------
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logging_settings(
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    style=env.choice("LOG_STYLE", "lines", ("lines", "json")),
)

# The libraries below sentence-transformers would otherwise look for models on the network.
if MATCHING_ENCODERS == ["bundled"]:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
