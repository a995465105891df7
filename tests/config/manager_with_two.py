"""A process manager with two small programs, run by the tests as a process of its own."""

import signal
import sys

from config.local_services.supervisor import Program, Stopped, Supervisor

SLEEPER = "import time; print('sleeping', flush=True); time.sleep(600)"
# A program that neither signal impresses and that has a child of its own.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600) # grandchild"])
print("stubborn", flush=True)
while True: signal.pause()
"""

with Supervisor() as manager:
    manager.start(Program("first", [sys.executable, "-c", SLEEPER]))
    impatient = ((signal.SIGTERM, 0.2),)
    manager.start(Program("second", [sys.executable, "-c", STUBBORN], stop=impatient))
    manager.say("up")
    try:
        manager.supervise()
    except Stopped as stopped:
        manager.say(f"asked by {stopped}")
