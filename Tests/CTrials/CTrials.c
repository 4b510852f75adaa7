#define _GNU_SOURCE
#include "CTrials.h"
#include "CConfine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { unprepared = 200 };

// What the child knows of its scene: made before it is confined.
static struct {
    char key[4096], other[4096], memory[64], environment[64];
    pid_t parent;
    void *page;
} scene;

// The acts call the kernel themselves, so that no library stands between. Each returns what the kernel says.

static long opens(const char *path, int flags) { return syscall(__NR_openat, AT_FDCWD, path, flags, 0600); }
static long open_key(void) { return opens(scene.key, O_RDONLY); }
static long open_to_write(void) { return opens(scene.key, O_RDWR); }
static long create(void) { return opens(scene.other, O_WRONLY | O_CREAT); }
static long open_own_memory(void) { return opens("/proc/self/mem", O_RDWR); }
static long open_parent_memory(void) { return opens(scene.memory, O_RDWR); }
static long open_parent_environment(void) { return opens(scene.environment, O_RDONLY); }
static long open_by_openat2(void) {
    uint64_t how[3] = {O_RDONLY, 0, 0};
    return syscall(__NR_openat2, AT_FDCWD, scene.key, how, sizeof how);
}
static long look_at(void) {
    struct stat found;
    return syscall(__NR_newfstatat, AT_FDCWD, scene.key, &found, 0);
}
static long list(void) { return syscall(__NR_readlinkat, AT_FDCWD, "/proc/self/exe", scene.other, sizeof scene.other); }
static long truncate_path(void) { return syscall(__NR_truncate, scene.key, 0); }
static long truncate_open(void) { return syscall(__NR_ftruncate, 0, 0); }
static long write_in_place(void) { return syscall(__NR_pwrite64, 0, "x", 1, 0); }
static long rename_key(void) { return syscall(__NR_renameat2, AT_FDCWD, scene.key, AT_FDCWD, scene.other, 0); }
static long unlink_key(void) { return syscall(__NR_unlinkat, AT_FDCWD, scene.key, 0); }
static long link_key(void) { return syscall(__NR_linkat, AT_FDCWD, scene.key, AT_FDCWD, scene.other, 0); }
static long symlink_key(void) { return syscall(__NR_symlinkat, scene.key, AT_FDCWD, scene.other); }
static long make_directory(void) { return syscall(__NR_mkdirat, AT_FDCWD, scene.other, 0700); }
static long open_to_all(void) { return syscall(__NR_fchmodat, AT_FDCWD, scene.key, 0666); }
static long move_to_root(void) { return syscall(__NR_chdir, "/"); }

static long maps(void *at, int protection, int flags, int descriptor) {
    return syscall(__NR_mmap, at, 4096, protection, flags, descriptor, 0);
}
static long map_shared_file(void) { return maps(NULL, PROT_READ | PROT_WRITE, MAP_SHARED, 0); }
static long map_private_file(void) { return maps(NULL, PROT_READ, MAP_PRIVATE, 0); }
static long map_code(void) { return maps(NULL, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1); }
static long make_code(void) { return syscall(__NR_mprotect, scene.page, 4096, PROT_READ | PROT_EXEC); }
static long make_memory_file(void) { return syscall(__NR_memfd_create, "code", 0); }

