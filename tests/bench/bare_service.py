# What a service in Python costs when it has nothing to do: answers get_by_id with as many tuples as its first argument
# says, under the name that is its second. Prints `ready`. The peer of the bus's benchmark.

import ctypes
import sys

import dbus
import dbus.mainloop.glib
import dbus.service

COUNT, NAME = int(sys.argv[1]), sys.argv[2]
INTERFACE = "org.freedesktop.PvDManager"


class Service(dbus.service.Object):
    @dbus.service.method(INTERFACE, in_signature="s", out_signature="a(ssss)")
    def get_by_id(self, pvd_id):
        return [(f"bench-{n}.example", f"mifpvd-{n}", "eth1", "null") for n in range(COUNT)]


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
owned = dbus.service.BusName(NAME, bus)
service = Service(bus, "/org/freedesktop/PvDManager")
print("ready", flush=True)
# GLib's loop without its Python package, which is another one to install.
glib = ctypes.CDLL("libglib-2.0.so.0")
glib.g_main_loop_new.restype = ctypes.c_void_p
glib.g_main_loop_run.argtypes = [ctypes.c_void_p]
glib.g_main_loop_run(glib.g_main_loop_new(None, 0))
