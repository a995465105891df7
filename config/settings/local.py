"""One machine, everything on it: a developer's checkout or a demonstration."""

from config.settings.base import *
from config.local_services.secrets import local_secret

SECRET_KEY = SECRET_KEY or local_secret(DATA_DIR)
