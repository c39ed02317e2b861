import CLinux
import Glibc

/// Secrets are in the environment and in the memory of this process: a crash tells nobody.
enum CrashSecrecy {
    /// Forbids dumps, and with them that other processes of the same user read this one's memory and environment (prctl(2),
    /// PR_SET_DUMPABLE); programs that it starts are not affected.
    ///
    /// Swift's own report of a crash shows what registers point to, so it is only written for those who ask for it with
    /// `SWIFT_BACKTRACE`.
    static func enforce() {
        _ = pgsteer_forbid_dumps()
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        for crash in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(crash, SIG_DFL) }
    }
}
