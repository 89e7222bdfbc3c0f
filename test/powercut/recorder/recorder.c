// Records what a process does to the files below POWERCUT_ROOT: loaded by LD_PRELOAD, it appends a record to POWERCUT_LOG for each
// write, sync and change of a name, in one order over all threads and processes. What is sent on accepted sockets is recorded too,
// so that an acknowledgement has its place in the same order. `log-records.ts` reads the format; the numbers below are its.
// A call is recorded before it is made, and its end after it: what lies between two records may or may not be on the disk. New
// names are recorded once they are made, for they need the number of their inode.
// What would change a file unseen (links, files mapped for writing) is recorded as such, and the reader judges it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, MKDIR, RENAME, UNLINK, MAPPED, UNSEEN, SEND, END, MARK };

#define FDS 65536
#define PIECES_MAX 1024

struct head {
  uint32_t bytes; // of all that follows this field
  uint32_t kind;
  uint64_t id;    // process and number of the call
  uint64_t inode; // or the number of the connection
  int64_t at;     // offset, size or result
  int64_t is_synced;
} __attribute__((packed));

static struct { uint64_t inode; int flags; uint64_t connection; } files[FDS];
static pthread_mutex_t appending = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static const char *root;
// While this file is there, the process dies in the next write of a group of journal records: it is done and has not come back.
static const char *kill_file;
static uint64_t calls, connections;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("POWERCUT_LOG");
  root = getenv("POWERCUT_ROOT");
  kill_file = getenv("POWERCUT_KILL");
  if (path == NULL || root == NULL) return;
  int file = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  // High up, where nobody takes it for a free one.
  log_file = fcntl(file, F_DUPFD_CLOEXEC, 1000);
  REAL(close)(file);
  if (log_file < 0) abort();
}

static uint64_t next_id(void) { return ((uint64_t)getpid() << 40) | __sync_add_and_fetch(&calls, 1); }

static uint64_t append(struct head head, const struct iovec *data, int count) {
  static struct iovec pieces[PIECES_MAX + 1];
  int before = errno;
  if (head.id == 0) head.id = next_id();
  size_t bytes = sizeof head;
  if (count > PIECES_MAX) abort();
  pthread_mutex_lock(&appending);
  for (int i = 0; i < count; i++) bytes += (pieces[i + 1] = data[i]).iov_len;
  head.bytes = bytes - sizeof head.bytes;
  pieces[0] = (struct iovec){&head, sizeof head};
  // One call, so that the records of several processes do not mix.
  if (REAL(writev)(log_file, pieces, count + 1) != (ssize_t)bytes) abort();
  pthread_mutex_unlock(&appending);
  errno = before;
  return head.id;
}

static uint64_t append_text(int kind, uint64_t inode, const char *a, const char *b) {
  struct iovec texts[2] = {{(char *)a, strlen(a) + 1}, {(char *)b, b == NULL ? 0 : strlen(b) + 1}};
  return append((struct head){.kind = kind, .inode = inode}, texts, b == NULL ? 1 : 2);
}

static void end(uint64_t id, int64_t result) {
  append((struct head){.kind = END, .id = id, .at = result}, NULL, 0);
}

// Absolute, in a buffer of the caller's; NULL for what is not below the root.
static const char *below(const char *path, char *buffer) {
  if (log_file < 0 || path == NULL) return NULL;
  if (path[0] != '/') {
    if (getcwd(buffer, PATH_MAX) == NULL) return NULL;
    strncat(buffer, "/", PATH_MAX - strlen(buffer) - 1);
    strncat(buffer, path, PATH_MAX - strlen(buffer) - 1);
    path = buffer;
  }
  return strncmp(path, root, strlen(root)) == 0 ? path : NULL;
}

static void unseen(const char *what, const char *path) { append_text(UNSEEN, 0, what, path); }

static int is_watched(int fd) { return log_file >= 0 && fd >= 0 && fd < FDS && files[fd].inode != 0; }
static int is_peer(int fd) { return log_file >= 0 && fd >= 0 && fd < FDS && files[fd].connection != 0; }

// ---- names

