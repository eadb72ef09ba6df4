//! UI snapshots: every page, light and dark.
