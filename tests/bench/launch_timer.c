/*
 * Times of programs, for the launch benchmark.
 *
 *   launch_timer COUNT ARGV...   runs ARGV so many times, one after the other; prints microseconds, a number a line
 *   launch_timer                 prints CLOCK_BOOTTIME and CLOCK_REALTIME in nanoseconds, read as the first thing that
 *                                main does
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **arguments) {
  long long start = now(CLOCK_BOOTTIME);
  if (count < 2) {
    printf("%lld %lld\n", start, now(CLOCK_REALTIME));
    return 0;
  }
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  for (int left = atoi(arguments[1]); left > 0; left--) {
    pid_t pid;
    int status;
    start = now(CLOCK_BOOTTIME);
    if (posix_spawnp(&pid, arguments[2], &quiet, NULL, arguments + 2, environ) != 0) return 127;
    if (waitpid(pid, &status, 0) != pid) return 1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 1;
    printf("%lld\n", (now(CLOCK_BOOTTIME) - start) / 1000);
  }
  return 0;
}