static int opened(int fd, const char *path, int flags, int is_new) {
  if (fd < 0 || fd >= FDS) return fd;
  files[fd].inode = 0;
  files[fd].connection = 0;
  if (path == NULL) return fd;
  struct stat found;
  if (fstat(fd, &found) != 0) abort();
  files[fd].flags = flags;
  if (is_new) append_text(CREATE, found.st_ino, path, NULL);
  else if (flags & O_TRUNC) end(append((struct head){.kind = TRUNCATE, .inode = found.st_ino}, NULL, 0), 0);
  files[fd].inode = found.st_ino;
  return fd;
}

static int open_at(int folder, const char *given, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *path = folder == AT_FDCWD || given[0] == '/' ? below(given, buffer) : NULL;
  struct stat found;
  int is_new = path != NULL && (flags & O_CREAT) && lstat(path, &found) != 0;
  return opened(REAL(openat)(folder, given, flags, mode), path, flags, is_new);
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return open_at(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static void closed(int fd) {
  if (fd >= 0 && fd < FDS) files[fd].inode = files[fd].connection = 0;
}
int close(int fd) {
  closed(fd);
  return REAL(close)(fd);
}

static int duplicated(int from, int to) {
  if (to >= 0 && to < FDS && from >= 0 && from < FDS) files[to] = files[from];
  return to;
}
int dup(int fd) { return duplicated(fd, REAL(dup)(fd)); }
int dup2(int fd, int to) { return duplicated(fd, REAL(dup2)(fd, to)); }
int dup3(int fd, int to, int flags) { return duplicated(fd, REAL(dup3)(fd, to, flags)); }

int mkdir(const char *given, mode_t mode) {
  char buffer[PATH_MAX];
  const char *path = below(given, buffer);
  struct stat made;
  int result = REAL(mkdir)(given, mode);
  if (path != NULL && result == 0 && stat(path, &made) == 0) append_text(MKDIR, made.st_ino, path, NULL);
  return result;
}

#define NAMED(kind, given, call) \
  char buffer[PATH_MAX]; \
  const char *path = below(given, buffer); \
  if (path == NULL) return call; \
  uint64_t id = append_text(kind, 0, path, NULL); \
  int result = call; \
  end(id, result); \
  return result;
int unlink(const char *given) { NAMED(UNLINK, given, REAL(unlink)(given)) }
int rmdir(const char *given) { NAMED(UNLINK, given, REAL(rmdir)(given)) }

int rename(const char *from, const char *to) {
  char buffers[2][PATH_MAX];
  const char *old = below(from, buffers[0]), *new = below(to, buffers[1]);
  if (old == NULL && new == NULL) return REAL(rename)(from, to);
  if (old == NULL || new == NULL) unseen("rename", to);
  uint64_t id = append_text(RENAME, 0, old == NULL ? from : old, new == NULL ? to : new);
  int result = REAL(rename)(from, to);
  end(id, result);
  return result;
}

#define UNSEEN_NAME(given) \
  char buffer[PATH_MAX]; \
  if (below(given, buffer) != NULL) unseen(__func__, given);
int link(const char *from, const char *to) { UNSEEN_NAME(to) return REAL(link)(from, to); }
int symlink(const char *from, const char *to) { UNSEEN_NAME(to) return REAL(symlink)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { UNSEEN_NAME(to) return REAL(linkat)(a, from, b, to, flags); }
int symlinkat(const char *from, int folder, const char *to) { UNSEEN_NAME(to) return REAL(symlinkat)(from, folder, to); }
int renameat(int a, const char *from, int b, const char *to) { UNSEEN_NAME(to) return REAL(renameat)(a, from, b, to); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { UNSEEN_NAME(to) return REAL(renameat2)(a, from, b, to, flags); }
int unlinkat(int folder, const char *path, int flags) { UNSEEN_NAME(path) return REAL(unlinkat)(folder, path, flags); }
int mkdirat(int folder, const char *path, mode_t mode) { UNSEEN_NAME(path) return REAL(mkdirat)(folder, path, mode); }
int truncate(const char *path, off_t size) { UNSEEN_NAME(path) return REAL(truncate)(path, size); }
int truncate64(const char *path, off64_t size) { UNSEEN_NAME(path) return REAL(truncate64)(path, size); }
FILE *fopen(const char *path, const char *mode) {
  if (mode[0] != 'r' || strchr(mode, '+') != NULL) { UNSEEN_NAME(path) }
  return REAL(fopen)(path, mode);
}
FILE *fopen64(const char *path, const char *mode) {
  if (mode[0] != 'r' || strchr(mode, '+') != NULL) { UNSEEN_NAME(path) }
  return REAL(fopen64)(path, mode);
}

// ---- contents

static int64_t place(int fd) {
  if (!(files[fd].flags & O_APPEND)) return lseek(fd, 0, SEEK_CUR);
  struct stat found;
  return fstat(fd, &found) == 0 ? found.st_size : -1;
}

static uint64_t append_write(int fd, const struct iovec *data, int count, int64_t at) {
  struct head head = {.kind = WRITE, .inode = files[fd].inode, .at = at, .is_synced = (files[fd].flags & O_DSYNC) != 0};
  return append(head, data, count);
}

static void die_in_group(const struct iovec *data) {
  if (kill_file == NULL || data->iov_len < 4 || memcmp(data->iov_base, "1GRP", 4) != 0) return;
  if (REAL(unlink)(kill_file) != 0) return;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define WRITTEN(fd, data, count, at, call) \
  if (!is_watched(fd)) return call; \
  uint64_t id = append_write(fd, data, count, at); \
  ssize_t result = call; \
  die_in_group(data); \
  end(id, result); \
  return result;
#define ONE(data, bytes) &(struct iovec){(void *)(data), bytes}, 1

static uint64_t append_send(int fd, const struct iovec *data, int count) {
  return append((struct head){.kind = SEND, .inode = files[fd].connection}, data, count);
}
#define SENT(fd, data, count, call) \
  if (is_peer(fd)) { \
    uint64_t id = append_send(fd, data, count); \
    ssize_t result = call; \
    end(id, result); \
    return result; \
  }

ssize_t write(int fd, const void *data, size_t bytes) {
  SENT(fd, &((struct iovec){(void *)data, bytes}), 1, REAL(write)(fd, data, bytes))
  WRITTEN(fd, &((struct iovec){(void *)data, bytes}), 1, place(fd), REAL(write)(fd, data, bytes))
}
ssize_t writev(int fd, const struct iovec *data, int count) {
  SENT(fd, data, count, REAL(writev)(fd, data, count))
  WRITTEN(fd, data, count, place(fd), REAL(writev)(fd, data, count))
}
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
  WRITTEN(fd, &((struct iovec){(void *)data, bytes}), 1, at, REAL(pwrite)(fd, data, bytes, at))
}
ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) {
  WRITTEN(fd, &((struct iovec){(void *)data, bytes}), 1, at, REAL(pwrite64)(fd, data, bytes, at))
}
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t at) {
  WRITTEN(fd, data, count, at, REAL(pwritev)(fd, data, count, at))
}
ssize_t pwritev64(int fd, const struct iovec *data, int count, off64_t at) {
  WRITTEN(fd, data, count, at, REAL(pwritev64)(fd, data, count, at))
}
ssize_t pwritev2(int fd, const struct iovec *data, int count, off_t at, int flags) {
  if (is_watched(fd)) unseen(__func__, "");
  return REAL(pwritev2)(fd, data, count, at, flags);
}

// Read back from where it was put.
static void copied(int fd, int64_t at, int64_t bytes) {
  if (bytes <= 0) return;
  char name[64];
  char *data = malloc(bytes);
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  int file = REAL(open)(name, O_RDONLY | O_CLOEXEC);
  if (data == NULL || pread(file, data, bytes, at) != bytes) abort();
  REAL(close)(file);
  end(append_write(fd, ONE(data, bytes), at), bytes);
  free(data);
}
#define COPIED(out, at, call) \
  if (!is_watched(out)) return call; \
  int64_t from = at; \
  ssize_t result = call; \
  copied(out, from, result); \
  return result;
ssize_t sendfile(int out, int in, off_t *at, size_t bytes) { COPIED(out, place(out), REAL(sendfile)(out, in, at, bytes)) }
ssize_t sendfile64(int out, int in, off64_t *at, size_t bytes) { COPIED(out, place(out), REAL(sendfile64)(out, in, at, bytes)) }
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *at, size_t bytes, unsigned flags) {
  COPIED(out, at == NULL ? place(out) : *at, REAL(copy_file_range)(in, in_at, out, at, bytes, flags))
}

// libuv calls some of them by number.
long syscall(long number, ...) {
  va_list rest;
  long a[6];
  va_start(rest, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_close) closed(a[0]);
  if (number == SYS_copy_file_range) {
    COPIED(a[2], a[3] == 0 ? place(a[2]) : *(int64_t *)a[3], REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]))
  }
  int writes = number == SYS_pwrite64 || number == SYS_pwritev || number == SYS_pwritev2 || number == SYS_write ||
               number == SYS_writev || number == SYS_ftruncate || number == SYS_fallocate || number == SYS_sendfile;
  if (writes && is_watched(a[0])) unseen("syscall", "");
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define CHANGED(what, fd, size, call) \
  if (!is_watched(fd)) return call; \
  uint64_t id = append((struct head){.kind = what, .inode = files[fd].inode, .at = size}, NULL, 0); \
  int result = call; \
  end(id, result); \
  return result;
