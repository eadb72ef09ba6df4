//! The octree of Gervautz and Purgathofer (1988): colours share a leaf while their leading bits agree.

use super::points::Points;

/// Levels below the root: one a bit.
const DEPTH: usize = 8;

#[derive(Clone, Default)]
struct Node {
    children: [Option<u32>; 8],
    count: f64,
    sum: [f64; 3],
    leaf: bool,
}

/// Exactly `count` colours where there are as many points, in the points' space.
///
/// The tree over all points is reduced from its deepest level upwards, the node with the fewest pixels first: its leaves become one. The last
/// reduction merges only as many of a node's least leaves as are too many.
pub fn octree(points: &Points, count: usize) -> Vec<[f32; 3]> {
    let mut nodes = vec![Node::default()];
    let mut levels: Vec<Vec<u32>> = vec![vec![0]; 1];
    levels.resize(DEPTH, Vec::new());
    let mut leaves = 0;
    for ((rgb, at), &weight) in points.rgb.iter().zip(&points.at).zip(&points.weight) {
        let mut here = 0;
        for level in 0..DEPTH {
            add(&mut nodes[here], *at, weight);
            let bit = |value: u8| usize::from(value >> (DEPTH - 1 - level) & 1);
            let child = bit(rgb[0]) << 2 | bit(rgb[1]) << 1 | bit(rgb[2]);
            here = match nodes[here].children[child] {
                Some(next) => next as usize,
                None => {
                    let next = nodes.len();
                    nodes[here].children[child] = Some(next as u32);
                    nodes.push(Node::default());
                    match levels.get_mut(level + 1) {
                        Some(level) => level.push(next as u32),
                        None => {
                            nodes[next].leaf = true;
                            leaves += 1;
                        }
                    }
                    next
                }
            };
        }
        add(&mut nodes[here], *at, weight);
    }
    for level in levels.iter_mut().rev() {
        level.sort_by(|&a, &b| nodes[a as usize].count.total_cmp(&nodes[b as usize].count));
        for &node in level.iter() {
            if leaves <= count {
                break;
            }
            leaves -= reduce(&mut nodes, node as usize, leaves - count);
        }
    }
    let mean = |node: &Node| node.sum.map(|sum| (sum / node.count) as f32);
    nodes.iter().filter(|node| node.leaf && node.count > 0.0).map(mean).collect()
}

fn add(node: &mut Node, at: [f32; 3], weight: u32) {
    let weight = f64::from(weight);
    node.count += weight;
    node.sum.iter_mut().zip(at).for_each(|(sum, value)| *sum += weight * f64::from(value));
}

/// Merges the leaves below a node, all of them or as few as rid the tree of `excess` leaves; how many there are fewer.
fn reduce(nodes: &mut [Node], node: usize, excess: usize) -> usize {
    let mut below: Vec<u32> = nodes[node].children.iter().flatten().copied().collect();
    if below.len() - 1 <= excess {
        below.iter().for_each(|&child| nodes[child as usize] = Node::default());
        nodes[node].leaf = true;
        return below.len() - 1;
    }
    below.sort_by(|&a, &b| nodes[a as usize].count.total_cmp(&nodes[b as usize].count));
    let into = below[0] as usize;
    for &other in &below[1..=excess] {
        let Node { count, sum, .. } = std::mem::take(&mut nodes[other as usize]);
        nodes[into].count += count;
        nodes[into].sum.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum);
    }
    excess
}
