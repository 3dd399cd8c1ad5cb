// Constants of the Linux ABI by their kernel names, x86_64 and aarch64 (both LP64, little-endian). Values from the
// uapi headers; man pages as named. Constants only; it touches nothing.

// errno(3)
export const EPERM = 1,
  ENOENT = 2,
  ESRCH = 3,
  EINTR = 4,
  EIO = 5,
  EAGAIN = 11,
  EACCES = 13,
  EBUSY = 16,
  EEXIST = 17;
export const ENODEV = 19,
  ENOTDIR = 20,
  EINVAL = 22,
  ENOTTY = 25,
  EPIPE = 32,
  EOPNOTSUPP = 95,
  EADDRINUSE = 98,
  ECONNRESET = 104,
  ENOPROTOOPT = 92;
export const ENOTCONN = 107, ECONNREFUSED = 111;

/** Names for messages; a number that is not here is shown as a number. */
export const ERRNO_NAMES: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  1: ["EPERM", "operation not permitted"],
  2: ["ENOENT", "no such file or folder"],
  3: ["ESRCH", "no such process"],
  4: ["EINTR", "interrupted"],
  5: ["EIO", "input or output error"],
  9: ["EBADF", "bad file descriptor"],
  11: ["EAGAIN", "would block"],
  12: ["ENOMEM", "out of memory"],
  13: ["EACCES", "permission denied"],
  16: ["EBUSY", "busy"],
  17: ["EEXIST", "exists already"],
  19: ["ENODEV", "no such device"],
  20: ["ENOTDIR", "not a folder"],
  22: ["EINVAL", "invalid argument"],
  23: ["ENFILE", "the system has too many open files"],
  24: ["EMFILE", "too many open files"],
  26: ["ETXTBSY", "file is being written"],
  28: ["ENOSPC", "no space left"],
  32: ["EPIPE", "the other end is closed"],
  40: ["ELOOP", "too many symbolic links"],
  90: ["EMSGSIZE", "message too long"],
  92: ["ENOPROTOOPT", "the kernel has no such option"],
  95: ["EOPNOTSUPP", "not supported"],
  97: ["EAFNOSUPPORT", "address family not supported"],
  98: ["EADDRINUSE", "address in use"],
  99: ["EADDRNOTAVAIL", "address not available"],
  101: ["ENETUNREACH", "network is unreachable"],
  104: ["ECONNRESET", "connection reset"],
  107: ["ENOTCONN", "not connected"],
  110: ["ETIMEDOUT", "timed out"],
  111: ["ECONNREFUSED", "connection refused"],
  113: ["EHOSTUNREACH", "no route to host"],
};

// open(2), fcntl(2), openat(2), statx(2)
export const O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0o100, O_EXCL = 0o200, O_TRUNC = 0o1000;
export const O_NOCTTY = 0o400, O_NONBLOCK = 0o4000, O_CLOEXEC = 0o2000000, O_PATH = 0o10000000;
// These two differ between the architectures.
export const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;
export const O_NOFOLLOW = Deno.build.arch === "aarch64" ? 0o100000 : 0o400000;
export const AT_FDCWD = -100,
  AT_EMPTY_PATH = 0x1000,
  AT_SYMLINK_NOFOLLOW = 0x100,
  AT_STATX_DONT_SYNC = 0x4000;
export const STATX_INO = 0x100, STATX_BASIC_STATS = 0x7ff;
export const S_IFMT = 0o170000,
  S_IFDIR = 0o040000,
  S_IFREG = 0o100000,
  S_IFLNK = 0o120000,
  S_IFIFO = 0o010000,
  S_IFSOCK = 0o140000;
export const F_DUPFD_CLOEXEC = 1030,
  F_SETFD = 2,
  F_GETFL = 3,
  F_SETFL = 4,
  F_ADD_SEALS = 1033,
  F_GET_SEALS = 1034;
export const FD_CLOEXEC = 1;
/** F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE: the bytes are final (memfd_create(2)). */
export const ALL_SEALS = 0xf;
export const MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2;

// socket(2), socket(7), unix(7)
export const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16;
export const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0o4000, SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2, SO_TYPE = 3, SO_ACCEPTCONN = 30, SO_DOMAIN = 39;
export const SO_SNDBUF = 7, SO_RCVBUF = 8, SO_PEERCRED = 17, SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26, SO_DETACH_FILTER = 27, SO_RCVBUFFORCE = 33, SO_LOCK_FILTER = 44;
export const SHUT_WR = 1, SHUT_RDWR = 2;
export const SO_PEERGROUPS = 59, SO_NETNS_COOKIE = 71, SO_PEERPIDFD = 77;
export const SCM_RIGHTS = 1;
export const MSG_CTRUNC = 8, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const IPPROTO_ICMP = 1, IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_IPV6 = 41, IPPROTO_ICMPV6 = 58;

// ipv6(7), icmp6 of RFC 3542
export const IPV6_UNICAST_HOPS = 16,
  IPV6_MULTICAST_IF = 17,
  IPV6_MULTICAST_HOPS = 18,
  IPV6_MULTICAST_LOOP = 19;
export const IPV6_ADD_MEMBERSHIP = 20, IPV6_RECVPKTINFO = 49, IPV6_PKTINFO = 50, IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52, IPV6_RECVFRAGSIZE = 77;
export const ICMPV6_FILTER = 1;

// epoll(7), poll(2), timerfd and clocks
export const EPOLLIN = 1, EPOLLOUT = 4, EPOLLERR = 8, EPOLLHUP = 0x10, EPOLLRDHUP = 0x2000;
export const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3, EPOLL_CLOEXEC = 0o2000000;
export const POLLIN = 1, POLLPRI = 2, POLLHUP = 0x10, POLLRDHUP = 0x2000;
export const EFD_CLOEXEC = 0o2000000, EFD_NONBLOCK = 0o4000;
export const CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7;
export const TFD_TIMER_ABSTIME = 1,
  TFD_TIMER_CANCEL_ON_SET = 2,
  TFD_CLOEXEC = 0o2000000,
  TFD_NONBLOCK = 0o4000;

// clone(2), setns(2), mount(2), umount(2)
export const CLONE_FS = 0x200, CLONE_NEWNS = 0x20000, CLONE_NEWNET = 0x40000000;
export const MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_BIND = 0x1000, MS_REC = 0x4000;
export const MS_REMOUNT = 0x20, MS_MOVE = 0x2000, MS_SLAVE = 0x80000, MS_SHARED = 0x100000;
export const MNT_DETACH = 2;

// prctl(2), waitid(2), posix_spawn(3), system calls without a libc name on Debian 12
export const PR_SET_NO_NEW_PRIVS = 38;
export const P_PID = 1, P_PIDFD = 3, WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x0100_0000;
export const CLD_EXITED = 1;
export const POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSID = 0x80;
export const SYS_pidfd_open = 434;
export const SYS_getpriority = Deno.build.arch === "aarch64" ? 141 : 140;
export const SYS_keyctl = Deno.build.arch === "aarch64" ? 219 : 250;
export const SYS_getdents64 = Deno.build.arch === "aarch64" ? 61 : 217;
export const SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGUSR1 = 10, SIGUSR2 = 12, SIGPIPE = 13;
export const SIGTERM = 15, SIGCONT = 18, SIGSTOP = 19, SIGTSTP = 20, SIGURG = 23, SIGWINCH = 28;

// getrlimit(2)
export const RLIMIT_NOFILE = 7;

// ioctl_tty(2), tcsetattr(3)
export const TCSANOW = 0;
export const TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414, TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441;
