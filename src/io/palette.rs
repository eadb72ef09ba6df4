//! Palettes as files: GIMP's GPL, JSON, and the palette of a PNG.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::Path;

use super::blob::Blob;
use super::error::{Error, printable};
use crate::engine::media::picture::Rgb;

/// The most colours of a palette file.
const MOST: usize = 256;

/// The largest palette file of text that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a PNG may take in memory, of which the palette is little: its rows, and what programs write beside them.
const LARGEST_PNG: usize = 64 << 20;

/// Reads a palette: GPL, JSON as [`json`] writes it, where a list of `"#rrggbb"` will do, too, or that of a palette PNG of any size. A colour
/// that occurs again is left out.
///
/// # Errors
/// What cannot be read, no colours, or more than 256: the file, the line and what was expected.
pub fn open(path: &Path) -> Result<Vec<Rgb>, Error> {
    let blob = Blob::open(path)?;
    let wrong = |problem: String| Error::new(path, problem);
    if *blob.start(PNG.len())? == *PNG {
        return from_png(blob.reader()).and_then(distinct).map_err(wrong);
    }
    if blob.length() > LARGEST {
        return Err(wrong(format!("has {} bytes, a palette has {LARGEST} at most", blob.length())));
    }
    parse(&blob.all()?).map_err(wrong)
}

/// The palette in the bytes of a file, or the line that is wrong and what was expected.
fn parse(bytes: &[u8]) -> Result<Vec<Rgb>, String> {
    if bytes.starts_with(PNG) {
        return from_png(Cursor::new(bytes)).and_then(distinct);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| EXPECTED.to_owned())?;
    let text = text.trim_start_matches('\u{FEFF}');
    let colours = match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => from_json(text)?,
        _ if text.starts_with("GIMP Palette") => from_gpl(text)?,
        _ => return Err(EXPECTED.to_owned()),
    };
    distinct(colours)
}

/// Each colour once, in the order in which they stand.
fn distinct(colours: Vec<Rgb>) -> Result<Vec<Rgb>, String> {
    let mut seen = HashSet::new();
    let colours: Vec<Rgb> = colours.into_iter().filter(|colour| seen.insert(*colour)).collect();
    match colours.len() {
        0 => Err("holds no colours".to_owned()),
        1..=MOST => Ok(colours),
        more => Err(format!("holds {more} colours, a palette has {MOST} at most")),
    }
}

const EXPECTED: &str = "is no palette: expected GPL (first line `GIMP Palette`), JSON or a palette PNG";

/// The first bytes of a PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

/// The palette of a PNG; its pixels are not looked at.
fn from_png(reader: impl std::io::BufRead + std::io::Seek) -> Result<Vec<Rgb>, String> {
    let mut decoder = png::Decoder::new_with_limits(reader, png::Limits { bytes: LARGEST_PNG });
    let info = decoder.read_header_info().map_err(|error| format!("PNG: {}", printable(&error.to_string())))?;
    let kind = info.color_type;
    if kind != png::ColorType::Indexed {
        return Err(format!("is a PNG without a palette ({kind:?}): expected a palette PNG of up to {MOST} colours"));
    }
    let reader = decoder.read_info().map_err(|error| format!("PNG: {}", printable(&error.to_string())))?;
    let palette = reader.info().palette.as_deref().unwrap_or_default();
    Ok(palette.as_chunks::<3>().0.to_vec())
}

fn from_gpl(text: &str) -> Result<Vec<Rgb>, String> {
    let mut colours = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("Name:") || line.starts_with("Columns:") {
            continue;
        }
        let channels: Vec<u8> = line.split_whitespace().take(3).map_while(|word| word.parse().ok()).collect();
        let colour: Rgb = channels.try_into().map_err(|_| {
            format!("line {}: expected red, green and blue of 0 to 255, found {}", number + 1, printable(line))
        })?;
        colours.push(colour);
    }
    Ok(colours)
}

fn from_json(text: &str) -> Result<Vec<Rgb>, String> {
    let document: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("JSON: {error}"))?;
    let list = document.get("colors").unwrap_or(&document);
    let list =
        list.as_array().ok_or("JSON: expected a list of \"#rrggbb\", or an object with such a list as `colors`")?;
    let colour = |(place, value): (usize, &serde_json::Value)| {
        let text = value.as_str().or_else(|| value.get("hex").and_then(serde_json::Value::as_str));
        text.and_then(hex).ok_or_else(|| {
            format!("JSON: colour {place}: expected \"#rrggbb\", found {}", printable(&value.to_string()))
        })
    };
    list.iter().enumerate().map(colour).collect()
}