static long socket_of_network(void) { return syscall(__NR_socket, AF_INET, SOCK_STREAM, 0); }
static long socket_of_machine(void) { return syscall(__NR_socket, AF_UNIX, SOCK_STREAM, 0); }
static long socket_of_pair(void) {
    int ends[2];
    return syscall(__NR_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
}
static long send_descriptor(void) {
    struct msghdr message = {0};
    return syscall(__NR_sendmsg, 0, &message, 0);
}
static long make_pipe(void) {
    int ends[2];
    return syscall(__NR_pipe2, ends, 0);
}
static long duplicate(void) { return syscall(__NR_dup, 0); }
static long control_descriptor(void) { return syscall(__NR_fcntl, 0, F_DUPFD, 0); }
static long control_device(void) { return syscall(__NR_ioctl, 0, 0x5451 /* FIOCLEX */); }

static long signal_parent(void) { return syscall(__NR_kill, scene.parent, 0); }
static long signal_itself(void) { return syscall(__NR_kill, getpid(), 0); }
static long signal_thread(void) { return syscall(__NR_tgkill, scene.parent, scene.parent, 0); }
static long hold_parent(void) { return syscall(__NR_pidfd_open, scene.parent, 0); }
static long trace_parent(void) { return syscall(__NR_ptrace, PTRACE_SEIZE, scene.parent, 0, 0); }
static long read_parent(void) {
    char byte;
    struct iovec mine = {&byte, 1}, theirs = {scene.page, 1};
    return syscall(__NR_process_vm_readv, scene.parent, &mine, 1, &theirs, 1, 0);
}
static long write_parent(void) {
    char byte = 0;
    struct iovec mine = {&byte, 1}, theirs = {scene.page, 1};
    return syscall(__NR_process_vm_writev, scene.parent, &mine, 1, &theirs, 1, 0);
}
static long limit_parent(void) {
    struct rlimit found;
    return syscall(__NR_prlimit64, scene.parent, RLIMIT_NOFILE, NULL, &found);
}

static long born(long child) {
    if (child == 0) syscall(__NR_exit_group, 0);
    return child;
}
static long fork_by_clone(void) { return born(syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0)); }
static long fork_by_clone3(void) {
    uint64_t arguments[8] = {0};
    arguments[4] = SIGCHLD;
    return born(syscall(__NR_clone3, arguments, sizeof arguments));
}
static long thread_in_namespace(void) { return born(syscall(__NR_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static long run_program(void) {
    char *words[] = {"/bin/true", NULL}, *none[] = {NULL};
    return syscall(__NR_execve, words[0], words, none);
}
static long run_program_at(void) {
    char *words[] = {"/bin/true", NULL}, *none[] = {NULL};
    return syscall(__NR_execveat, AT_FDCWD, words[0], words, none, 0);
}

static long show_itself(void) { return syscall(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long become_another(void) { return syscall(__NR_setuid, getuid()); }
static long change_personality(void) { return syscall(__NR_personality, 0xffffffffUL); }
static long leave_namespace(void) { return syscall(__NR_unshare, CLONE_NEWUSER); }
static long make_ring(void) {
    char parameters[256] = {0};
    return syscall(__NR_io_uring_setup, 1, parameters);
}
static long call_bpf(void) { return syscall(__NR_bpf, 0, NULL, 0); }
static long handle_faults(void) { return syscall(__NR_userfaultfd, 1); }
static long share_memory(void) { return syscall(__NR_shmget, IPC_PRIVATE, 0, 0); }
static long watch_files(void) { return syscall(__NR_inotify_init1, 0); }
static long filter_again(void) { return syscall(__NR_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, NULL); }
#if defined(__x86_64__)
static long open_by_old_name(void) { return syscall(__NR_open, scene.key, O_RDONLY); }
static long fork_by_old_name(void) { return born(syscall(__NR_fork)); }
static long call_by_second_numbering(void) { return syscall(0x40000000 + __NR_getpid); }
#endif

static const struct {
    const char *name;
    long (*act)(void);
    bool is_common, is_deadly;
} trials[] = {
    {"opening the key file", open_key, true},
    {"opening a file to write", open_to_write, true},
    {"making a file", create, true},
    {"opening its own memory", open_own_memory, true},
    {"opening the server's memory", open_parent_memory},
    {"opening the server's environment", open_parent_environment, true},
    {"openat2", open_by_openat2, true},
    {"looking at a file from outside", look_at, true},
    {"reading a link", list, true},
    {"truncating a file", truncate_path, true},
    {"truncating an inherited file", truncate_open, true},
    {"writing in the middle of an inherited file", write_in_place, true},
    {"renaming", rename_key, true},
    {"removing", unlink_key, true},
    {"linking", link_key, true},
    {"linking by name", symlink_key, true},
    {"making a directory", make_directory, true},
    {"opening a file to all", open_to_all, true},
    {"changing the directory", move_to_root, true},
    {"mapping an inherited file to write", map_shared_file, true},
    {"mapping an inherited file to read", map_private_file, true},
    {"memory to write and run", map_code, true},
    {"running what was written", make_code, true},
    {"a file in memory", make_memory_file, true},
    {"a socket of the network", socket_of_network, true},
    {"a socket of the machine", socket_of_machine, true},
    {"a pair of sockets", socket_of_pair, true},
    {"sending descriptors", send_descriptor},
    {"a pipe", make_pipe, true},
    {"dup", duplicate, true},
    {"fcntl", control_descriptor, true},
    {"ioctl", control_device, true},
    {"a signal to the server", signal_parent, true},
    {"a signal to itself", signal_itself, true},
    {"a signal to a thread of the server", signal_thread, true},
    {"a descriptor of the server", hold_parent, true},
    {"tracing the server", trace_parent},
    {"reading the server's memory", read_parent},
    {"writing the server's memory", write_parent},
    {"the limits of the server", limit_parent},
    {"a process by clone", fork_by_clone, true},
    {"a process by clone3", fork_by_clone3, true},
    {"a process in a namespace", thread_in_namespace},
    {"another program", run_program, true},
    {"another program by execveat", run_program_at, true},
    {"showing its memory again", show_itself, true},
    {"becoming somebody", become_another, true},
    {"another personality", change_personality, true},
    {"a namespace", leave_namespace},
    {"io_uring", make_ring},
    {"bpf", call_bpf},
    {"userfaultfd", handle_faults},
    {"shared memory", share_memory},
    {"inotify", watch_files},
    {"seccomp", filter_again},
#if defined(__x86_64__)
    {"open", open_by_old_name, true},
    {"fork", fork_by_old_name, true},
    {"the second numbering", call_by_second_numbering, false, true},
#endif
};

size_t conclave_trial_count(void) { return sizeof trials / sizeof trials[0]; }
const char *conclave_trial_name(size_t trial) { return trials[trial].name; }
bool conclave_trial_is_common(size_t trial) { return trials[trial].is_common; }
bool conclave_trial_is_deadly(size_t trial) { return trials[trial].is_deadly; }

// A file of one page on standard input, the names of the scene, and an end in case of a hang.
static bool prepare(const char *directory) {
    static const char page[4096];
    alarm(20);
    snprintf(scene.key, sizeof scene.key, "%s/key", directory);
    snprintf(scene.other, sizeof scene.other, "%s/other-%d", directory, getpid());
    scene.parent = getppid();
    snprintf(scene.memory, sizeof scene.memory, "/proc/%d/mem", scene.parent);
    snprintf(scene.environment, sizeof scene.environment, "/proc/%d/environ", scene.parent);
    scene.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int file = open(scene.key, O_RDWR | O_CREAT | O_TRUNC, 0600);
    return scene.page != MAP_FAILED && file >= 0 && write(file, page, sizeof page) == sizeof page && dup2(file, 0) == 0;
}

// The exit status of the child, or its signal below 0.
static int status_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return 1000;
    }
    if (WIFSIGNALED(status)) return -WTERMSIG(status);
    return WEXITSTATUS(status) == unprepared ? 1000 : WEXITSTATUS(status);
}

int conclave_trial(size_t trial, bool confined, const char *directory) {
    pid_t child = fork();
    if (child < 0) return 1000;
    if (child > 0) return status_of(child);
    if (!prepare(directory) || (confined && conclave_confine() != 0)) _exit(unprepared);
    _exit(trials[trial].act() >= 0 ? 0 : errno);
}

// What the program needs, or is answered in another way.
static bool is_known(long number) {
    static const long known[] = {
        __NR_read, __NR_write, __NR_writev, __NR_fstat, __NR_futex, __NR_mprotect, __NR_munmap, __NR_mremap, __NR_brk,
        __NR_madvise, __NR_clone3, __NR_set_robust_list, __NR_rseq, __NR_sched_yield, __NR_getpid, __NR_gettid,
        __NR_clock_gettime, __NR_clock_nanosleep, __NR_nanosleep, __NR_getrandom, __NR_rt_sigaction, __NR_rt_sigprocmask,
        __NR_rt_sigreturn, __NR_sigaltstack, __NR_restart_syscall, __NR_exit, __NR_exit_group,
    };
    for (size_t place = 0; place < sizeof known / sizeof known[0]; place++) {
        if (known[place] == number) return true;
    }
#if defined(__x86_64__)
    // The kernel's own ways back out of a probe (uretprobe, uprobe), which no filter sees; from anywhere else they kill.
    if (number == 335 || number == 336) return true;
#endif
    return false;
}

int conclave_trial_of_all_calls(void) {
    int *answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED) return -2;
    *answer = -2;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        // Without walls some of the calls below would do harm: first one that does none.
        if (conclave_confine() != 0 || syscall(__NR_getppid) >= 0) _exit(unprepared);
        for (long number = 0; number < 1024; number++) {
            if (is_known(number)) continue;
            *answer = (int) number;
            if (syscall(number, 0, 0, 0, 0, 0, 0) != -1 || errno != EPERM) _exit(1);
        }
        *answer = -1;
        _exit(0);
    }
    if (child > 0) status_of(child);
    int result = child > 0 ? *answer : -2;
    munmap(answer, 4096);
    return result;
}

int conclave_trial_of_hiding(void) {
    pid_t child = fork();
    if (child < 0) return 1000;
    if (child > 0) return status_of(child);
    struct rlimit core;
    if (conclave_hide() != 0 || getrlimit(RLIMIT_CORE, &core) != 0) _exit(unprepared);
    _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && core.rlim_max == 0 ? 0 : 1);
}
