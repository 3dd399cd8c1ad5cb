"""Puts Ethernet frames on a link as they are: send_frames.py LINK. Each line on standard input is "FRAME COUNT PAUSE":
hex, how often, and the seconds between. Says "sent" when all of them are gone. Needs CAP_NET_RAW."""

import socket
import sys
import time

link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind((sys.argv[1], 0))
for line in sys.stdin:
    frame, count, pause = line.split()
    for _ in range(int(count)):
        link.send(bytes.fromhex(frame))
        time.sleep(float(pause))
print("sent")