fn hex(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let code =
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())??;
    Some([(code >> 16) as u8, (code >> 8) as u8, code as u8])
}

/// A palette as GPL, with the pixels of each colour as its name.
pub fn gpl(name: &str, palette: &[Rgb], counts: &[u64]) -> String {
    let mut text = format!("GIMP Palette\nName: {}\nColumns: 16\n#\n", printable(name));
    for ([r, g, b], pixels) in palette.iter().zip(counts) {
        text += &format!("{r:3} {g:3} {b:3}\t{pixels} pixels\n");
    }
    text
}

/// A palette as JSON: `{"name", "colors": [{"hex", "pixels"}]}`.
pub fn json(name: &str, palette: &[Rgb], counts: &[u64]) -> String {
    let colour = |([r, g, b], pixels): (&Rgb, &u64)| serde_json::json!({ "hex": format!("#{r:02x}{g:02x}{b:02x}"), "pixels": pixels });
    let colours: Vec<_> = palette.iter().zip(counts).map(colour).collect();
    format!("{:#}\n", serde_json::json!({ "name": name, "colors": colours }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palettes_read_back_or_say_what_is_wrong() {
        let palette = [[0, 0, 0], [1, 20, 255], [176, 19, 77]];
        let counts = [5, 0, 7];
        assert_eq!(parse(gpl("a\nb", &palette, &counts).as_bytes()), Ok(palette.to_vec()));
        assert_eq!(parse(json("a", &palette, &counts).as_bytes()), Ok(palette.to_vec()));
        assert_eq!(parse(b"[\"#b0134d\", \"#B0134D\", \"#000000\"]"), Ok(vec![[176, 19, 77], [0; 3]]));
        assert_eq!(parse(b"GIMP Palette\r\n#c\r\n  1 2 3 a name\r\n"), Ok(vec![[1, 2, 3]]));
        let many: String = (0..257).map(|at| format!("{} {} 0\n", at / 2, at % 2)).collect();
        let cases: [(&[u8], &str); 9] = [
            (b"", "is no palette: expected GPL"),
            (b"\xFF\xFE", "is no palette"),
            (b"GIMP Palette\nName: x\n", "holds no colours"),
            (b"GIMP Palette\n1 2\n", "line 2: expected red, green and blue of 0 to 255, found 1 2"),
            (b"GIMP Palette\n1 2 256\n", "line 2:"),
            (b"[\"#12345\"]", "colour 0: expected \"#rrggbb\""),
            (b"[\"#+12345\"]", "colour 0:"),
            (b"{\"a\": 1}", "expected a list"),
            (b"[", "JSON: EOF"),
        ];
        for (bytes, expected) in cases {
            let error = parse(bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(parse(format!("GIMP Palette\n{many}").as_bytes()).unwrap_err().contains("257 colours"));
    }

    #[test]
    fn the_palette_of_a_png_is_read_and_a_png_without_one_says_so() {
        let png = |kind: png::ColorType, palette: &[u8], data: &[u8]| {
            let mut bytes = Vec::new();
            let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
            encoder.set_color(kind);
            if !palette.is_empty() {
                encoder.set_palette(palette.to_vec());
            }
            encoder.write_header().unwrap().write_image_data(data).unwrap();
            bytes
        };
        let indexed = png(png::ColorType::Indexed, &[1, 2, 3, 9, 8, 7, 1, 2, 3], &[0, 1]);
        assert_eq!(parse(&indexed), Ok(vec![[1, 2, 3], [9, 8, 7]]));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("palette.png");
        std::fs::write(&path, &indexed).unwrap();
        assert_eq!(open(&path).unwrap(), [[1, 2, 3], [9, 8, 7]]);
        let grey = png(png::ColorType::Grayscale, &[], &[0, 1]);
        assert!(parse(&grey).unwrap_err().contains("is a PNG without a palette (Grayscale)"));
        assert!(parse(&indexed[..20]).unwrap_err().starts_with("PNG: "));
    }

    #[test]
    fn files_are_named_in_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.gpl");
        assert!(open(&path).unwrap_err().to_string().ends_with("p.gpl: no such file or folder"));
        assert!(open(folder.path()).unwrap_err().to_string().ends_with("is a folder, not a file"));
        // A device has no end.
        #[cfg(unix)]
        assert!(open(Path::new("/dev/zero")).unwrap_err().to_string().ends_with("is no regular file"));
        std::fs::write(&path, "GIMP Palette\n255 0 0 red\n").unwrap();
        assert_eq!(open(&path).unwrap(), [[255, 0, 0]]);
    }
}
