"""A program with a channel to one PvD: channel_user.py PATH ADDRESS. Opens a hundred sockets on it, asks for what it
may not have, then says "open" and what ends the channel. For each line of standard input it opens one more socket and
says "another"; the end of standard input ends it."""

import array
import json
import os
import select
import socket
import sys

import dbus

bus = dbus.SystemBus()
manager = dbus.Interface(bus.get_object("net.pvd1", "/net/pvd1"), "net.pvd1.Manager")
try:
    channel = socket.socket(fileno=manager.OpenChannel(sys.argv[1]).take())
except dbus.DBusException as error:
    sys.exit(error.get_dbus_name() + ": " + str(error))


def ask(family, kind, protocol):
    channel.send(json.dumps({"type": "socket", "family": family, "socketType": kind, "protocol": protocol}).encode())
    data, control, _, _ = channel.recvmsg(4096, socket.CMSG_SPACE(4))
    fds = array.array("i", b"".join(payload for _, _, payload in control))
    return json.loads(data), fds


sockets = [ask("inet6", "stream", "tcp")[1][0] for _ in range(100)]
with socket.socket(fileno=sockets[-1]) as connection:
    connection.connect((sys.argv[2], 80))
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    print(b"".join(iter(lambda: connection.recv(4096), b"")).decode().splitlines()[-1])
print(ask("inet6", "stream", "udp")[0]["code"])
print("open", flush=True)
while True:
    ready, _, _ = select.select([channel, sys.stdin], [], [])
    if channel in ready:
        print("ended" if channel.recv(4096) == b"" else "said something", flush=True)
        break
    if sys.stdin.readline() == "":
        break
    print("another" if len(ask("inet6", "stream", "tcp")[1]) == 1 else "no other", flush=True)
# The sockets stay what they are; and the program leaves the bus without a word.
os._exit(0)
