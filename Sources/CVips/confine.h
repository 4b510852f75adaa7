#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CONCLAVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CONCLAVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define CONCLAVE_REFUSE(name) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

// Takes from the process, for good: open files other than its standard ones, new rights, new programs, sockets, and the memory, signals and files of other processes.
// 0 when all of it was taken.
static inline int conclave_confine(void) {
    if (syscall(__NR_close_range, 3, ~0U, 0) != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#ifdef CONCLAVE_ARCHITECTURE
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CONCLAVE_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        // The second numbering of x86-64 would pass by the names below.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        CONCLAVE_REFUSE(execve), CONCLAVE_REFUSE(execveat), CONCLAVE_REFUSE(socket), CONCLAVE_REFUSE(socketpair),
        CONCLAVE_REFUSE(connect), CONCLAVE_REFUSE(bind), CONCLAVE_REFUSE(listen), CONCLAVE_REFUSE(ptrace),
        CONCLAVE_REFUSE(process_vm_readv), CONCLAVE_REFUSE(process_vm_writev), CONCLAVE_REFUSE(kill), CONCLAVE_REFUSE(tkill),
        CONCLAVE_REFUSE(unlinkat), CONCLAVE_REFUSE(mkdirat), CONCLAVE_REFUSE(linkat), CONCLAVE_REFUSE(symlinkat),
        CONCLAVE_REFUSE(renameat2), CONCLAVE_REFUSE(fchmodat), CONCLAVE_REFUSE(fchownat), CONCLAVE_REFUSE(mount),
        CONCLAVE_REFUSE(umount2), CONCLAVE_REFUSE(setns), CONCLAVE_REFUSE(unshare), CONCLAVE_REFUSE(pivot_root),
        CONCLAVE_REFUSE(chroot), CONCLAVE_REFUSE(bpf), CONCLAVE_REFUSE(keyctl), CONCLAVE_REFUSE(add_key),
        CONCLAVE_REFUSE(perf_event_open), CONCLAVE_REFUSE(userfaultfd), CONCLAVE_REFUSE(io_uring_setup),
        CONCLAVE_REFUSE(pidfd_getfd), CONCLAVE_REFUSE(open_by_handle_at), CONCLAVE_REFUSE(init_module),
#if defined(__x86_64__)
        CONCLAVE_REFUSE(fork), CONCLAVE_REFUSE(vfork), CONCLAVE_REFUSE(unlink), CONCLAVE_REFUSE(rename), CONCLAVE_REFUSE(mkdir),
        CONCLAVE_REFUSE(link), CONCLAVE_REFUSE(symlink), CONCLAVE_REFUSE(chmod), CONCLAVE_REFUSE(chown), CONCLAVE_REFUSE(creat),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
    return 0;
#endif
}
