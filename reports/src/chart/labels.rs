//! Places labels so that they do not cover each other.

/// Moves positions as little as possible (least squares) so that neighbours are `gap` apart and
/// all lie between `low` and `high`, in the order of the positions.
///
/// With the gaps taken off this is isotonic regression, done by pooling adjacent violators (Ayer,
/// Brunk, Ewing, Reid and Silverman, 1955).
pub(super) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let room = (high - low).max(0.0);
    let gap = gap.min(room / (wanted.len().max(2) - 1) as f64);
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (rank, &index) in order.iter().enumerate() {
        let mut pool = (wanted[index] - rank as f64 * gap, 1);
        while let Some(&(mean, count)) = pools.last().filter(|last| pool.0 <= last.0) {
            let total = mean * count as f64 + pool.0 * pool.1 as f64;
            pool = (total / (count + pool.1) as f64, count + pool.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let last = high - wanted.len().saturating_sub(1) as f64 * gap;
    let means = pools
        .iter()
        .flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    let mut placed = vec![0.0; wanted.len()];
    for ((rank, mean), index) in means.enumerate().zip(order) {
        placed[index] = mean.min(last).max(low) + rank as f64 * gap;
    }
    placed
}

/// A label on a pole: where it starts, and in which row above the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flag {
    pub(super) row: usize,
    pub(super) left: f64,
}

/// Hangs a label of each width at its pole, in as few rows as it takes that labels do not touch
/// each other, nor the poles that go higher. Labels stay between `low` and `high`.
pub(super) fn flags(poles: &[(f64, f64)], low: f64, high: f64) -> Vec<Flag> {
    const CLEARANCE: f64 = 5.0;
    let mut flags: Vec<Option<Flag>> = vec![None; poles.len()];
    for row in 0..poles.len() {
        let mut taken: Vec<(f64, f64)> = Vec::new();
        loop {
            let waiting: Vec<usize> = (0..poles.len()).filter(|&i| flags[i].is_none()).collect();
            let fitting = waiting.iter().find_map(|&index| {
                let (pole, width) = poles[index];
                let others = waiting.iter().filter(|&&other| other != index);
                let others: Vec<f64> = others.map(|&other| poles[other].0).collect();
                // Over its pole, or beside where others stand too close for that.
                let close = |x: &&f64| (**x - pole).abs() < 3.0 * CLEARANCE;
                let (first, last) = others
                    .iter()
                    .filter(close)
                    .fold((pole + 3.0, pole - 3.0), |(first, last), x| {
                        (first.min(x - CLEARANCE), last.max(x + CLEARANCE))
                    });
                [last, first - width].into_iter().find_map(|left| {
                    let right = left + width;
                    let is_inside = low <= left + 4.0 && right <= high;
                    let crosses =
                        |x: &f64| left - CLEARANCE + 0.1 < *x && *x < right + CLEARANCE - 0.1;
                    let touches = |&(from, to): &(f64, f64)| {
                        left < to + 2.0 * CLEARANCE && from - 2.0 * CLEARANCE < right
                    };
                    let is_free = !others.iter().any(crosses) && !taken.iter().any(touches);
                    (is_inside && is_free).then_some((index, left, right))
                })
            });
            // Where nothing fits, the outermost pole goes first, and is crossed by the others.
            let forced = || {
                let &index = waiting.first().filter(|_| taken.is_empty())?;
                let (pole, width) = poles[index];
                let left = (pole - width / 2.0).min(high - width).max(low);
                Some((index, left, left + width))
            };
            let Some((index, left, right)) = fitting.or_else(forced) else {
                break;
            };
            flags[index] = Some(Flag { row, left });
            taken.push((left, right));
        }
    }
    flags
        .into_iter()
        .map(|flag| flag.unwrap_or(Flag { row: 0, left: low }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_do_not_collide_stay() {
        assert_eq!(spread(&[50.0, 10.0], 14.0, 0.0, 100.0), [50.0, 10.0]);
    }

    #[test]
    fn labels_that_collide_spread_around_their_middle() {
        assert_eq!(
            spread(&[50.0, 50.0, 50.0], 10.0, 0.0, 100.0),
            [40.0, 50.0, 60.0]
        );
        assert_eq!(spread(&[99.0, 98.0], 10.0, 0.0, 100.0), [100.0, 90.0]);
    }

    #[test]
    fn labels_without_room_share_what_there_is() {
        assert_eq!(spread(&[5.0, 5.0, 5.0], 10.0, 0.0, 10.0), [0.0, 5.0, 10.0]);
        assert!(spread(&[], 10.0, 0.0, 10.0).is_empty());
    }

    #[test]
    fn flags_far_apart_share_the_lowest_row() {
        let placed = flags(&[(10.0, 50.0), (200.0, 50.0)], 0.0, 300.0);
        assert!(placed.iter().all(|flag| flag.row == 0), "{placed:?}");
    }

    #[test]
    fn no_flag_is_crossed_by_a_higher_pole() {
        let poles = [(100.0, 90.0), (120.0, 90.0), (125.0, 90.0), (300.0, 90.0)];
        let placed = flags(&poles, 0.0, 400.0);
        for (flag, (_, width)) in placed.iter().zip(poles) {
            let higher = placed
                .iter()
                .zip(poles)
                .filter(|(other, _)| flag.row < other.row);
            for (_, (pole, _)) in higher {
                assert!(pole < flag.left || flag.left + width < pole, "{placed:?}");
            }
        }
    }
}
