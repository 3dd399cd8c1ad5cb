"""Answers every request on a port with so many megabytes of zeros: the other end of the download benchmark."""

import socket
import sys

port, megabytes = int(sys.argv[1]), int(sys.argv[2])
listener = socket.create_server(("::", port), family=socket.AF_INET6)
block = bytes(1 << 20)
while True:
    connection, _ = listener.accept()
    try:
        connection.recv(65536)
        length = megabytes * len(block)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
        for _ in range(megabytes):
            connection.sendall(block)
    except OSError:
        pass  # Whoever asked has heard enough.
    finally:
        connection.close()
