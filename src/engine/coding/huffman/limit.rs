//! Optimal code lengths under a limit, by package-merge (Larmore and Hirschberg 1990).

/// The lengths of least Σ count · length that are at most `limit`; 0 for symbols that do not occur.
///
/// # Panics
/// If more symbols occur than codes of that length exist.
pub fn lengths(counts: &[u64], limit: u8) -> Vec<u8> {
    let mut leaves: Vec<(u64, usize)> =
        counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(symbol, &count)| (count, symbol)).collect();
    leaves.sort_unstable();
    let mut result = vec![0; counts.len()];
    if leaves.len() <= 1 {
        leaves.iter().for_each(|&(_, symbol)| result[symbol] = 1);
        return result;
    }
    assert!(leaves.len() <= 1 << limit, "{} symbols do not fit into {limit} bits", leaves.len());
    // Every level is the sorted merge of all leaves with the packages of two of the level below. Of a level's items only whether
    // each is a leaf matters later on: how many of the first items are leaves tells which leaves are used there.
    let mut levels: Vec<Vec<bool>> = Vec::with_capacity(usize::from(limit));
    let mut items: Vec<u64> = leaves.iter().map(|(count, _)| *count).collect();
    levels.push(vec![true; items.len()]);
    for _ in 1..limit {
        let packages: Vec<u64> =
            items.as_chunks::<2>().0.iter().map(|[first, second]| first.saturating_add(*second)).collect();
        let (mut leaf, mut package) = (0, 0);
        let (mut merged, mut is_leaf) = (Vec::new(), Vec::new());
        while leaf < leaves.len() || package < packages.len() {
            let take_leaf = package == packages.len() || (leaf < leaves.len() && leaves[leaf].0 <= packages[package]);
            merged.push(if take_leaf { leaves[leaf].0 } else { packages[package] });
            is_leaf.push(take_leaf);
            if take_leaf { leaf += 1 } else { package += 1 }
        }
        items = merged;
        levels.push(is_leaf);
    }
    let mut needed = 2 * leaves.len() - 2;
    for level in levels.iter().rev() {
        let used = level[..needed].iter().filter(|leaf| **leaf).count();
        leaves[..used].iter().for_each(|&(_, symbol)| result[symbol] += 1);
        needed = 2 * (needed - used);
    }
    result
}
