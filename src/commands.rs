//! The commands, a file each.

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod report;
pub(crate) mod reproduce;
pub(crate) mod show;
pub(crate) mod study;
pub(crate) mod test;
pub(crate) mod verify;
