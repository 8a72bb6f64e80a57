//! A part of a schema that may be unread.

/// A value, or the sign for one that nobody told.
///
/// Each sign is a number of its own: what was there before and is there again has the same one, so that it can be compared without
/// being known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<T> {
    Known(T),
    Unread(u32),
}

/// The sign for what the database itself sets where a statement is silent, such as its collation.
pub(super) const DEFAULT: u32 = 0;

/// How two parts compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    Yes,
    No,
    /// At least one is unread, and they are not the same unread one.
    Nobody,
}

impl<T: PartialEq> Part<T> {
    pub const fn known(&self) -> Option<&T> {
        match self {
            Part::Known(value) => Some(value),
            Part::Unread(_) => None,
        }
    }

    /// Whether it is certainly this value.
    pub fn is(&self, value: &T) -> bool {
        self.known() == Some(value)
    }

    pub fn same(&self, other: &Self) -> Same {
        match (self, other) {
            (Part::Known(a), Part::Known(b)) if a != b => Same::No,
            _ if self == other => Same::Yes,
            _ => Same::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unread_equals_itself_only() {
        assert_eq!(Part::Known(1).same(&Part::Known(1)), Same::Yes);
        assert_eq!(Part::Known(1).same(&Part::Known(2)), Same::No);
        assert_eq!(Part::<u8>::Unread(1).same(&Part::Unread(1)), Same::Yes);
        assert_eq!(Part::<u8>::Unread(1).same(&Part::Unread(2)), Same::Nobody);
        assert_eq!(Part::Unread(1).same(&Part::Known(2)), Same::Nobody);
    }
}
