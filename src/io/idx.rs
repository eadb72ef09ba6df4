//! IDX, the format of MNIST and its kin (Y. LeCun): two zero bytes, the type (8: unsigned byte), the number of axes, the sizes
//! big-endian, then the bytes; plain or gzip-compressed.

use std::io::Read as _;
use std::path::Path;

use super::blob::Blob;
use super::error::{Error, label};

/// The first two bytes of gzip.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// An array of unsigned bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Row-major.
    pub bytes: Vec<u8>,
}

/// Reads a file of unsigned bytes.
///
/// # Errors
/// What is no IDX file, has another type of element, or a length other than its sizes say.
pub fn read(path: &Path) -> Result<Idx, Error> {
    let blob = Blob::open(path)?;
    let bytes = blob.all()?;
    if bytes.starts_with(&GZIP) { compressed(&bytes, path) } else { plain(&bytes, path) }
}

fn fail(path: &Path, problem: impl Into<String>) -> Error {
    Error::labelled(&label(path), problem)
}

fn plain(bytes: &[u8], path: &Path) -> Result<Idx, Error> {
    let (shape, start) = header(bytes, path)?;
    let expected = count(&shape, path)?;
    let found = (bytes.len() - start) as u64;
    if found != expected {
        return Err(fail(path, format!("holds {found} bytes after its header where {shape:?} needs {expected}")));
    }
    Ok(Idx { shape, bytes: bytes[start..].to_vec() })
}

/// What a packed file may take in memory: a thousand million bytes are more than any data set of this kind has.
const MOST_UNPACKED: u64 = 1 << 30;

/// Unpacks no more than the header promises and one byte, which shows whether there would be more.
fn compressed(packed: &[u8], path: &Path) -> Result<Idx, Error> {
    let damaged = |error: std::io::Error| fail(path, format!("the gzip stream is damaged: {error}"));
    let mut stream = flate2::read::GzDecoder::new(packed);
    let mut head = [0; 4];
    stream.read_exact(&mut head).map_err(damaged)?;
    let mut sizes = vec![0; 4 * usize::from(head[3])];
    stream.read_exact(&mut sizes).map_err(damaged)?;
    let (shape, _) = header(&[&head[..], &sizes].concat(), path)?;
    let expected = count(&shape, path)?;
    // Deflate shrinks to a 1032nd at the most: more cannot come out of this file.
    if expected > 1032 * packed.len() as u64 {
        return Err(fail(
            path,
            format!("claims {expected} bytes, more than {} compressed bytes can hold", packed.len()),
        ));
    }
    if expected > MOST_UNPACKED {
        return Err(fail(
            path,
            format!("unpacks to {expected} bytes, expected {MOST_UNPACKED} at most; unpack it first"),
        ));
    }
    let mut bytes = Vec::new();
    stream.by_ref().take(expected).read_to_end(&mut bytes).map_err(damaged)?;
    if (bytes.len() as u64) < expected {
        return Err(fail(
            path,
            format!("holds {} bytes after its header where {shape:?} needs {expected}", bytes.len()),
        ));
    }
    let more = stream.read(&mut [0]).map_err(damaged)?;
    if more > 0 {
        return Err(fail(path, format!("holds more bytes than the {expected} that {shape:?} needs")));
    }
    Ok(Idx { shape, bytes })
}

fn header(bytes: &[u8], path: &Path) -> Result<(Vec<usize>, usize), Error> {
    let [0, 0, kind, axes, ..] = *bytes else {
        return Err(fail(path, "is no IDX file: it does not begin with two zero bytes"));
    };
    if kind != 8 {
        return Err(fail(path, format!("holds elements of IDX type 0x{kind:02X}, expected 0x08, unsigned bytes")));
    }
    let start = 4 + 4 * usize::from(axes);
    let Some(sizes) = bytes.get(4..start) else {
        return Err(fail(path, format!("ends within the sizes of its {axes} axes")));
    };
    let shape = sizes.as_chunks::<4>().0.iter().map(|size| u32::from_be_bytes(*size) as usize).collect();
    Ok((shape, start))
}

fn count(shape: &[usize], path: &Path) -> Result<u64, Error> {
    let product = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size as u64));
    product.ok_or_else(|| fail(path, format!("claims the sizes {shape:?}, whose product overflows")))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// The shape, or a part of the reason.
    type Expected = Result<&'static [usize], &'static str>;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn files_are_read_or_refused_with_the_reason() {
        let good = [&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[1, 2, 3, 4, 5, 6]].concat();
        let packed = gzip(&good);
        let lies = gzip(&[&[0, 0, 8, 2][..], &[255; 8], &[0; 64]].concat());
        let floats = [&[0, 0, 13, 1][..], &[0, 0, 0, 1], &[0; 4]].concat();
        let cases: [(&[u8], Expected); 9] = [
            (&good, Ok(&[2, 3])),
            (&packed, Ok(&[2, 3])),
            (&good[..17], Err("holds 5 bytes after its header")),
            (&good[..9], Err("ends within the sizes of its 2 axes")),
            (&packed[..packed.len() - 12], Err("the gzip stream is damaged")),
            (&lies, Err("more than")),
            (&gzip(&[&good[..], &[7]].concat()), Err("holds more bytes than the 6")),
            (&floats, Err("IDX type 0x0D")),
            (b"PNG?", Err("is no IDX file")),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pictures");
        for (bytes, expected) in cases {
            std::fs::write(&path, bytes).unwrap();
            match (read(&path), expected) {
                (Ok(idx), Ok(shape)) => {
                    assert_eq!(idx.shape, shape);
                    assert_eq!(idx.bytes, [1, 2, 3, 4, 5, 6]);
                }
                (Err(error), Err(reason)) => assert!(error.to_string().contains(reason), "{error}"),
                (found, expected) => panic!("{found:?} where {expected:?} was expected"),
            }
        }
    }
}
