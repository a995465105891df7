"""A public server: every address and secret comes from the environment, traffic is encrypted."""

from config import environment as env
from config.settings.base import *

SECRET_KEY = env.text("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise env.ConfigurationError("SECRET_KEY", "is shorter than 50 characters")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")
env.text("DATABASE_URL")
env.text("BROKER_URL")
SITE_URL = env.text("SITE_URL")

if not DEMO:
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "demo"]

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
# Other sites under the same domain are not ours to decide for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
