"""A person at a terminal: terminal_driver.py COMMAND [ARG...] runs COMMAND on a terminal of its own, of 80 by 24.

What the terminal shows goes to standard output as JSON lines {"shown": TEXT}, its bytes as Latin-1; the end of COMMAND
as {"status": N}. From standard input JSON lines: {"type": TEXT} at the keyboard, {"columns": N, "rows": N} for the
window, {"hangUp": true}. The terminal's own settings are told at {"settings": true}: {"settings": HEX}."""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def settings(fd):
    return repr(termios.tcgetattr(fd))


pid, master = pty.fork()
if pid == 0:
    resize(0, 80, 24)
    os.execvp(sys.argv[1], sys.argv[1:])

buffered = b""
waiting = b""
listening = [master, 0]
while master in listening:
    readable, writable, _ = select.select(listening, [master] if waiting else [], [])
    if master in readable:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if data:
            say({"shown": data.decode("latin-1")})
        else:
            listening.remove(master)
    if writable:
        waiting = waiting[os.write(master, waiting[:512]):]
    if 0 in readable:
        data = os.read(0, 65536)
        if not data:
            listening.remove(0)
        buffered += data
        *lines, buffered = buffered.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "type" in order:
                waiting += order["type"].encode("latin-1")
            elif "columns" in order:
                resize(master, order["columns"], order["rows"])
            elif "settings" in order:
                say({"settings": settings(master)})
            elif "hangUp" in order:
                listening.remove(master)
                os.close(master)
                break

_, status = os.waitpid(pid, 0)
say({"status": os.waitstatus_to_exitcode(status)})
