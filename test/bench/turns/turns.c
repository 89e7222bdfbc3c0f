// Preloaded into a gateway (LD_PRELOAD): how long each thread works between two waits of its event loop, as processor time, so that
// waiting for a core does not count. The figures are in the file TURNS_FILE.PID, one record a thread; whoever reads them sets them to 0.
//   cc -O2 -shared -fPIC turns.c -o turns.so -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREADS 64
#define LONGEST 8

// As turn-table.mjs reads it; times in microseconds.
typedef struct {
  uint64_t tid, turns, cpuUs, longestUs[LONGEST];
} Thread;

typedef int (*Pwait)(int, struct epoll_event *, int, int, const sigset_t *);
typedef int (*Wait)(int, struct epoll_event *, int, int);

static Thread *table;
static __thread Thread *mine;
static __thread uint64_t sinceUs;

static uint64_t cpuUs(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

__attribute__((constructor)) static void openTable(void) {
  const char *prefix = getenv("TURNS_FILE");
  if (prefix == NULL) return;
  char path[4096];
  snprintf(path, sizeof path, "%s.%d", prefix, getpid());
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  if (ftruncate(file, THREADS * sizeof(Thread)) == 0) {
    void *map = mmap(NULL, THREADS * sizeof(Thread), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) table = map;
  }
  close(file);
}

static Thread *claim(void) {
  uint64_t tid = syscall(SYS_gettid);
  for (int i = 0; i < THREADS; i++) {
    uint64_t none = 0;
    if (__atomic_compare_exchange_n(&table[i].tid, &none, tid, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return &table[i];
  }
  return NULL;
}

static void endTurn(void) {
  if (table == NULL) return;
  if (mine == NULL) mine = claim();
  if (mine == NULL || sinceUs == 0) return;
  uint64_t us = cpuUs() - sinceUs;
  mine->turns++;
  mine->cpuUs += us;
  int least = 0;
  for (int i = 1; i < LONGEST; i++)
    if (mine->longestUs[i] < mine->longestUs[least]) least = i;
  if (us > mine->longestUs[least]) mine->longestUs[least] = us;
}

static void beginTurn(void) {
  if (table != NULL) sinceUs = cpuUs();
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *signals) {
  static Pwait real;
  if (real == NULL) real = (Pwait)dlsym(RTLD_NEXT, "epoll_pwait");
  endTurn();
  int count = real(fd, events, max, timeout, signals);
  beginTurn();
  return count;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout) {
  static Wait real;
  if (real == NULL) real = (Wait)dlsym(RTLD_NEXT, "epoll_wait");
  endTurn();
  int count = real(fd, events, max, timeout);
  beginTurn();
  return count;
}
