//! What sparse or Huffman-coded storage is likely to take, from counts of codes alone: what a preview can tell before there are codes.

use super::huffman::{self, Code};
use super::layout::grouped;
use super::pack::BitWriter;
use super::{Layout, Ledger, Part};
use crate::engine::quantize::{Decoder, Levels, Storage};

/// The ledger of `count` weights that lie on the levels of one group, if the weights that are not 0 stand anywhere alike. Codes, tables
/// and parameters are those of the counts; steps and fillers are the expected ones. Every arithmetic says that it is estimated.
pub fn estimated(levels: &Levels, count: usize, bits: u32, decoder: &Decoder, storage: Storage) -> Ledger {
    if storage.is_dense() {
        return Layout::new(count, bits, decoder).ledger();
    }
    let mask = ((1_u64 << bits) - 1) as u16;
    let zero = storage.sparse.and_then(|_| decoder.zero_code(0));
    let mut counts = vec![0_u64; 1 << bits];
    for (&code, &number) in levels.codes.iter().zip(&levels.counts) {
        if Some(code) != zero {
            counts[usize::from(code.wrapping_sub(zero.unwrap_or(0)) & mask)] += number;
        }
    }
    let kept: u64 = counts.iter().sum();
    let mut parts = Vec::new();
    let Some(sparse) = storage.sparse else {
        coded(&mut parts, ("codes", "code table"), &counts, kept, bits);
        return finished(parts, bits, decoder);
    };
    let index = u32::from(sparse.index);
    let steps = steps(kept, count as u64, index);
    let fillers = steps.iter().sum::<u64>() - kept;
    counts[0] += fillers;
    let entries = kept + fillers;
    if storage.huffman {
        coded(&mut parts, ("codes", "code table"), &counts, entries, bits);
        coded(&mut parts, ("indices", "index table"), &steps, entries, index);
    } else {
        let plain = |name, entries: u64, width: u32| {
            let arithmetic = format!("{} × {width} bit, estimated", grouped(entries));
            Part { name, arithmetic, bits: entries * u64::from(width) }
        };
        parts.push(plain("codes", kept, bits));
        parts.push(plain("indices", kept, index));
        parts.push(plain("fillers", fillers, bits + index));
    }
    finished(parts, bits, decoder)
}

/// How often each step 1…2^index is expected, fillers (which take the longest) among them: each weight is kept with the same
/// probability, whatever its neighbours are.
fn steps(kept: u64, count: u64, index: u32) -> Vec<u64> {
    let longest = 1_usize << index;
    let gone = 1.0 - kept as f64 / count.max(1) as f64;
    let beyond = gone.powi(longest as i32);
    let mut expected = vec![0.0; longest];
    let mut share = (1.0 - gone) / (1.0 - beyond).max(f64::MIN_POSITIVE);
    for step in &mut expected {
        *step = share * kept as f64;
        share *= gone;
    }
    // A gap needs one filler for each whole span that it is longer than.
    expected[longest - 1] += if beyond < 1.0 { kept as f64 * beyond / (1.0 - beyond) } else { 0.0 };
    let mut whole: Vec<u64> = expected.iter().map(|step| step.round() as u64).collect();
    // Rounding must not lose an entry.
    let short = kept.saturating_sub(whole.iter().sum());
    whole[0] += short;
    whole
}

fn coded(parts: &mut Vec<Part>, names: (&'static str, &'static str), counts: &[u64], entries: u64, width: u32) {
    if entries == 0 {
        return;
    }
    let code = Code::of_counts(counts, width);
    let bits = code.bits(counts);
    let mut table = BitWriter::default();
    code.write(width, &mut table);
    let average = bits as f64 / entries as f64;
    let arithmetic = format!("{} × {average:.2} bit, Huffman, estimated", grouped(entries));
    parts.push(Part { name: names.0, arithmetic, bits });
    parts.push(Part { name: names.1, arithmetic: "estimated".to_owned(), bits: table.position() });
    parts.push(Part {
        name: "stream lengths",
        arithmetic: "estimated".to_owned(),
        bits: entries.div_ceil(huffman::BLOCK as u64) * huffman::STREAMS as u64 * u64::from(huffman::LENGTH_BITS),
    });
}

/// With the parameters, which are exact, up to whole bytes.
fn finished(parts: Vec<Part>, bits: u32, decoder: &Decoder) -> Ledger {
    let parameters = Layout::new(0, bits, decoder).ledger().parts;
    let mut ledger = Ledger::default();
    for part in parts.into_iter().chain(parameters.into_iter().filter(|part| part.name != "padding")) {
        match ledger.parts.iter_mut().find(|other| other.name == part.name) {
            Some(other) => other.bits += part.bits,
            None if part.bits > 0 => ledger.parts.push(part),
            None => {}
        }
    }
    let padding = ledger.bits().next_multiple_of(8) - ledger.bits();
    if padding > 0 {
        ledger.parts.push(Part { name: "padding", arithmetic: "to whole bytes".to_owned(), bits: padding });
    }
    ledger
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::quantize::{Scheme, preview, quantize};
    use crate::engine::tensor::{Summary, examples};

    #[test]
    fn an_estimate_is_near_the_ledger_of_the_file() {
        let model = (examples::find("synthetic").unwrap().make)();
        let tensor = &model.tensors[0];
        let values = tensor.values().unwrap();
        let summary = Summary::of(&values, &Silent).unwrap();
        for text in [
            "kmeans:bits=4|huffman",
            "linear:bits=6,range=restricted|huffman",
            "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4",
            "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman",
            "prune:share=0.99|kmeans:bits=5,zero=pinned|sparse:index=3|huffman",
            "prune:share=1|kmeans:bits=2,zero=pinned|sparse:index=3|huffman",
            "linear:bits=4,range=restricted|sparse:index=8",
        ] {
            let scheme: Scheme = text.parse().unwrap();
            let preview = preview(&summary, &tensor.shape, &scheme).unwrap();
            let bits = scheme.bits().unwrap();
            let found = estimated(&preview.levels, values.len(), bits, &preview.decoder, scheme.storage);
            let exact = quantize(&values, &tensor.shape, &scheme, Some(&summary), &Silent).unwrap().quantized;
            let exact = Layout::of(&exact).ledger();
            let (found_bytes, bytes) = (found.bytes() as f64, exact.bytes() as f64);
            assert!((found_bytes - bytes).abs() < 0.02 * bytes + 64.0, "{text}: {found_bytes} for {bytes}");
            assert!(found.bits().is_multiple_of(8));
            let names = |ledger: &Ledger| ledger.parts.iter().map(|part| part.name).collect::<Vec<_>>();
            for name in names(&found).iter().filter(|name| **name != "padding") {
                assert!(names(&exact).contains(name), "{text}: {name} is not in {:?}", names(&exact));
            }
        }
        let dense: Scheme = "kmeans:bits=4".parse().unwrap();
        let preview = preview(&summary, &tensor.shape, &dense).unwrap();
        let found = estimated(&preview.levels, values.len(), 4, &preview.decoder, dense.storage);
        assert_eq!(found, Layout::new(values.len(), 4, &preview.decoder).ledger());
    }
}
