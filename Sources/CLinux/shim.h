#include <sys/syscall.h>
#include <unistd.h>

// glibc has pidfd_open only since 2.36, and Swift does not import functions with a variable number of arguments.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static inline int pgsteer_pidfd_open(int processID) { return (int)syscall(SYS_pidfd_open, processID, 0); }
