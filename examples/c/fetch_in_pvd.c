/* Lists the PvDs, or fetches http://[ADDRESS]/ in one of them: fetch_in_pvd [ID ADDRESS]. Needs no privilege. */
#include "pvd.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
	if (bus != NULL && argc == 1 && pvd_list(bus, &error))
		return 0;
	if (bus != NULL && argc == 3) {
		int fd = pvd_open_socket(bus, argv[1], &error);
		gboolean done = fd >= 0 && pvd_ask(fd, argv[2], &error) && pvd_print_answer(fd, &error);
		if (fd >= 0)
			close(fd);
		if (done)
			return 0;
	}
	/* net.pvd1.Error.NotAuthorized says here what polkit said, and what would help. */
	fprintf(stderr, "%s\n", error != NULL ? error->message : "usage: fetch_in_pvd [ID ADDRESS]");
	return 1;
}
