//! What the controls of the group K-means hold.

/// Settings of the pages of the group K-means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codebook {}
