#!/usr/bin/python3
"""Lists the PvDs, or fetches http://[ADDRESS]/ in one of them: fetch_in_pvd.py [ID ADDRESS]. Uses dbus-python."""

import sys

import dbus

import pvd

bus = dbus.SystemBus()
try:
    if len(sys.argv) == 1:
        for domain in pvd.domains(bus):
            print(domain["Id"], domain["Namespace"], domain["Link"], domain["State"])
    else:
        with pvd.open_socket(bus, sys.argv[1]) as connection:
            print(pvd.fetch(connection, sys.argv[2]))
except (dbus.DBusException, OSError) as error:
    sys.exit(str(error))
