# Owns a name on a session bus until its standard input ends, as a copy of a program that runs already does. Started by
# desktop_test.ts. Arguments: the name. Prints "owned" when it has it.

import sys

import dbus

bus = dbus.bus.BusConnection(dbus.bus.BusConnection.TYPE_SESSION)
bus.request_name(sys.argv[1])
print("owned", flush=True)
sys.stdin.read()
