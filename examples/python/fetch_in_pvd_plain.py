#!/usr/bin/python3
"""The same as fetch_in_pvd.py with nothing but Python: the few bytes of D-Bus that it takes, and no main loop.

fetch_in_pvd_plain.py [ID ADDRESS]: lists the PvDs by MIF-PvD's short API, or fetches a page in one of them.
"""

import array
import os
import socket
import struct
import sys

BUS = "/run/dbus/system_bus_socket"
METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3


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
        self.received, self.fds = b"", []
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
        header.data += struct.pack("<BBBBII", ord("l"), METHOD_CALL, 0, 1, len(body.data), self.serial)
        header.u32(len(fields.data))
        header.data += fields.data
        header.align(8)
        self.socket.sendall(header.data + body.data)
        return self.answer(self.serial)

    def read(self, length):
        while len(self.received) < length:
            data, control, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(16 * 4))
            for level, kind, payload in control:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    self.fds += array.array("i", payload[: len(payload) // 4 * 4])
            if not data:
                sys.exit("the bus closed the connection")
            self.received += data
        taken, self.received = self.received[:length], self.received[length:]
        return taken

    def answer(self, serial):
        while True:
            start = self.read(16)
            body_length, _, fields_length = struct.unpack_from("<III", start, 4)
            fields = Reader(self.read(fields_length + -fields_length % 8))
            body = Reader(self.read(body_length))
            reply_to = None
            while fields.at < fields_length:
                fields.align(8)
                code = fields.data[fields.at]
                fields.at += 1
                kind = fields.signature()
                value = fields.u32() if kind == "u" else fields.signature() if kind == "g" else fields.text()
                if code == 5:
                    reply_to = value
            fds, self.fds = self.fds, []
            if reply_to != serial:
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
        print(*(body.text() for _ in range(4)))


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
    if body.u32() == 0:
        sys.exit(f"there is no PvD {id}")
    path = body.text()

    def what(body):
        for value in (path, "inet6", "stream", "tcp"):
            body.text(value)

    _, fds = bus.call(*manager, "OpenSocket", "osss", what)
    return socket.socket(fileno=fds[0])


bus = Bus()
if len(sys.argv) == 1:
    list_domains(bus)
else:
    with open_socket(bus, sys.argv[1]) as connection:
        connection.connect((sys.argv[2], 80))
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        print(b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace"))
