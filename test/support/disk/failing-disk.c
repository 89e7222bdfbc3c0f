/*
 * Loaded into a program with LD_PRELOAD: lets writes and syncs of files fail whose path contains $FAILING_PATH, as a disk does that
 * breaks, fills up or turns read-only under a process. What is to fail is in the file $FAILING_PLAN, read before each call:
 * "CALL ERRNO SKIP COUNT": CALL is write or sync, ERRNO the number that it fails with, SKIP how many calls go well before, COUNT how many
 * fail then. An empty or missing file: none. Counts begin anew when the file's content changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char plan[128];
static long seen;

static int is_watched(int fd) {
  const char *part = getenv("FAILING_PATH");
  char link[64], path[4096];
  if (part == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, part) != NULL;
}

/* The number that this call fails with; 0 when it goes on. */
static int failure_of(const char *call, int fd) {
  const char *file = getenv("FAILING_PLAN");
  if (file == NULL || !is_watched(fd)) return 0;
  char now[128] = "", wanted[16];
  int number = 0;
  long skip = 0, count = 0;
  int saved = errno;
  int opened = open(file, O_RDONLY | O_CLOEXEC);
  if (opened >= 0) {
    ssize_t length = read(opened, now, sizeof now - 1);
    now[length < 0 ? 0 : length] = 0;
    close(opened);
  }
  pthread_mutex_lock(&lock);
  if (strcmp(now, plan) != 0) {
    strcpy(plan, now);
    seen = 0;
  }
  int fails = 0;
  if (sscanf(now, "%15s %d %ld %ld", wanted, &number, &skip, &count) == 4 && strcmp(wanted, call) == 0) {
    fails = seen >= skip && seen < skip + count;
    seen++;
  }
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fails ? number : 0;
}

#define ORIGINAL(type, name, ...) \
  static type (*original)(__VA_ARGS__); \
  if (original == NULL) original = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FAIL(call, fd) \
  int failed = failure_of(call, fd); \
  if (failed != 0) { errno = failed; return -1; }

ssize_t write(int fd, const void *bytes, size_t count) {
  ORIGINAL(ssize_t, "write", int, const void *, size_t);
  FAIL("write", fd)
  return original(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  ORIGINAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  FAIL("write", fd)
  return original(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  ORIGINAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  FAIL("write", fd)
  return original(fd, bytes, count, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  ORIGINAL(ssize_t, "writev", int, const struct iovec *, int);
  FAIL("write", fd)
  return original(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  ORIGINAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
  FAIL("write", fd)
  return original(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  ORIGINAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
  FAIL("write", fd)
  return original(fd, parts, count, at);
}
int fsync(int fd) {
  ORIGINAL(int, "fsync", int);
  FAIL("sync", fd)
  return original(fd);
}
int fdatasync(int fd) {
  ORIGINAL(int, "fdatasync", int);
  FAIL("sync", fd)
  return original(fd);
}
