//! Large buffers.

/// A buffer of zeros, backed by huge pages where it is large and the system has them.
///
/// The first touch of a 4 KiB page costs more than filling it with codes; a page of 2 MiB costs little more.
pub fn zeroed<T: Copy + Default>(length: usize) -> Vec<T> {
    let mut buffer = vec![T::default(); length];
    advise(&mut buffer);
    buffer
}

#[cfg(target_os = "linux")]
fn advise<T>(buffer: &mut [T]) {
    const PAGE: usize = 1 << 21;
    let range = buffer.as_mut_ptr_range();
    let (start, end) = (range.start.addr().next_multiple_of(PAGE), range.end.addr() / PAGE * PAGE);
    if start < end {
        // SAFETY: the whole pages from start to end lie within the buffer, and the advice changes nothing but the size of pages
        // to come; where it is refused nothing is lost.
        unsafe { libc::madvise(range.start.map_addr(|_| start).cast(), end - start, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_buffer: &mut [T]) {}
