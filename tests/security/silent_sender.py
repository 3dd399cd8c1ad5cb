# Passes a file to a socket, which no process may that is to start others: each would close the file when it executes.
# Usage: silent_sender.py SOCKET FILE; each line of standard input is COUNT MESSAGE: the message is sent over a connection of
# its own, with the file COUNT times, and "sent" is printed.

import os, socket, sys

path, name = sys.argv[1:]
file = os.open(name, os.O_RDWR)
for line in sys.stdin:
    count, message = line.split(" ", 1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
        peer.connect(path)
        socket.send_fds(peer, [message.strip().encode()], [file] * int(count))
    print("sent", flush=True)
