"""What the dbus-python examples share: PvDs listed, and sockets opened in them."""

import socket
import sys

import dbus
import dbus.lowlevel

NAME = "net.pvd1"
# polkit may ask the person for a password, and gives up after two minutes.
CALL_SECONDS = 130


def manager(bus, interface=f"{NAME}.Manager"):
    return dbus.Interface(bus.get_object(NAME, "/net/pvd1"), interface)


def domains(bus):
    """The properties of every PvD."""
    objects = manager(bus, "org.freedesktop.DBus.ObjectManager").GetManagedObjects()
    return [interfaces[f"{NAME}.Domain"] for interfaces in objects.values() if f"{NAME}.Domain" in interfaces]


def open_socket(bus, id):
    """A TCP socket of IPv6 in the PvD with this id. Raises dbus.DBusException; its text is polkit's reason."""
    paths = manager(bus).FindDomains({"id": id})
    # Two links may each have one of the same id: the criterion "link" tells them apart.
    if len(paths) != 1:
        raise SystemExit(f"there is {'more than one' if paths else 'no'} PvD {shown(id)}")
    # manager(bus).OpenSocket(...) would do, but for this flag: it lets polkit ask the person, where otherwise whoever
    # needs a password is refused at once. dbus-python has it on messages alone.
    call = dbus.lowlevel.MethodCallMessage(NAME, "/net/pvd1", f"{NAME}.Manager", "OpenSocket")
    call.set_allow_interactive_authorization(True)
    call.append(paths[0], "inet6", "stream", "tcp", signature="osss")
    (fd,) = bus.send_message_with_reply_and_block(call, CALL_SECONDS).get_args_list()
    # take() makes the descriptor ours; the socket is in the PvD, wherever this program runs.
    return socket.socket(fileno=fd.take())


def ask(connection, address):
    """Connects to port 80 of a numeric IPv6 address and asks for "/"."""
    # In digits: a name would be looked up by the host's resolver, which is not the PvD's.
    socket.inet_pton(socket.AF_INET6, address)
    connection.connect((address, 80))
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")


def answer(connection):
    """What comes until the other end closes."""
    return b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace")


def shown(text):
    """A router chose the id: it may hold anything, and a terminal obeys what it is shown."""
    return text.encode("unicode_escape").decode()


def main(work, usage, *counts):
    """Runs `work` with the bus and the arguments, of which there must be as many as one of `counts`."""
    if len(sys.argv) - 1 not in counts:
        sys.exit(f"usage: {usage}")
    try:
        work(dbus.SystemBus(), *sys.argv[1:])
    except dbus.DBusException as error:
        # net.pvd1.Error.NotAuthorized says here what polkit said, and what would help.
        sys.exit(error.get_dbus_message())
    except OSError as error:
        sys.exit(str(error))
