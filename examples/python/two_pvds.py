#!/usr/bin/python3
"""One program, sockets in two PvDs at once: two_pvds.py ID ADDRESS ID ADDRESS."""

import pvd


def work(bus, id, address, other_id, other_address):
    with pvd.open_socket(bus, id) as first, pvd.open_socket(bus, other_id) as second:
        # Both are asked before either answer is read.
        pvd.ask(first, address)
        pvd.ask(second, other_address)
        print(pvd.answer(first))
        print(pvd.answer(second))


pvd.main(work, "two_pvds.py ID ADDRESS ID ADDRESS", 4)