int ftruncate(int fd, off_t size) { CHANGED(TRUNCATE, fd, size, REAL(ftruncate)(fd, size)) }
int ftruncate64(int fd, off64_t size) { CHANGED(TRUNCATE, fd, size, REAL(ftruncate64)(fd, size)) }
int fsync(int fd) { CHANGED(SYNC, fd, 0, REAL(fsync)(fd)) }
int fdatasync(int fd) { CHANGED(SYNC, fd, 0, REAL(fdatasync)(fd)) }
// A hint on the way to the disk and no promise: nothing is taken for durable because of it.
int sync_file_range(int fd, off64_t at, off64_t bytes, unsigned flags) { return REAL(sync_file_range)(fd, at, bytes, flags); }

// Room that is taken beforehand: the file is longer, and reads as zeros.
static int allocated(int fd, int mode, int64_t at, int64_t bytes, int result) {
  struct stat found;
  if (!is_watched(fd) || result != 0) return result;
  if (mode & ~FALLOC_FL_KEEP_SIZE) unseen("fallocate", "");
  if (!(mode & FALLOC_FL_KEEP_SIZE) && fstat(fd, &found) == 0 && found.st_size == at + bytes)
    end(append((struct head){.kind = TRUNCATE, .inode = files[fd].inode, .at = at + bytes}, NULL, 0), 0);
  return result;
}
int fallocate(int fd, int mode, off_t at, off_t bytes) { return allocated(fd, mode, at, bytes, REAL(fallocate)(fd, mode, at, bytes)); }
int fallocate64(int fd, int mode, off64_t at, off64_t bytes) { return allocated(fd, mode, at, bytes, REAL(fallocate64)(fd, mode, at, bytes)); }
int posix_fallocate(int fd, off_t at, off_t bytes) { return allocated(fd, 0, at, bytes, REAL(posix_fallocate)(fd, at, bytes)); }
int posix_fallocate64(int fd, off64_t at, off64_t bytes) { return allocated(fd, 0, at, bytes, REAL(posix_fallocate64)(fd, at, bytes)); }

