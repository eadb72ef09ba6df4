//! What the controls of the group Linear hold.

/// Settings of the pages of the group Linear.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {}
