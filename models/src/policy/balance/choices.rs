//! Choices: the instances that one pick may fall on.

/// The instances that one pick may fall on, in order of number; never none.
pub(crate) struct Choices<'a> {
    of: Of<'a>,
    /// Where the one that is left out would stand.
    gap: Option<u32>,
    len: u32,
}

enum Of<'a> {
    /// All from this one on.
    From(u32),
    /// These.
    Listed(&'a [u32]),
}

impl<'a> Choices<'a> {
    /// The instances `first..first + count`, without `avoid` if there is another one.
    pub(crate) fn range(first: u32, count: u32, avoid: Option<u32>) -> Choices<'a> {
        let gap = avoid.and_then(|avoid| avoid.checked_sub(first));
        Choices::without(Of::From(first), count, gap.filter(|&gap| gap < count))
    }

    /// The instances of a list in order, without `avoid` if there is another one.
    pub(crate) fn listed(list: &'a [u32], avoid: Option<u32>) -> Choices<'a> {
        let gap = avoid.and_then(|avoid| list.binary_search(&avoid).ok());
        Choices::without(
            Of::Listed(list),
            list.len() as u32,
            gap.map(|gap| gap as u32),
        )
    }

    fn without(of: Of<'a>, count: u32, gap: Option<u32>) -> Choices<'a> {
        let gap = gap.filter(|_| 1 < count);
        let len = count - u32::from(gap.is_some());
        Choices { of, gap, len }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Number `i` of them.
    pub(crate) fn nth(&self, i: u32) -> u32 {
        let at = i + u32::from(self.gap.is_some_and(|gap| gap <= i));
        match self.of {
            Of::From(first) => first + at,
            Of::Listed(list) => list[at as usize],
        }
    }

    /// Whether this instance is one of them.
    pub(crate) fn contains(&self, instance: u32) -> bool {
        let at = match self.of {
            Of::From(first) => instance.checked_sub(first),
            Of::Listed(list) => list.binary_search(&instance).ok().map(|at| at as u32),
        };
        at.is_some_and(|at| Some(at) != self.gap && at < self.len + u32::from(self.gap.is_some()))
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
        let all = |choices: Choices<'_>| {
            let all: Vec<u32> = choices.iter().collect();
            assert!((0..9).all(|i| choices.contains(i) == all.contains(&i)));
            all
        };
        assert_eq!(all(Choices::range(1, 4, Some(2))), [1, 3, 4]);
        assert_eq!(all(Choices::range(1, 4, Some(0))), [1, 2, 3, 4]);
        assert_eq!(all(Choices::range(1, 4, Some(5))), [1, 2, 3, 4]);
        assert_eq!(all(Choices::range(3, 1, Some(3))), [3]);
        assert_eq!(all(Choices::listed(&[2, 5, 7], Some(5))), [2, 7]);
        assert_eq!(all(Choices::listed(&[2, 5, 7], Some(6))), [2, 5, 7]);
        assert_eq!(all(Choices::listed(&[5], Some(5))), [5]);
    }
}
