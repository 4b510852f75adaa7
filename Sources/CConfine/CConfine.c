#define _GNU_SOURCE
#include "CConfine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int conclave_hide(void) {
    struct rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    return setrlimit(RLIMIT_CORE, &none);
}

// Landlock, beside the filter: no file, TCP port, abstract socket or signal of others, should the filter have a hole. The
// structure and the rights are the kernel's, of each version of them; the headers of Debian 12 end with the third.
static int forbid_files(void) {
    struct {
        uint64_t files, ports, scopes;
    } rights = {0, 0, 0};
    long version = syscall(__NR_landlock_create_ruleset, NULL, 0, 1U);
    // An older kernel, one without it, or a container that does not let it through: the filter stands alone.
    if (version < 1) return 0;
    rights.files = (1U << 13) - 1;
    if (version >= 2) rights.files |= 1U << 13;  // to link and rename across directories
    if (version >= 3) rights.files |= 1U << 14;  // to truncate
    if (version >= 5) rights.files |= 1U << 15;  // ioctl of devices
    if (version >= 4) rights.ports = 3;          // to bind, to connect
    if (version >= 6) rights.scopes = 3;         // abstract sockets, signals
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    long rules = syscall(__NR_landlock_create_ruleset, &rights, size, 0U);
    // No rule is added: nothing is excepted.
    if (rules < 0 || syscall(__NR_landlock_restrict_self, rules, 0U) != 0) return -1;
    return close((int) rules);
}

#if defined(__x86_64__) && defined(__LP64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

// The lower half of an argument; both architectures keep it first.
#define ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define LET BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define EQUALS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define ALLOW(name) EQUALS(__NR_##name, 0, 1), LET

// A thread, as the C library makes one, and nothing that could be called a process.
#define THREAD \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
        CLONE_CHILD_CLEARTID)

// All that is left. Whatever is not named is answered with EPERM rather than death: the libraries try one thing or another
// that they can do without (the number of processors, the name of a thread), and do without it.
static int forbid_calls(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), EQUALS(ARCHITECTURE, 1, 0), KILL,
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        // The second numbering of this architecture.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), KILL,
#endif
        // There are only the standard descriptors, and none of these makes another.
        ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(fstat), ALLOW(futex),
        // Memory: never a file's, never to be run.
        EQUALS(__NR_mmap, 0, 6), ARGUMENT(2), HAS(PROT_EXEC, 2, 0), ARGUMENT(3), HAS(MAP_ANONYMOUS, 1, 0), ANSWER(EPERM), LET,
        EQUALS(__NR_mprotect, 0, 4), ARGUMENT(2), HAS(PROT_EXEC, 0, 1), ANSWER(EPERM), LET,
        ALLOW(munmap), ALLOW(mremap), ALLOW(brk),
        // Other advice gets the answer of a kernel that does not know it.
        EQUALS(__NR_madvise, 0, 5), ARGUMENT(2), EQUALS(MADV_DONTNEED, 2, 0), EQUALS(MADV_FREE, 1, 0), ANSWER(EINVAL), LET,
        // Threads. The flags of clone3 lie in memory, where a filter cannot look; the C library then takes clone.
        EQUALS(__NR_clone, 0, 4), ARGUMENT(0), EQUALS(THREAD, 0, 1), LET, ANSWER(EPERM),
        EQUALS(__NR_clone3, 0, 1), ANSWER(ENOSYS),
        ALLOW(set_robust_list), ALLOW(rseq), ALLOW(sched_yield), ALLOW(getpid), ALLOW(gettid),
        // Time and chance.
        ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(getrandom),
        // Its own handlers of signals.
        ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW(restart_syscall),
        ALLOW(exit), ALLOW(exit_group),
        ANSWER(EPERM),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    // More than 0 is the number of a thread that could not be bound.
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0 ? 0 : -1;
}

#else

static int forbid_calls(void) {
    errno = ENOSYS;
    return -1;
}

#endif

int conclave_confine(void) {
    if (syscall(__NR_close_range, 3U, ~0U, 0U) != 0) return -1;
    if (conclave_hide() != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    if (forbid_files() != 0) return -1;
    return forbid_calls();
}
