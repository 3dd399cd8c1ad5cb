# A client that executes a program and never gets through, because of a file that never closes. Since Linux 6.18 the kernel
# holds meanwhile who reads its /proc/PID/stat, or follows a link there.
# Usage: silent_exec.py SOCKET FILE MESSAGE; prints "held" (or "not held", where the kernel does not), sends MESSAGE as a
# launch's, from the same connection, and prints the answer.

import os, socket, subprocess, sys

path, name, message = sys.argv[1:]
peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
peer.connect(path)
executes = os.getpid()
if os.fork() > 0:
    file = os.open(name, os.O_RDWR)
    os.execv("/bin/true", ["true"])

held = "not held"
for _ in range(20):
    reader = subprocess.Popen(["/bin/cat", f"/proc/{executes}/stat"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        reader.wait(0.2)
    except subprocess.TimeoutExpired:
        held = "held"
        break
    finally:
        reader.kill()
print(held, flush=True)
memfd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
socket.send_fds(peer, [message.encode()], [0, 1, 2, os.open("/", os.O_PATH), memfd])
print(peer.recv(65536).decode(), flush=True)
