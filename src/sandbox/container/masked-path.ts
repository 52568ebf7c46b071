/** What engines hide by themselves. A list of one's own replaces theirs, so it begins with the longest of theirs (moby 28). */
export const MASKED_BY_ENGINES = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/**
 * Events that the kernel counts for the whole host. A run could count one up to a value, and the next one read it there,
 * as a message that no fresh container wipes: huge pages are counted exactly, and nobody else takes any.
 */
const COUNTERS = [
  "/proc/buddyinfo",
  "/proc/diskstats",
  "/proc/fs",
  "/proc/pagetypeinfo",
  "/proc/schedstat",
  "/proc/softirqs",
  "/proc/vmstat",
  "/proc/zoneinfo",
  "/sys/devices/system/node/node0/numastat",
  "/sys/devices/system/node/node0/vmstat",
  "/sys/devices/system/node/node1/numastat",
  "/sys/devices/system/node/node1/vmstat",
  "/sys/fs/btrfs",
  "/sys/fs/ext4",
  "/sys/fs/xfs",
  "/sys/kernel/mm/ksm",
  ...[8, 16, 32, 64, 128, 256, 512, 1024, 2048].map(
    (kb) => `/sys/kernel/mm/transparent_hugepage/hugepages-${kb}kB`,
  ),
];

/** What is empty in a container of agent code. An engine passes over what its kernel does not have. */
export const MASKED_PATHS: readonly string[] = [...MASKED_BY_ENGINES, ...COUNTERS];
