//! One of several groups of weights where channels or groups have a codebook of their own.

use std::sync::Arc;

use egui::{Response, Ui};

use crate::app::context::PageContext;
use crate::app::pages::tensor::{per_options, per_words};
use crate::app::setup::codebook::{Group, kmeans_of};
use crate::app::widgets::select::select;
use crate::engine::quantize::{Partition, Per};

/// The group that a page shows, of a tensor that has several.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which weights share a codebook.
    pub per: Per,
    /// The group's place.
    pub index: usize,
    /// Number of groups.
    pub groups: usize,
    /// Where the group's weights are in the tensor, in their order.
    pub places: Arc<[usize]>,
    /// Rows and columns that the group is shown in.
    pub matrix: (usize, usize),
}

impl Part {
    /// The chosen group of a tensor; `None` where one codebook serves the whole tensor.
    ///
    /// # Errors
    /// A granularity that the shape does not have, as a sentence.
    pub fn of(group: Group, shape: &[usize]) -> Result<Option<Self>, String> {
        let partition = Partition::new(group.per, shape)?;
        let groups = partition.groups();
        if groups < 2 {
            return Ok(None);
        }
        let index = group.index.min(groups - 1);
        let places: Arc<[usize]> = partition.runs_of(index).flatten().collect();
        // A column of a matrix stays a column; everything else is a row of its own.
        let upright = group.per == Per::Channel(1) && shape.len() == 2;
        let matrix = if upright { (places.len(), 1) } else { (1, places.len()) };
        Ok(Some(Self { per: group.per, index, groups, places, matrix }))
    }

    /// What one group is called.
    fn noun(&self) -> &'static str {
        if matches!(self.per, Per::Group(_)) { "Group" } else { "Channel" }
    }

    /// `channel 3`.
    pub fn name(&self) -> String {
        format!("{} {}", self.noun().to_lowercase(), self.index)
    }

    /// `channel 3 of 0 … 63`, for titles and the status bar.
    pub fn words(&self) -> String {
        format!("{} of 0 … {}", self.name(), self.groups - 1)
    }
}

/// Who shares a codebook, and which of the groups is shown.
pub fn part_ui(ctx: &mut PageContext<'_>, part: Option<&Part>, ui: &mut Ui) {
    per_ui(ctx, ui);
    let Some(part) = part else { return };
    let mut index = part.index;
    let last = part.groups - 1;
    let field = egui::DragValue::new(&mut index).range(0..=last).speed(1.0);
    let field = field.prefix(format!("{} ", part.noun().to_lowercase())).suffix(format!(" / {last}"));
    let response: Response = ui.add(field).accessible_name(part.noun());
    let gesture = ctx.state.gestures.of(&response);
    if index != part.index {
        let what = format!("{} {} → {index}", part.noun(), part.index);
        ctx.edit(what, gesture, move |setup| {
            setup.codebook.group = index;
            setup.codebook.at = None;
        });
    }
}

fn per_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let now = kmeans_of(ctx.scheme()).per;
    let options = per_options(ctx, &[64], now);
    let mut per = now;
    super::parts::label(ui, "Per");
    if select(ui, "Per", &mut per, &options).changed() {
        ctx.edit(format!("A codebook per {}", per_words(per).to_lowercase()), None, move |setup| {
            super::lesson::change(setup, |kmeans| kmeans.per = per);
            setup.codebook.at = None;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_knows_its_weights_and_how_they_stand() {
        let of = |per, index, shape: &[usize]| Part::of(Group { per, index }, shape).unwrap();
        assert_eq!(of(Per::Tensor, 3, &[4, 4]), None);
        assert_eq!(of(Per::Channel(0), 0, &[7]), None, "one axis has one channel");
        let row = of(Per::Channel(0), 2, &[4, 3]).unwrap();
        assert_eq!((&row.places[..], row.matrix, row.groups), (&[6, 7, 8][..], (1, 3), 4));
        assert_eq!(row.words(), "channel 2 of 0 … 3");
        let column = of(Per::Channel(1), 9, &[2, 3]).unwrap();
        assert_eq!((column.index, &column.places[..], column.matrix), (2, &[2, 5][..], (2, 1)));
        let rest = of(Per::Group(2), 1, &[2, 3]).unwrap();
        assert_eq!((&rest.places[..], rest.words().as_str()), (&[2][..], "group 1 of 0 … 3"));
        assert!(Part::of(Group { per: Per::Channel(5), index: 0 }, &[2, 3]).unwrap_err().contains("axis 5"));
    }
}
