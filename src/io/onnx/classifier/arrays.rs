//! Arrays that do not depend on the picture, and the few operators that turn codes into weights.

/// A value that does not depend on the picture.
pub(super) struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Whole numbers up to this are float32 without rounding.
const EXACT: f32 = (1 << 24) as f32;

impl Array {
    /// Whether all values are whole numbers that float32 holds exactly: codes and places are computed as such.
    pub fn is_whole(&self) -> bool {
        self.values.iter().all(|value| value.fract() == 0.0 && value.abs() <= EXACT)
    }

    /// `of` each pair of values, the shapes brought together as in NumPy; `None` where they do not go together, or make more values than
    /// the larger of the two has: a small file must not claim any memory.
    pub fn with(&self, other: &Self, of: impl Fn(f32, f32) -> f32) -> Option<Self> {
        let rank = self.shape.len().max(other.shape.len());
        let size = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
        let along = |axis: usize| match (size(&self.shape, axis), size(&other.shape, axis)) {
            (left, right) if left == right || right == 1 => Some(left),
            (1, right) => Some(right),
            _ => None,
        };
        let shape = (0..rank).map(along).collect::<Option<Vec<usize>>>()?;
        let most = self.values.len().max(other.values.len());
        shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size)).filter(|count| *count <= most)?;
        // An axis of one value is walked without moving.
        let strides = |of: &[usize]| {
            let (mut strides, mut step) = (vec![0; rank], 1);
            for axis in (0..rank).rev() {
                let size = size(of, axis);
                strides[axis] = if size == 1 { 0 } else { step };
                step *= size;
            }
            strides
        };
        let both = [strides(&self.shape), strides(&other.shape)];
        let values = walk(&shape, |place| {
            let [left, right] =
                [0, 1].map(|side| place.iter().zip(&both[side]).map(|(at, stride)| at * stride).sum::<usize>());
            of(self.values[left], other.values[right])
        });
        Some(Self { shape, values })
    }

    /// The entries of a table at these places, counted from its end where they are negative; `None` for a place beyond it.
    pub fn looked_up(&self, places: &Self) -> Option<Self> {
        let count = self.values.len() as f32;
        let entry = |place: &f32| {
            let place = if *place < 0.0 { place + count } else { *place };
            (place >= 0.0).then(|| self.values.get(place as usize).copied())?
        };
        let is_table = self.shape.len() == 1 && places.is_whole();
        let values = is_table.then(|| places.values.iter().map(entry).collect::<Option<Vec<f32>>>())??;
        Some(Self { shape: places.shape.clone(), values })
    }

    /// The axes in another order: `axes[i]` becomes axis `i`.
    pub fn permuted(&self, axes: &[usize]) -> Self {
        let mut strides = vec![1; self.shape.len()];
        for axis in (1..self.shape.len()).rev() {
            strides[axis - 1] = strides[axis] * self.shape[axis];
        }
        let shape: Vec<usize> = axes.iter().map(|axis| self.shape[*axis]).collect();
        let strides: Vec<usize> = axes.iter().map(|axis| strides[*axis]).collect();
        let values = walk(&shape, |place| {
            self.values[place.iter().zip(&strides).map(|(index, stride)| index * stride).sum::<usize>()]
        });
        Self { shape, values }
    }

    /// The places `start..end` along an axis, both cut to what is there.
    pub fn sliced(&self, axis: usize, start: usize, end: usize) -> Option<Self> {
        let size = *self.shape.get(axis)?;
        let (end, inner) = (end.min(size), self.shape[axis + 1..].iter().product::<usize>());
        let start = start.min(end);
        let mut shape = self.shape.clone();
        shape[axis] = end - start;
        let run = (size * inner).max(1);
        let values = self.values.chunks(run).flat_map(|outer| &outer[start * inner..end * inner]).copied().collect();
        Some(Self { shape, values })
    }
}

/// A value for every place of a shape, in order.
fn walk(shape: &[usize], mut value: impl FnMut(&[usize]) -> f32) -> Vec<f32> {
    let count = shape.iter().product();
    let mut place = vec![0; shape.len()];
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        values.push(value(&place));
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            if place[axis] < shape[axis] {
                break;
            }
            place[axis] = 0;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize], values: &[f32]) -> Array {
        Array { shape: shape.to_vec(), values: values.to_vec() }
    }

    #[test]
    fn shapes_are_brought_together_as_in_numpy() {
        let rows = array(&[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let sum = |other: &Array| rows.with(other, |left, right| left + right).map(|sum| sum.values);
        assert_eq!(sum(&array(&[2, 1], &[10.0, 20.0])), Some(vec![10.0, 11.0, 12.0, 23.0, 24.0, 25.0]));
        assert_eq!(sum(&array(&[3], &[10.0, 20.0, 30.0])), Some(vec![10.0, 21.0, 32.0, 13.0, 24.0, 35.0]));
        assert_eq!(sum(&array(&[], &[1.0])), Some(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(sum(&array(&[2], &[1.0, 2.0])), None);
        let product = array(&[2, 1], &[1.0, 2.0]).with(&array(&[2], &[5.0, 7.0]), |left, right| left * right);
        assert!(product.is_none(), "more than either has");
    }

    #[test]
    fn tables_are_looked_up_within_their_bounds() {
        let table = array(&[3], &[0.5, 1.5, 2.5]);
        let found = |places: &[f32]| table.looked_up(&array(&[places.len()], places)).map(|found| found.values);
        assert_eq!(found(&[2.0, 0.0, -1.0]), Some(vec![2.5, 0.5, 2.5]));
        for beyond in [3.0, -4.0, 0.5, f32::NAN] {
            assert_eq!(found(&[beyond]), None, "{beyond}");
        }
    }

    #[test]
    fn axes_are_cut_and_permuted() {
        let cube = array(&[2, 2, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(cube.sliced(1, 0, 1).unwrap().values, [0.0, 1.0, 4.0, 5.0]);
        assert_eq!(cube.sliced(2, 1, 9).unwrap().values, [1.0, 3.0, 5.0, 7.0]);
        assert!(cube.sliced(3, 0, 1).is_none());
        assert_eq!(cube.permuted(&[2, 0, 1]).values, [0.0, 2.0, 4.0, 6.0, 1.0, 3.0, 5.0, 7.0]);
    }
}
