"""One machine, everything on it: a developer's checkout or a demonstration."""

from config.local_services.secrets import local_secret
from config.settings.base import *

SECRET_KEY = SECRET_KEY or local_secret(DATA_DIR)
