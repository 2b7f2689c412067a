//! Choices: the instances that one pick may fall on.

/// The instances that one pick may fall on, in order of number; never none.
pub(crate) struct Choices {
    first: u32,
    /// Where the one that is left out would stand.
    gap: Option<u32>,
    len: u32,
}

impl Choices {
    /// The instances `first..first + count`, without `avoid` if there is another one.
    pub(crate) fn range(first: u32, count: u32, avoid: Option<u32>) -> Choices {
        let gap = avoid.and_then(|avoid| avoid.checked_sub(first));
        let gap = gap.filter(|&gap| gap < count && 1 < count);
        let len = count - u32::from(gap.is_some());
        Choices { first, gap, len }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Number `i` of them.
    pub(crate) fn nth(&self, i: u32) -> u32 {
        let at = i + u32::from(self.gap.is_some_and(|gap| gap <= i));
        self.first + at
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.len).map(|i| self.nth(i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_left_out_where_there_is_another() {
        let all = |choices: Choices| choices.iter().collect::<Vec<_>>();
        assert_eq!(all(Choices::range(1, 4, Some(2))), [1, 3, 4]);
        assert_eq!(all(Choices::range(1, 4, Some(0))), [1, 2, 3, 4]);
        assert_eq!(all(Choices::range(1, 4, Some(5))), [1, 2, 3, 4]);
        assert_eq!(all(Choices::range(3, 1, Some(3))), [3]);
    }
}
