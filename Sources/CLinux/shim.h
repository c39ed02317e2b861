#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift does not import functions with a variable number of arguments.

// glibc has pidfd_open only since 2.36.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static inline int pgsteer_pidfd_open(int processID) { return (int)syscall(SYS_pidfd_open, processID, 0); }

static inline int pgsteer_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Swift's Glibc leaves malloc.h out.
static inline void pgsteer_trim_memory(void) { malloc_trim(0); }

/// Lets all threads ask for memory in at most so many places; counts for threads that are made later.
static inline void pgsteer_limit_arenas(int count) { mallopt(M_ARENA_MAX, count); }
