#!/usr/bin/python3
"""One program, sockets in two PvDs at once: two_pvds.py ID ADDRESS ID ADDRESS."""

import sys

import dbus

import pvd

bus = dbus.SystemBus()
try:
    with pvd.open_socket(bus, sys.argv[1]) as first, pvd.open_socket(bus, sys.argv[3]) as second:
        print(pvd.fetch(first, sys.argv[2]))
        print(pvd.fetch(second, sys.argv[4]))
except (dbus.DBusException, OSError) as error:
    sys.exit(str(error))
