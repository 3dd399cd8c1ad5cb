# A file system of FUSE whose one file opens, and then never answers: "always", not even what it is like, or "closing" alone.
# Usage: silent_files.py FOLDER WHEN; prints "mounted"; ends, and all that waits for it with it, when standard input does.

import ctypes, os, select, struct, sys

LOOKUP, GETATTR, OPEN, FLUSH, INIT = 1, 3, 14, 25, 26
FILE = 2
NOT_KNOWN = -38

folder, when = sys.argv[1:]
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if ctypes.CDLL(None, use_errno=True).mount(b"silent", folder.encode(), b"fuse", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))


def attributes(node):
    mode = 0o100666 if node == FILE else 0o040777
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node):
    """The error and the body."""
    if opcode == INIT:
        return 0, struct.pack("<4I2H2I2H8I", 7, 31, 4096, 0, 1, 1, 4096, 1, 0, 0, *[0] * 8)
    if opcode == LOOKUP:
        return 0, struct.pack("<4Q2I", FILE, 0, 0, 0, 0, 0) + attributes(FILE)
    if opcode == GETATTR:
        return 0, struct.pack("<Q2I", 0, 0, 0) + attributes(node)
    if opcode == OPEN:
        return 0, struct.pack("<Q2I", 1, 0, 0)
    return NOT_KNOWN, b""


print("mounted", flush=True)
opened = False
while True:
    ready, _, _ = select.select([device, sys.stdin], [], [])
    if sys.stdin in ready:
        break
    request = os.read(device, 65536)
    _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
    if opened and node == FILE and (opcode == FLUSH or when == "always" and opcode not in (LOOKUP, OPEN)):
        continue
    error, body = answer(opcode, node)
    opened = opened or opcode == OPEN
    os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
