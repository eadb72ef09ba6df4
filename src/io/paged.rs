//! A file that is read in small pieces, mostly one behind the other: descriptions among data that is passed over.

use std::cell::RefCell;

use super::blob::Blob;

/// Bytes that are read at a time.
const PAGE: usize = 1 << 16;

/// An input file with one page of it in memory.
pub(super) struct Paged<'a> {
    blob: &'a Blob,
    page: RefCell<Page>,
}

struct Page {
    start: usize,
    bytes: Vec<u8>,
}

impl<'a> Paged<'a> {
    /// Nothing is read yet.
    pub fn new(blob: &'a Blob) -> Self {
        Self { blob, page: RefCell::new(Page { start: 0, bytes: Vec::new() }) }
    }

    /// Length of the file.
    pub fn length(&self) -> usize {
        usize::try_from(self.blob.length()).unwrap_or(usize::MAX)
    }

    /// Fills a buffer with the bytes from `start` on.
    ///
    /// # Errors
    /// An end that comes too soon, or a file that cannot be read; a sentence that does not name the file.
    pub fn fill(&self, start: usize, buffer: &mut [u8]) -> Result<(), String> {
        let read = |start, buffer: &mut [u8]| self.blob.fill(start, buffer).map_err(|error| self.blob.problem(&error));
        if buffer.len() >= PAGE {
            return read(start, buffer);
        }
        let mut page = self.page.borrow_mut();
        let Page { start: first, bytes } = &mut *page;
        let holds = *first <= start && start + buffer.len() <= *first + bytes.len();
        if !holds {
            let length = self.length().saturating_sub(start);
            if buffer.len() > length {
                return Err(format!("byte {start}: ends too soon"));
            }
            bytes.resize(PAGE.min(length), 0);
            *first = start;
            read(start, bytes).inspect_err(|_| bytes.clear())?;
        }
        let from = start - *first;
        buffer.copy_from_slice(&bytes[from..from + buffer.len()]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_file_wherever_pages_end() {
        let bytes: Vec<u8> = (0..PAGE * 3 + 17).map(|index| (index * 7 + index / 251) as u8).collect();
        let blob = Blob::from_vec("memory".to_owned(), bytes.clone());
        let paged = Paged::new(&blob);
        let places = [0, 5, PAGE - 3, PAGE, 9, PAGE * 2 + 1, PAGE * 3 + 10];
        for (start, length) in places.into_iter().flat_map(|start| [(start, 0), (start, 1), (start, 7)]) {
            let mut found = vec![0; length];
            paged.fill(start, &mut found).unwrap();
            assert_eq!(found, bytes[start..start + length], "{length} bytes from {start} on");
        }
        let mut large = vec![0; PAGE * 2];
        paged.fill(11, &mut large).unwrap();
        assert_eq!(large, bytes[11..11 + PAGE * 2]);
        assert_eq!(paged.fill(bytes.len() - 3, &mut [0; 4]).unwrap_err(), "byte 196622: ends too soon");
        assert_eq!(paged.fill(bytes.len() + 3, &mut [0; 4]).unwrap_err(), "byte 196628: ends too soon");
    }
}
