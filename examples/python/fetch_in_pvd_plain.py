#!/usr/bin/python3
"""The same as fetch_in_pvd.py with nothing but Python: the few bytes of D-Bus that it takes, and no main loop.

fetch_in_pvd_plain.py [ID ADDRESS]: lists the PvDs by MIF-PvD's short API, or fetches a page in one of them.
"""

import os
import socket
import struct
import sys

BUS = "/run/dbus/system_bus_socket"
METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3
# Lets polkit ask the person; without it, whoever needs a password is refused at once.
ALLOW_INTERACTIVE_AUTHORIZATION = 4
MAX_FDS = 16


class Writer:
    """Marshals what the calls here need, little-endian (D-Bus specification, "Marshaling")."""

    def __init__(self):
        self.data = bytearray()

    def align(self, size):
        self.data += bytes(-len(self.data) % size)

    def u32(self, value):
        self.align(4)
        self.data += struct.pack("<I", value)

    def text(self, value):
        encoded = value.encode()
        self.u32(len(encoded))
        self.data += encoded + b"\0"

    def signature(self, value):
        self.data += bytes([len(value)]) + value.encode() + b"\0"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def align(self, size):
        self.at += -self.at % size

    def u32(self):
        self.align(4)
        self.at += 4
        return struct.unpack_from("<I", self.data, self.at - 4)[0]

    def text(self):
        length = self.u32()
        self.at += length + 1
        return self.data[self.at - length - 1 : self.at - 1].decode()

    def signature(self):
        length = self.data[self.at]
        self.at += length + 2
        return self.data[self.at - length - 1 : self.at - 1].decode()


class Bus:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(BUS)
        uid = str(os.getuid()).encode().hex()
        self.socket.sendall(b"\0AUTH EXTERNAL " + uid.encode() + b"\r\n")
        self.expect(b"OK ")
        self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
        self.expect(b"AGREE_UNIX_FD")
        self.socket.sendall(b"BEGIN\r\n")
        self.serial = 0
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")

    def expect(self, beginning):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.socket.recv(1) or sys.exit("the bus closed the connection")
        if not line.startswith(beginning):
            sys.exit(f"the bus answered {line!r}")

    def call(self, name, path, interface, member, signature="", write=lambda body: None):
        """The body of the answer and the descriptors that came with it."""
        body = Writer()
        write(body)
        self.serial += 1
        fields = Writer()
        for code, kind, value in [(1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", name)]:
            fields.align(8)
            fields.data.append(code)
            fields.signature(kind)
            fields.text(value)
        if signature:
            fields.align(8)
            fields.data.append(8)
            fields.signature("g")
            fields.signature(signature)
        header = Writer()
        flags = ALLOW_INTERACTIVE_AUTHORIZATION
        header.data += struct.pack("<BBBBII", ord("l"), METHOD_CALL, flags, 1, len(body.data), self.serial)
        header.u32(len(fields.data))
        header.data += fields.data
        header.align(8)
        self.socket.sendall(header.data + body.data)
        return self.answer(self.serial)

    def read(self, length, fds):
        """So many bytes and none beyond, so that the descriptors, put into `fds`, are those of this message."""
        data = b""
        while len(data) < length:
            # recvmsg(2) underneath, and SCM_RIGHTS taken out of what it gives.
            part, received, _, _ = socket.recv_fds(
                self.socket, length - len(data), MAX_FDS, socket.MSG_CMSG_CLOEXEC
            )
            fds += received
            data += part or sys.exit("the bus closed the connection")
        return data

    def answer(self, serial):
        while True:
            fds = []
            start = self.read(16, fds)
            body_length, _, fields_length = struct.unpack_from("<III", start, 4)
            fields = Reader(self.read(fields_length + -fields_length % 8, fds))
            body = Reader(self.read(body_length, fds))
            reply_to = None
            while fields.at < fields_length:
                fields.align(8)
                code = fields.data[fields.at]
                fields.at += 1
                kind = fields.signature()
                value = fields.u32() if kind == "u" else fields.signature() if kind == "g" else fields.text()
                if code == 5:
                    reply_to = value
            if reply_to != serial:
                for fd in fds:
                    os.close(fd)
                continue  # A signal, such as NameAcquired.
            if start[1] == ERROR:
                sys.exit(body.text())
            return body, fds


def list_domains(bus):
    name = "org.freedesktop.PvDManager"
    body, _ = bus.call(name, "/org/freedesktop/PvDManager", name, "get_by_id", "s", lambda body: body.text("*"))
    end = body.u32()
    body.align(8)
    end += body.at
    while body.at < end:
        body.align(8)
        id, *others = (body.text() for _ in range(4))
        print(shown(id), *others)


def shown(text):
    """A router chose the id: it may hold anything, and a terminal obeys what it is shown."""
    return text.encode("unicode_escape").decode()


def open_socket(bus, id):
    def criteria(body):
        entry = Writer()
        entry.text("id")
        entry.signature("s")
        entry.text(id)
        body.u32(len(entry.data))
        body.align(8)
        body.data += entry.data

    manager = ("net.pvd1", "/net/pvd1", "net.pvd1.Manager")
    body, _ = bus.call(*manager, "FindDomains", "a{sv}", criteria)
    end = body.u32() + body.at
    path = body.text() if body.at < end else sys.exit(f"there is no PvD {shown(id)}")
    # Two links may each have one of the same id: the criterion "link" tells them apart.
    if body.at < end:
        sys.exit(f"there is more than one PvD {shown(id)}")

    def what(body):
        for value in (path, "inet6", "stream", "tcp"):
            body.text(value)

    # "h" is a place among the descriptors that came with the message.
    place, fds = bus.call(*manager, "OpenSocket", "osss", what)
    return socket.socket(fileno=fds[place.u32()])


if len(sys.argv) not in (1, 3):
    sys.exit("usage: fetch_in_pvd_plain.py [ID ADDRESS]")
try:
    bus = Bus()
    if len(sys.argv) == 1:
        list_domains(bus)
    else:
        with open_socket(bus, sys.argv[1]) as connection:
            # In digits: a name would be looked up by the host's resolver, which is not the PvD's.
            socket.inet_pton(socket.AF_INET6, sys.argv[2])
            connection.connect((sys.argv[2], 80))
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            print(b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace"))
except OSError as error:
    sys.exit(str(error))
