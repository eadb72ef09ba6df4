//! What the controls of the group Numbers hold.

/// Settings of the pages of the group Numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {}
