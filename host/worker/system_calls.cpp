// The part of confine() that says which system calls are refused: a program for the kernel's classic BPF machine.
//
// A call that is refused fails with an errno and does not kill, so that a library that tries one can do without.
#include "worker/confine.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace patchbay::worker {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "write down this architecture's AUDIT_ARCH_ number"
#endif

// The numbers stand written out where Debian 12's headers may not have them.
constexpr int io_uring_setup = 425, io_uring_enter = 426, io_uring_register = 427, clone3 = 435, openat2 = 437,
              pidfd_getfd = 438;

constexpr std::array refused {
  // The network; streams come from the host. What is here already (the host's socket) is not opened by these.
  SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
      // Programs and processes; threads are told apart below.
      SYS_execve, SYS_execveat, SYS_unshare, SYS_setns,
      // Other processes.
      SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_send_signal,
      pidfd_getfd, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_sched_setattr,
      SYS_ioprio_set, SYS_migrate_pages, SYS_move_pages, SYS_process_madvise, SYS_setpgid, SYS_setsid,
      // The system.
      SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount,
      SYS_fsconfig, SYS_fspick, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
      SYS_swapon, SYS_swapoff, SYS_acct, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
      SYS_adjtimex, SYS_clock_adjtime, SYS_quotactl, SYS_syslog, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
      SYS_add_key, SYS_request_key, SYS_keyctl, SYS_personality, SYS_name_to_handle_at, SYS_open_by_handle_at,
      SYS_fanotify_init,
      // What others share: message queues, shared memory and semaphores of System V and POSIX.
      SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semctl, SYS_semop, SYS_msgget, SYS_msgctl, SYS_msgsnd,
      SYS_msgrcv, SYS_mq_open, SYS_mq_unlink,
      // Users and groups.
      SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid,
      SYS_setgroups, SYS_capset,
      // What Landlock does not cover: rights, owners, attributes of files by their path.
      SYS_fchmodat, SYS_fchownat, SYS_setxattr, SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_mknodat,
#if defined(__x86_64__)
      SYS_fork, SYS_vfork, SYS_chmod, SYS_chown, SYS_lchown, SYS_mknod, SYS_ioperm, SYS_iopl, SYS_modify_ldt,
      SYS_kexec_file_load, SYS_uselib,
#endif
};

// Refused as if the kernel had never heard of them: the C library then takes the older way, whose flags can be seen.
constexpr std::array unknown{clone3, openat2, io_uring_setup, io_uring_enter, io_uring_register};

constexpr std::array changing_folders {
  SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_truncate, SYS_utimensat,
#if defined(SYS_renameat)
      SYS_renameat,
#endif
#if defined(__x86_64__)
      SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_utime, SYS_utimes,
      SYS_futimesat,
#endif
};

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t refuse(int number) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number); }

class Program {
 public:
  Program() {
    load(offsetof(seccomp_data, arch));
    when(BPF_JEQ, architecture, 1, 0);
    end(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    constexpr std::uint32_t x32 = 0x40000000;  // the same calls under other numbers
    when(BPF_JGE, x32, 0, 1);
    end(refuse(ENOSYS));
#endif
  }

  void answer(long call, std::uint32_t with) {
    when(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 1);
    end(with);
  }

  // Allows the call where its argument equals one of two values, and refuses it else.
  void allow_only(long call, std::size_t argument, std::uint32_t value, std::uint32_t other) {
    when(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 5);
    load(low_half(argument));
    when(BPF_JEQ, value, 1, 0);
    when(BPF_JEQ, other, 0, 1);
    end(allow);
    end(refuse(EPERM));
  }

  // Refuses the call where its argument is that value.
  void refuse_value(long call, std::size_t argument, std::uint32_t value) {
    when(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 4);
    load(low_half(argument));
    when(BPF_JEQ, value, 0, 1);
    end(refuse(EPERM));
    load(offsetof(seccomp_data, nr));
  }

  // Answers the call by whether its argument has one of these bits.
  void by_bits(long call, std::size_t argument, std::uint32_t bits, std::uint32_t with_one, std::uint32_t without) {
    when(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 4);
    load(low_half(argument));
    when(BPF_JSET, bits, 0, 1);
    end(with_one);
    end(without);
  }

  Status take_effect() {
    end(allow);
    const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return {};
    return failure(ErrorCode::denied, std::generic_category().message(errno));
  }

 private:
  // Both architectures are little-endian.
  static std::uint32_t low_half(std::size_t argument) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
  }
  void load(std::size_t offset) {
    code_.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)});
  }
  void when(unsigned test, std::uint32_t value, std::uint8_t skip_if, std::uint8_t skip_else) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), skip_if, skip_else, value});
  }
  void end(std::uint32_t answer) { code_.push_back({BPF_RET | BPF_K, 0, 0, answer}); }

  std::vector<sock_filter> code_;
};

}  // namespace

std::vector<std::string> filter_system_calls(FileWriting writing) {
  Program program;
  for (const int call : refused) program.answer(call, refuse(EPERM));
  for (const int call : unknown) program.answer(call, refuse(ENOSYS));
  program.by_bits(SYS_clone, 0, CLONE_THREAD, allow, refuse(EPERM));
  const auto self = static_cast<std::uint32_t>(::getpid());
  program.allow_only(SYS_kill, 0, self, self);
  program.allow_only(SYS_tgkill, 0, self, self);  // how abort() and raise() end a thread of this process
  program.allow_only(SYS_prlimit64, 0, 0, self);
  program.refuse_value(SYS_prctl, 0, PR_SET_PDEATHSIG);
  // Signals on events of a file may be sent to others.
  for (const int command : {F_SETOWN, F_SETOWN_EX, F_SETSIG})
    program.refuse_value(SYS_fcntl, 1, static_cast<std::uint32_t>(command));
  if (writing == FileWriting::refused) {
    constexpr std::uint32_t to_write = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    program.by_bits(SYS_openat, 2, to_write, refuse(EACCES), allow);
#if defined(__x86_64__)
    program.by_bits(SYS_open, 1, to_write, refuse(EACCES), allow);
#endif
    for (const int call : changing_folders) program.answer(call, refuse(EACCES));
  }
  if (const Status filtered = program.take_effect(); !filtered)
    return {"filtering system calls: " + filtered.error().reason};
  return {};
}

}  // namespace patchbay::worker
