/* Preloaded into every process of a run: moves its wall clock and slows its files, by what is in the file SETTINGS while it runs. The
   monotonic clock is left alone, as it is when a machine's clock is set. Children get it too, whatever environment they are given. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct settings {
  int64_t shift_s;  /* added to the wall clock */
  int64_t path_ms;  /* before a file below FOLDER is opened, made, renamed or removed */
  int64_t write_ms; /* before something is written to a file */
  int64_t sync_ms;
};

static const struct settings none;
static const struct settings *now = &none;
extern char **environ;

__attribute__((constructor)) static void map_settings(void) {
  int fd = syscall(SYS_openat, AT_FDCWD, SETTINGS, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct settings), PROT_READ, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) now = mapped;
  syscall(SYS_close, fd);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += now->shift_s;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  int result = syscall(SYS_gettimeofday, time, zone);
  if (result == 0) time->tv_sec += now->shift_s;
  return result;
}

time_t time(time_t *into) {
  struct timespec found;
  clock_gettime(CLOCK_REALTIME, &found);
  if (into) *into = found.tv_sec;
  return found.tv_sec;
}

static void wait_ms(int64_t ms) {
  struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  if (ms > 0) syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
}

static void wait_for_path(const char *path) {
  if (now->path_ms > 0 && path && strncmp(path, FOLDER, strlen(FOLDER)) == 0) wait_ms(now->path_ms);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    va_list list;                                                      \
    va_start(list, flags);                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0; \
    va_end(list);                                                      \
    wait_for_path(path);                                               \
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);           \
  }
OPEN(open)
OPEN(open64)

#define BY_PATH(name, parameters, arguments, path) \
  int name parameters {                            \
    wait_for_path(path);                           \
    return REAL(name) arguments;                   \
  }
BY_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
BY_PATH(unlink, (const char *path), (path), path)
BY_PATH(rmdir, (const char *path), (path), path)
BY_PATH(rename, (const char *from, const char *to), (from, to), to)

ssize_t write(int fd, const void *bytes, size_t length) {
  struct stat found;
  if (now->write_ms > 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) wait_ms(now->write_ms);
  return syscall(SYS_write, fd, bytes, length);
}

int fsync(int fd) {
  wait_ms(now->sync_ms);
  return syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  wait_ms(now->sync_ms);
  return syscall(SYS_fdatasync, fd);
}

/* How libuv starts programs, with `environ` set to what the child is to have. */
int execvp(const char *file, char *const arguments[]) {
  size_t count = 0;
  while (environ[count]) count++;
  char *all[count + 2];
  memcpy(all, environ, count * sizeof *all);
  all[count] = "LD_PRELOAD=" LIBRARY;
  all[count + 1] = NULL;
  return execvpe(file, arguments, all);
}
