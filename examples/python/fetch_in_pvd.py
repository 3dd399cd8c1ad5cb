#!/usr/bin/python3
"""Lists the PvDs, or fetches http://[ADDRESS]/ in one of them: fetch_in_pvd.py [ID ADDRESS]. Uses dbus-python."""

import pvd


def work(bus, id=None, address=None):
    if id is None:
        for domain in pvd.domains(bus):
            print(pvd.shown(domain["Id"]), domain["Namespace"], domain["Link"], domain["State"])
        return
    with pvd.open_socket(bus, id) as connection:
        pvd.ask(connection, address)
        print(pvd.answer(connection))


pvd.main(work, "fetch_in_pvd.py [ID ADDRESS]", 0, 2)
