/* One program, sockets in two PvDs at once: two_pvds ID ADDRESS ID ADDRESS. Both are open before either is used. */
#include "pvd.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	if (argc != 5) {
		fprintf(stderr, "usage: two_pvds ID ADDRESS ID ADDRESS\n");
		return 2;
	}
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
	int first = bus != NULL ? pvd_open_socket(bus, argv[1], &error) : -1;
	int second = first >= 0 ? pvd_open_socket(bus, argv[3], &error) : -1;
	/* Both are asked before either answer is read. */
	if (second < 0 || !pvd_ask(first, argv[2], &error) || !pvd_ask(second, argv[4], &error) ||
	    !pvd_print_answer(first, &error) || !pvd_print_answer(second, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	close(first);
	close(second);
	return 0;
}
