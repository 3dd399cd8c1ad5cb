"""Waits on sockets of every kind in a domain, and says what each of them came to. For link_vanishes_test.ts.

Prints "up" when all of them wait, one line a socket when it ends, and the result of a new connection at the end.
"""

import errno
import socket
import sys
import threading

SERVER = (sys.argv[1], int(sys.argv[2]))
waiting = threading.Barrier(6)
said = threading.Lock()


def say(line):
    with said:
        print(line, flush=True)


def wait(name, ready, blocked):
    def body():
        held = ready()
        waiting.wait()
        try:
            blocked(held)
            say(f"{name}: returned")
        except OSError as error:
            say(f"{name}: {errno.errorcode.get(error.errno, error.errno)}")

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    return thread


def connected():
    return socket.create_connection(SERVER)


def datagram(address=None):
    held = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    if address is None:
        held.bind(("::", 0))
    else:
        held.connect(address)
    return held


def listening():
    held = socket.socket(socket.AF_INET6)
    held.bind(("::", 0))
    held.listen()
    return held


def loopback():
    listener = socket.socket(socket.AF_INET6)
    listener.bind(("::1", 0))
    listener.listen()
    return listener, socket.create_connection(listener.getsockname()[:2]), listener.accept()[0]


ends = [
    wait("read", connected, lambda held: held.recv(1)),
    wait("datagram", lambda: datagram((SERVER[0], 9)), lambda held: held.recv(1)),
    wait("unconnected datagram", datagram, lambda held: held.recv(1)),
    wait("accept", listening, lambda held: held.accept()),
]
writer = connected()
here = loopback()
threading.Thread(target=lambda: (waiting.wait(), here[1].recv(1)), daemon=True).start()
waiting.wait()
say("up")
for each in ends:
    each.join()
try:
    for _ in range(2):
        writer.send(b"x")
    say("write: returned")
except OSError as error:
    say(f"write: {errno.errorcode[error.errno]}")
here[2].send(b"x")
here[1].send(b"y")
say(f"loopback: {here[2].recv(1).decode()}")
try:
    socket.create_connection(SERVER, timeout=5)
    say("connect: returned")
except OSError as error:
    say(f"connect: {errno.errorcode.get(error.errno, error)}")
