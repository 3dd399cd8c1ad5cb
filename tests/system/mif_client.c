/*
 * A program as people wrote it for MIF-PvD: asks org.freedesktop.PvDManager by GLib, as its own C client did.
 *
 *   mif_client                     prints id, namespace, interface and properties of each PvD, a line each
 *   mif_client ID COMMAND [ARG...] enters the namespace of that PvD, as the kernel allows, and becomes COMMAND
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "org.freedesktop.PvDManager"
#define PATH "/org/freedesktop/PvDManager"

static GVariant *call(const char *method, GVariant *arguments, const char *type) {
  GError *error = NULL;
  GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
  GVariant *reply = NULL;
  if (bus != NULL)
    reply = g_dbus_connection_call_sync(bus, NAME, PATH, NAME, method, arguments, G_VARIANT_TYPE(type),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  if (reply == NULL) fprintf(stderr, "%s: %s\n", method, error->message);
  return reply;
}

static int list(void) {
  GVariant *reply = call("get_by_id", g_variant_new("(s)", "*"), "(a(ssss))");
  if (reply == NULL) return 1;
  GVariantIter *pvds;
  const char *id, *namespace, *interface, *properties;
  g_variant_get(reply, "(a(ssss))", &pvds);
  while (g_variant_iter_loop(pvds, "(&s&s&s&s)", &id, &namespace, &interface, &properties))
    printf("%s %s %s %s\n", id, namespace, interface, properties);
  return 0;
}

static int enter(const char *wanted, char **command) {
  GVariant *reply = call("activate", g_variant_new("(si)", wanted, (gint32)getpid()), "(ssss)");
  if (reply == NULL) return 1;
  const char *id, *namespace, *interface, *properties;
  g_variant_get(reply, "(&s&s&s&s)", &id, &namespace, &interface, &properties);
  if (*namespace == '\0') {
    fprintf(stderr, "there is no PvD %s\n", wanted);
    return 1;
  }
  char *path = g_strdup_printf("/run/netns/%s", namespace);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  execvp(command[0], command);
  fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
  return 127;
}

int main(int count, char **arguments) {
  return count > 2 ? enter(arguments[1], arguments + 2) : list();
}
