/*
 * The clients of the bus's benchmark, by GLib as programs in C are written. Prints microseconds, a number a line:
 *
 *   bus_client get_by_id NAME COUNT   get_by_id("*") of whoever has that name
 *   bus_client ping COUNT             Ping of net.pvd1
 *   bus_client open_socket PATH COUNT OpenSocket in that domain
 *   bus_client polkit UID ID LINK COUNT
 *                                     CheckAuthorization as the broker asks it: by that user, about another caller, with
 *                                     the details that pvd gives
 *   bus_client during KIND PATH S     ping, or get_all of that domain's properties, again and again for S seconds
 *   bus_client storm PATH CLIENTS S   so many clients call at once for S seconds; prints one line of JSON
 */

#define _GNU_SOURCE
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OLD "org.freedesktop.PvDManager"
#define OLD_PATH "/org/freedesktop/PvDManager"
#define POLKIT "org.freedesktop.PolicyKit1"
#define MOST_MS 30000
#define WARM_UP 200

typedef struct {
  const char *kind, *first, *second;
  /** Whom polkit is asked about: a connection's unique name. */
  const char *subject;
} Job;

static GDBusConnection *connect_to_bus(void) {
  GError *error = NULL;
  gchar *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
  GDBusConnection *bus = address == NULL ? NULL
      : g_dbus_connection_new_for_address_sync(address,
            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
            NULL, NULL, &error);
  g_free(address);
  if (bus == NULL) {
    fprintf(stderr, "%s\n", error->message);
    exit(1);
  }
  return bus;
}

/** Says why not. */
static gboolean took(GVariant *reply, GError *error) {
  if (reply == NULL) {
    fprintf(stderr, "%s\n", error->message);
    g_error_free(error);
    return FALSE;
  }
  g_variant_unref(reply);
  return TRUE;
}

static gboolean get_by_id(GDBusConnection *bus, const char *name) {
  GError *error = NULL;
  return took(g_dbus_connection_call_sync(bus, name, OLD_PATH, OLD, "get_by_id", g_variant_new("(s)", "*"),
                  G_VARIANT_TYPE("(a(ssss))"), G_DBUS_CALL_FLAGS_NONE, MOST_MS, NULL, &error), error);
}

static gboolean ping(GDBusConnection *bus) {
  GError *error = NULL;
  return took(g_dbus_connection_call_sync(bus, "net.pvd1", "/net/pvd1", "org.freedesktop.DBus.Peer", "Ping", NULL,
                  NULL, G_DBUS_CALL_FLAGS_NONE, MOST_MS, NULL, &error), error);
}

static gboolean get_all(GDBusConnection *bus, const char *path) {
  GError *error = NULL;
  return took(g_dbus_connection_call_sync(bus, "net.pvd1", path, "org.freedesktop.DBus.Properties", "GetAll",
                  g_variant_new("(s)", "net.pvd1.Domain"), G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, MOST_MS,
                  NULL, &error), error);
}

static gboolean open_socket(GDBusConnection *bus, const char *path) {
  GError *error = NULL;
  GUnixFDList *fds = NULL;
  GVariant *reply = g_dbus_connection_call_with_unix_fd_list_sync(bus, "net.pvd1", "/net/pvd1", "net.pvd1.Manager",
      "OpenSocket", g_variant_new("(osss)", path, "inet6", "stream", "tcp"), G_VARIANT_TYPE("(h)"),
      G_DBUS_CALL_FLAGS_NONE, MOST_MS, NULL, &fds, NULL, &error);
  gboolean good = took(reply, error) && fds != NULL && g_unix_fd_list_get_length(fds) == 1;
  g_clear_object(&fds);
  return good;
}

