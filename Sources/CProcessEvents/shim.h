#include <sys/syscall.h>
#include <unistd.h>

// Swift does not import variadic functions. pidfd_open(2): a descriptor that is readable when the process has ended.
static inline int pgsteer_pidfd_open(int process_id) { return (int)syscall(SYS_pidfd_open, process_id, 0); }
