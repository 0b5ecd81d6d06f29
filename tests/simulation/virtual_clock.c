/* Preloaded into Redis: its clocks show the microseconds that stand in a mapped file, and nothing
 * else. A look costs no call of the system, and never meets half of a time. What it takes for chance
 * is always the same: it decides about the order of large hashes and sets. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *now_us;

__attribute__((constructor)) static void map_clock(void)
{
    int file = open(getenv("VIRTUAL_CLOCK"), O_RDONLY);
    now_us = mmap(NULL, sizeof *now_us, PROT_READ, MAP_SHARED, file, 0);
    if (now_us == MAP_FAILED)
        abort();
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t us = *now_us;
    (void)clock;
    now->tv_sec = us / 1000000;
    now->tv_nsec = us % 1000000 * 1000;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int64_t us = *now_us;
    (void)zone;
    now->tv_sec = us / 1000000;
    now->tv_usec = us % 1000000;
    return 0;
}

time_t time(time_t *now)
{
    time_t seconds = *now_us / 1000000;
    if (now != NULL)
        *now = seconds;
    return seconds;
}

static FILE *open_next(const char *symbol, const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, symbol);
    return next(strcmp(path, "/dev/urandom") == 0 ? "/dev/zero" : path, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return open_next("fopen", path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return open_next("fopen64", path, mode);
}