static gboolean check_authorization(GDBusConnection *bus, const Job *job) {
  GVariantBuilder subject, details;
  g_variant_builder_init(&subject, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(job->subject));
  g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
  g_variant_builder_add(&details, "{ss}", "domain", job->first);
  g_variant_builder_add(&details, "{ss}", "kind", "explicit");
  g_variant_builder_add(&details, "{ss}", "link", job->second);
  g_variant_builder_add(&details, "{ss}", "program", "");
  GError *error = NULL;
  return took(g_dbus_connection_call_sync(bus, POLKIT, "/org/freedesktop/PolicyKit1/Authority", POLKIT ".Authority",
      "CheckAuthorization", g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject, "net.pvd1.use", &details,
      0, ""), NULL, G_DBUS_CALL_FLAGS_NONE, MOST_MS, NULL, &error), error);
}

static gboolean once(GDBusConnection *bus, const Job *job) {
  if (strcmp(job->kind, "get_by_id") == 0) return get_by_id(bus, job->first);
  if (strcmp(job->kind, "ping") == 0) return ping(bus);
  if (strcmp(job->kind, "get_all") == 0) return get_all(bus, job->first);
  if (strcmp(job->kind, "open_socket") == 0) return open_socket(bus, job->first);
  return check_authorization(bus, job);
}

static int measure(const Job *job, int count) {
  GDBusConnection *bus = connect_to_bus();
  for (int round = 0; round < count + WARM_UP; round++) {
    gint64 start = g_get_monotonic_time();
    if (!once(bus, job)) return 1;
    if (round >= WARM_UP) printf("%" G_GINT64_FORMAT "\n", g_get_monotonic_time() - start);
  }
  return 0;
}

static int during(const Job *job, int seconds) {
  GDBusConnection *bus = connect_to_bus();
  for (int round = 0; round < WARM_UP; round++) if (!once(bus, job)) return 1;
  puts("ready");
  fflush(stdout);
  gint64 end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
  for (gint64 start; (start = g_get_monotonic_time()) < end;) {
    if (!once(bus, job)) return 1;
    printf("%" G_GINT64_FORMAT "\n", g_get_monotonic_time() - start);
  }
  return 0;
}

static const char *storm_path;
static gint64 storm_end;
static gint calls, sockets, errors;

/** Three questions, and a socket. */
static gpointer client(gpointer connection) {
  GDBusConnection *bus = connection;
  for (int round = 0; g_get_monotonic_time() < storm_end; round++) {
    gboolean is_socket = round % 4 == 3;
    gboolean good = is_socket ? open_socket(bus, storm_path) : get_by_id(bus, OLD);
    g_atomic_int_inc(&calls);
    if (is_socket) g_atomic_int_inc(&sockets);
    if (!good) g_atomic_int_inc(&errors);
  }
  return NULL;
}

static int storm(const char *path, int clients, int seconds) {
  GDBusConnection **buses = g_new0(GDBusConnection *, clients);
  GThread **threads = g_new0(GThread *, clients);
  for (int each = 0; each < clients; each++) buses[each] = connect_to_bus();
  storm_path = path;
  storm_end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
  for (int each = 0; each < clients; each++) threads[each] = g_thread_new("client", client, buses[each]);
  for (int each = 0; each < clients; each++) g_thread_join(threads[each]);
  printf("{\"calls\":%d,\"sockets\":%d,\"errors\":%d}\n", calls, sockets, errors);
  return 0;
}

int main(int count, char **arguments) {
  if (count == 5 && strcmp(arguments[1], "storm") == 0) {
    return storm(arguments[2], atoi(arguments[3]), atoi(arguments[4]));
  }
  if (count == 5 && strcmp(arguments[1], "during") == 0) {
    Job job = { arguments[2], arguments[3], "", NULL };
    return during(&job, atoi(arguments[4]));
  }
  if (count < 3) return 2;
  Job job = { arguments[1], arguments[2], "", NULL };
  if (strcmp(job.kind, "polkit") == 0) {
    if (count != 6) return 2;
    job.subject = g_dbus_connection_get_unique_name(connect_to_bus());
    job.first = arguments[3];
    job.second = arguments[4];
    if (setresuid(atoi(arguments[2]), atoi(arguments[2]), atoi(arguments[2])) != 0) return 1;
  }
  return measure(&job, atoi(arguments[count - 1]));
}
