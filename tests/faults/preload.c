/*
 * Disturbs a process at its n-th operation that changes a file system.
 *
 * Loaded by LD_PRELOAD on Linux. Environment:
 *   FAULT_FOLDER  only operations on paths that begin so are counted
 *   FAULT_LOG     a file that gets a line per operation: its name and path
 *   FAULT_STATES  a folder that gets copies of FAULT_FOLDER, as a process that
 *                 is killed at the n-th operation leaves it: kill-N, and torn-N
 *                 of a write after half
 *   FAULT_AT      n, from 1; no disturbance where it is absent
 *   FAULT_KIND    kill    ends the process before the operation
 *                 torn    ends it after the operation, of a write after half
 *                 ENOSPC  no room for it; EIO: it fails
 *                 full    no room for it and all that follow
 *                 stop    stops the process (SIGSTOP) before it
 * Removing needs no room, so ENOSPC and full leave it alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

typedef char Path[4096];
enum Verdict { PASS, FAIL, END_AFTER };

static const char *folder, *kind, *states;
static long at;
static int log_file = -1;
static atomic_long count;
/* the operation that this thread does */
static _Thread_local long here;

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULT_FOLDER");
  kind = getenv("FAULT_KIND");
  states = getenv("FAULT_STATES");
  const char *n = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
  at = n && kind ? atol(n) : 0;
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  if (log) log_file = syscall(SYS_openat, AT_FDCWD, log, flags, 0644);
}

static int is(const char *name) { return strcmp(kind, name) == 0; }

static int counts(const char *path) {
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* The path of an open file; empty where it has none. */
static char *path_of(int file, Path path) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof(Path) - 1);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

/* The path of a name in an open folder. */
static char *path_in(int parent, const char *name, Path path) {
  if (*name == '/' || parent == AT_FDCWD) {
    snprintf(path, sizeof(Path), "%s", name);
  } else {
    size_t length = strlen(path_of(parent, path));
    snprintf(path + length, sizeof(Path) - length, "/%s", name);
  }
  return path;
}

/* Copies the folder as it is. */
static void keep_state(const char *name, long n) {
  if (!states) return;
  Path to;
  snprintf(to, sizeof to, "%s/%s-%ld", states, name, n);
  char *copy[] = {"cp", "-a", (char *) folder, to, NULL}, *none[] = {NULL};
  pid_t child;
  if (posix_spawnp(&child, *copy, NULL, NULL, copy, none) == 0) {
    waitpid(child, NULL, 0);
  }
}

static void end(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static enum Verdict meet(const char *operation, const char *path, int removes) {
  if (!counts(path)) return PASS;
  long n = here = atomic_fetch_add(&count, 1) + 1;
  if (log_file >= 0) dprintf(log_file, "%s %s\n", operation, path);
  keep_state("kill", n);
  if (at == 0 || n < at) return PASS;
  if (is("full") && !removes) return errno = ENOSPC, FAIL;
  if (n > at) return PASS;
  if (is("kill")) end();
  if (is("torn")) return END_AFTER;
  if (is("EIO")) return errno = EIO, FAIL;
  if (is("ENOSPC") && !removes) return errno = ENOSPC, FAIL;
  if (is("stop")) syscall(SYS_tgkill, getpid(), gettid(), SIGSTOP);
  return PASS;
}

/* Does the call, unless it is to fail, and ends where it is to end. */
#define DO(operation, path, removes, call)                    \
  enum Verdict verdict = meet(operation, path, removes);      \
  if (verdict == FAIL) return -1;                             \
  __typeof__(call) result = call;                             \
  if (verdict == END_AFTER) end();                            \
  return result

int rename(const char *from, const char *to) {
  DO("rename", to, 0, REAL(rename)(from, to));
}
int mkdir(const char *path, mode_t mode) {
  DO("mkdir", path, 0, REAL(mkdir)(path, mode));
}
int unlink(const char *path) { DO("remove", path, 1, REAL(unlink)(path)); }
int rmdir(const char *path) { DO("remove", path, 1, REAL(rmdir)(path)); }
int unlinkat(int parent, const char *name, int flags) {
  Path path;
  DO("remove", path_in(parent, name, path), 1,
     REAL(unlinkat)(parent, name, flags));
}
int fsync(int file) {
  Path path;
  DO("sync", path_of(file, path), 0, REAL(fsync)(file));
}
int fdatasync(int file) {
  Path path;
  DO("sync", path_of(file, path), 0, REAL(fdatasync)(file));
}
int ftruncate64(int file, off64_t length) {
  Path path;
  DO("truncate", path_of(file, path), 0, REAL(ftruncate64)(file, length));
}
ssize_t write(int file, const void *bytes, size_t length) {
  Path path;
  if (!folder || file < 3 || file == log_file) {
    return REAL(write)(file, bytes, length);
  }
  enum Verdict verdict = meet("write", path_of(file, path), 0);
  if (verdict == FAIL) return -1;
  if (verdict == END_AFTER) length /= 2;
  ssize_t half = states && counts(path) ? length / 2 : 0;
  if (half > 0 && REAL(write)(file, bytes, half) < half) return -1;
  if (half > 0) keep_state("torn", here);
  ssize_t written = REAL(write)(file, (const char *) bytes + half, length - half);
  if (verdict == END_AFTER) end();
  return written < 0 ? written : half + written;
}

static int open_in(int parent, const char *name, int flags, mode_t mode) {
  Path path;
  if (!(flags & (O_CREAT | O_TRUNC))) {
    return syscall(SYS_openat, parent, name, flags, mode);
  }
  DO("open", path_in(parent, name, path), 0,
     (int) syscall(SYS_openat, parent, name, flags, mode));
}

static mode_t mode_of(int flags, va_list more) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPEN(parent, flags)                   \
  va_list more;                               \
  va_start(more, flags_);                     \
  mode_t mode = mode_of(flags_, more);        \
  va_end(more);                               \
  return open_in(parent, path, flags, mode)

int open(const char *path, int flags_, ...) { OPEN(AT_FDCWD, flags_); }
int open64(const char *path, int flags_, ...) {
  OPEN(AT_FDCWD, flags_ | O_LARGEFILE);
}
int openat(int parent, const char *path, int flags_, ...) {
  OPEN(parent, flags_);
}
int openat64(int parent, const char *path, int flags_, ...) {
  OPEN(parent, flags_ | O_LARGEFILE);
}