// What is written to memory is not seen here; of a file that nobody needs after a cut that does not matter.
static void mapped(int protection, int flags, int fd) {
  if (is_watched(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED))
    append((struct head){.kind = MAPPED, .inode = files[fd].inode}, NULL, 0);
}
void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t from) {
  mapped(protection, flags, fd);
  return REAL(mmap)(at, bytes, protection, flags, fd, from);
}
void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off64_t from) {
  mapped(protection, flags, fd);
  return REAL(mmap64)(at, bytes, protection, flags, fd, from);
}

// ---- sockets

static int accepted(int fd) {
  if (fd < 0 || fd >= FDS) return fd;
  files[fd].inode = 0;
  files[fd].connection = __sync_add_and_fetch(&connections, 1);
  return fd;
}
int accept(int fd, struct sockaddr *peer, socklen_t *bytes) { return accepted(REAL(accept)(fd, peer, bytes)); }
int accept4(int fd, struct sockaddr *peer, socklen_t *bytes, int flags) { return accepted(REAL(accept4)(fd, peer, bytes, flags)); }
ssize_t send(int fd, const void *data, size_t bytes, int flags) {
  SENT(fd, &((struct iovec){(void *)data, bytes}), 1, REAL(send)(fd, data, bytes, flags))
  return REAL(send)(fd, data, bytes, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  SENT(fd, message->msg_iov, message->msg_iovlen, REAL(sendmsg)(fd, message, flags))
  return REAL(sendmsg)(fd, message, flags);
}
