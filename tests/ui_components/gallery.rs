//! Every component in one picture, to be looked at.
