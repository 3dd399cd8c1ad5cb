/* Written against MIF-PvD's API, org.freedesktop.PvDManager: lists the PvDs, or, as root, enters one and becomes a
 * command there: pvdmanager_client [ID COMMAND ARG...]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <gio/gio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "org.freedesktop.PvDManager"
#define PATH "/org/freedesktop/PvDManager"

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
	g_autoptr(GVariant) reply = bus == NULL ? NULL : g_dbus_connection_call_sync(
		bus, NAME, PATH, NAME, "get_by_id", g_variant_new("(s)", argc > 1 ? argv[1] : "*"),
		G_VARIANT_TYPE("(a(ssss))"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
	if (reply == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	GVariantIter *domains;
	const char *id, *namespace, *link, *properties;
	char file[64] = "";
	g_variant_get(reply, "(a(ssss))", &domains);
	while (g_variant_iter_loop(domains, "(&s&s&s&s)", &id, &namespace, &link, &properties)) {
		/* Nothing found is one tuple of three empty texts and two quote characters. */
		if (*id == '\0' && argc > 1) {
			g_autofree char *shown = g_strescape(argv[1], NULL);
			fprintf(stderr, "there is no PvD %s\n", shown);
			return 1;
		}
		if (argc < 3) {
			/* A router chose the id, and a terminal obeys what it is shown. */
			g_autofree char *shown = g_strescape(id, NULL);
			printf("%s  %s  %s  %s\n", shown, namespace, link, properties);
		}
		snprintf(file, sizeof file, "/run/netns/%s", namespace);
	}
	g_variant_iter_free(domains);
	if (argc < 3)
		return 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
		perror(file);
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
