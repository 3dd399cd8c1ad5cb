/* What the examples share: domains listed and sockets opened over the system bus, and a page fetched with one. */
#ifndef PVD_H
#define PVD_H

#include <gio/gio.h>

/* Prints id, namespace, link and state of every PvD. */
gboolean pvd_list(GDBusConnection *bus, GError **error);

/* A TCP socket of IPv6 in the PvD with this id, neither bound nor connected; -1 with `error` set. */
int pvd_open_socket(GDBusConnection *bus, const char *id, GError **error);

/* Connects the socket to port 80 of a numeric IPv6 address and asks for "/"; FALSE with `error` set. */
gboolean pvd_ask(int fd, const char *address, GError **error);

/* Prints what comes until the other end closes; FALSE with `error` set. */
gboolean pvd_print_answer(int fd, GError **error);

#endif
