"""The production web server. The code is loaded once and shared by its processes."""

import os

wsgi_app = "config.wsgi:application"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 60  # seconds
graceful_timeout = 6  # seconds
keepalive = 5  # seconds
loglevel = "warning"
accesslog = None
control_socket_disable = True  # it would be shared by every checkout of one person
