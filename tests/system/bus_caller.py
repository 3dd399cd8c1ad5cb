# A program on the system bus for bus_test.ts, run as one user of the lab: makes the calls of a JSON list (its only
# argument) one after the other over one connection, uses what it was given, and prints a JSON list of answers.

import json
import os
import socket
import sys

import dbus
import dbus.lowlevel

TIMEOUT_S = 20


def arguments(call):
    """The arguments and their signature; `fds` is so many descriptors that nobody asked for."""
    fds = [dbus.types.UnixFd(0)] * call.get("fds", 0)
    return call.get("args", []) + fds, call.get("signature", "") + "h" * len(fds)


def fetch(fd, address):
    """What the web server there says, over the socket that was given."""
    with socket.socket(fileno=fd) as web:
        web.settimeout(TIMEOUT_S)
        try:
            web.connect((address, 80))
        except OSError as error:
            return error.strerror
        web.sendall(b"GET / HTTP/1.0\r\n\r\n")
        text = b"".join(iter(lambda: web.recv(4096), b"")).decode()
        return text.split("\r\n\r\n", 1)[1].split()[0]


def use(call, values):
    """What came of the descriptor, if one was wanted."""
    if "fetch" in call:
        return fetch(values[0].take(), call["fetch"])
    if "inode" in call:
        fd = values[0].take()
        inode = os.fstat(fd).st_ino
        os.close(fd)
        return inode
    return values


def answer(connection, call):
    message = dbus.lowlevel.MethodCallMessage(
        call.get("destination", "net.pvd1"), call["path"], call.get("interface"), call["member"]
    )
    values, signature = arguments(call)
    try:
        message.append(*values, signature=signature)
        reply = connection.send_message_with_reply_and_block(message, TIMEOUT_S)
        return {"value": use(call, reply.get_args_list())}
    except dbus.DBusException as error:
        return {"error": error.get_dbus_name(), "message": error.get_dbus_message()}


bus = dbus.SystemBus(private=True)
print(json.dumps([answer(bus, call) for call in json.loads(sys.argv[1])]))
