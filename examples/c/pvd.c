#include "pvd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gunixfdlist.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME "net.pvd1"
#define MANAGER_PATH "/net/pvd1"
#define MANAGER "net.pvd1.Manager"

gboolean pvd_list(GDBusConnection *bus, GError **error)
{
	/* One call gives every PvD with all its properties. */
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		bus, NAME, MANAGER_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
		G_VARIANT_TYPE("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
	if (reply == NULL)
		return FALSE;
	GVariantIter *objects;
	GVariant *interfaces;
	g_variant_get(reply, "(a{oa{sa{sv}}})", &objects);
	while (g_variant_iter_loop(objects, "{o@a{sa{sv}}}", NULL, &interfaces)) {
		g_autoptr(GVariant) domain =
			g_variant_lookup_value(interfaces, "net.pvd1.Domain", G_VARIANT_TYPE("a{sv}"));
		const char *id, *namespace, *link, *state;
		if (domain != NULL && g_variant_lookup(domain, "Id", "&s", &id) &&
		    g_variant_lookup(domain, "Namespace", "&s", &namespace) &&
		    g_variant_lookup(domain, "Link", "&s", &link) && g_variant_lookup(domain, "State", "&s", &state)) {
			/* A router chose the id: it may hold anything, and a terminal obeys what it is shown. */
			g_autofree char *shown = g_strescape(id, NULL);
			printf("%s  %s  %s  %s\n", shown, namespace, link, state);
		}
	}
	g_variant_iter_free(objects);
	return TRUE;
}

/* The object of the PvD with this id; NULL with `error` set. */
static char *find_domain(GDBusConnection *bus, const char *id, GError **error)
{
	GVariantBuilder criteria;
	g_variant_builder_init(&criteria, G_VARIANT_TYPE("a{sv}"));
	g_variant_builder_add(&criteria, "{sv}", "id", g_variant_new_string(id));
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		bus, NAME, MANAGER_PATH, MANAGER, "FindDomains", g_variant_new("(a{sv})", &criteria),
		G_VARIANT_TYPE("(ao)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
	if (reply == NULL)
		return NULL;
	g_autofree const char **paths = NULL;
	g_variant_get(reply, "(^a&o)", &paths);
	/* Two links may each have one of the same id: the criterion "link" tells them apart. */
	if (g_strv_length((char **)paths) != 1) {
		g_autofree char *shown = g_strescape(id, NULL);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is %s PvD %s",
			paths[0] == NULL ? "no" : "more than one", shown);
		return NULL;
	}
	return g_strdup(paths[0]);
}

int pvd_open_socket(GDBusConnection *bus, const char *id, GError **error)
{
	g_autofree char *path = find_domain(bus, id, error);
	if (path == NULL)
		return -1;
	g_autoptr(GUnixFDList) fds = NULL;
	/* The flag lets polkit ask the person; without it, what needs a password is refused at once. */
	g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync(
		bus, NAME, MANAGER_PATH, MANAGER, "OpenSocket", g_variant_new("(osss)", path, "inet6", "stream", "tcp"),
		G_VARIANT_TYPE("(h)"), G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, 130000, NULL, &fds, NULL, error);
	if (reply == NULL)
		return -1;
	/* "h" is a place among the descriptors that came with the message. */
	gint32 handle;
	g_variant_get(reply, "(h)", &handle);
	if (fds == NULL) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no descriptor came with the answer");
		return -1;
	}
	return g_unix_fd_list_get(fds, handle, error);
}

gboolean pvd_ask(int fd, const char *address, GError **error)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	struct sockaddr_in6 server = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	if (inet_pton(AF_INET6, address, &server.sin6_addr) != 1) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no IPv6 address", address);
		return FALSE;
	}
	if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 ||
	    send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", address, g_strerror(errno));
		return FALSE;
	}
	return TRUE;
}

gboolean pvd_print_answer(int fd, GError **error)
{
	char buffer[4096];
	ssize_t length;
	while ((length = read(fd, buffer, sizeof buffer)) > 0)
		fwrite(buffer, 1, (size_t)length, stdout);
	if (length < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "the answer: %s", g_strerror(errno));
		return FALSE;
	}
	putchar('\n');
	return TRUE;
}
