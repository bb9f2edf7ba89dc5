/* Breaks what the spool asks of the system, for the tests of broken worlds: loaded before libc (LD_PRELOAD), it does what
   the shared page in $FAULTS_FILE says at the moment. Only files below /spool/, and for one fault the catalog, are touched; the clock
   is everybody's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct faults {
    volatile int32_t write_errno; /* writes fail with it; 0 = they do not */
    volatile int32_t sync_errno;  /* syncs fail with it */
    volatile int32_t stall;       /* writes do not come back while it is set */
    volatile int32_t clock_s;     /* seconds that the wall clock is off */
    volatile int32_t struck;      /* times that a fault was met */
    volatile int32_t catalog_errno; /* writes to the catalog and its log fail with it */
    volatile int32_t read_errno;  /* reads fail with it */
};

static struct faults *faults;

__attribute__((constructor)) static void open_page(void) {
    const char *path = getenv("FAULTS_FILE");
    int fd = path ? open(path, O_RDWR) : -1;
    if (fd < 0) return;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) faults = page;
    close(fd);
}

static int is_of(int fd, const char *part) {
    char link[32], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static int write_fault(int fd) {
    if (!faults) return 0;
    if (faults->catalog_errno && is_of(fd, "/catalog.db")) return faults->catalog_errno;
    if ((!faults->write_errno && !faults->stall) || !is_of(fd, "/spool/")) return 0;
    __sync_fetch_and_add(&faults->struck, 1);
    while (faults->stall) usleep(1000);
    return faults->write_errno;
}

static int sync_fault(int fd) {
    if (!faults || !faults->sync_errno || !is_of(fd, "/spool/")) return 0;
    __sync_fetch_and_add(&faults->struck, 1);
    return faults->sync_errno;
}

#define NEXT(type, name) \
    static type next; \
    if (!next) next = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off64_t);
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    NEXT(pwrite_type, "pwrite64");
    int error = write_fault(fd);
    if (error) { errno = error; return -1; }
    return next(fd, bytes, count, at);
}

typedef ssize_t (*pread_type)(int, void *, size_t, off64_t);
ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    NEXT(pread_type, "pread64");
    if (faults && faults->read_errno && is_of(fd, "/spool/")) { errno = faults->read_errno; return -1; }
    return next(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return pwrite64(fd, bytes, count, at);
}

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int fd, const void *bytes, size_t count) {
    NEXT(write_type, "write");
    /* The log and connections are none of it. */
    int error = faults && faults->catalog_errno ? write_fault(fd) : 0;
    if (error) { errno = error; return -1; }
    return next(fd, bytes, count);
}

typedef int (*sync_type)(int);
int fdatasync(int fd) {
    NEXT(sync_type, "fdatasync");
    int error = sync_fault(fd);
    if (error) { errno = error; return -1; }
    return next(fd);
}
int fsync(int fd) {
    NEXT(sync_type, "fsync");
    int error = sync_fault(fd);
    if (error) { errno = error; return -1; }
    return next(fd);
}

typedef int (*clock_type)(clockid_t, struct timespec *);
int clock_gettime(clockid_t clock, struct timespec *time) {
    NEXT(clock_type, "clock_gettime");
    int result = next(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && faults) time->tv_sec += faults->clock_s;
    return result;
}
