"""What the sandbox's filter has to refuse, written from syscalls(2) and not from the filter itself.

One line for each call: its name, its number on x86_64 and on aarch64 (`-` where a processor lacks
it). A call that the filter's own table forgets, or numbers wrongly, fails the tests that read this.
"""

import platform

# Answered with EPERM.
FORBIDDEN = """
# Tracing and reading other processes: ptrace(2), process_vm_readv(2), kcmp(2), pidfd_getfd(2)
ptrace 101 117                process_vm_readv 310 270      process_vm_writev 311 271
kcmp 312 272                  pidfd_getfd 438 438           process_madvise 440 440
process_mrelease 448 448      perf_event_open 298 241       lookup_dcookie 212 18
# Files by handle, past every folder that hides them: open_by_handle_at(2)
name_to_handle_at 303 264     open_by_handle_at 304 265     fanotify_init 300 262
# Mounting: mount(2), pivot_root(2), and the calls of mount's new interface
mount 165 40                  umount2 166 39                pivot_root 155 41
chroot 161 51                 open_tree 428 428             move_mount 429 429
fsopen 430 430                fsconfig 431 431              fsmount 432 432
fspick 433 433                mount_setattr 442 442         statmount 457 457
listmount 458 458             quotactl 179 60               quotactl_fd 443 443
swapon 167 224                swapoff 168 225               acct 163 89
# Namespaces: unshare(2), setns(2)
unshare 272 97                setns 308 268
# Other machinery of the kernel: io_uring(7), keyrings(7), bpf(2), userfaultfd(2), vmsplice(2)
io_uring_setup 425 425        io_uring_enter 426 426        io_uring_register 427 427
add_key 248 217               request_key 249 218           keyctl 250 219
bpf 321 280                   userfaultfd 323 282           vmsplice 278 75
# Memory policies of machines with several nodes: numa(7)
mbind 237 235                 set_mempolicy 238 237         migrate_pages 256 238
move_pages 279 239
# The kernel itself: modules, kexec_load(2), reboot(2), syslog(2)
init_module 175 105           delete_module 176 106         finit_module 313 273
kexec_load 246 104            kexec_file_load 320 294       reboot 169 142
syslog 103 116                _sysctl 156 -
# The machine: its clocks, names, terminals and processor
settimeofday 164 170          clock_settime 227 112         adjtimex 159 171
clock_adjtime 305 266         sethostname 170 161           setdomainname 171 162
vhangup 153 58                iopl 172 -                    ioperm 173 -
modify_ldt 154 -
"""

# Answered with ENOSYS, as by a kernel that lacks them: programs then fall back on other calls.
MISSING = """
# Memory that belongs to no process, so that nobody counts it: memfd_create(2), shmget(2), msgget(2)
memfd_create 319 279          shmget 29 194                 msgget 68 186
memfd_secret 447 447
# Its flags lie in memory, where a filter cannot read them: clone(2)
clone3 435 435
"""

_COLUMNS = {"x86_64": 0, "aarch64": 1}


def numbers(listed: str, machine: str = platform.machine()) -> dict[str, int]:
    """Read the calls of one processor from a list above: the number of each, by its name."""
    lines = [line for line in listed.splitlines() if not line.startswith("#")]
    words = " ".join(lines).split()
    column = words[1 + _COLUMNS[machine] :: 3]
    return {name: int(one) for name, one in zip(words[::3], column, strict=True) if one != "-"}
