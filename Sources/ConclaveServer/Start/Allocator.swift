import CMalloc

/// Keeps the allocator of the C library from holding on to memory that the server has given back.
enum Allocator {
    /// Large buffers go straight back to the system, and the threads share few arenas; call it before there are many threads.
    static func settle() {
        // By itself the allocator raises the first limit with every large buffer that is freed, and keeps such buffers from then on.
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, arenas)
    }

    /// Gives the system what lies free between what is used. Takes some milliseconds.
    static func giveBack() { malloc_trim(0) }

    private static let arenas: Int32 = 2
}
