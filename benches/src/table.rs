//! Interleaved rounds, and the table of their ratios.

/// One side of a comparison: a name, and a function that returns the nanoseconds per operation of
/// one round.
pub struct Side<'a> {
    name: &'static str,
    round: Box<dyn FnMut() -> f64 + 'a>,
}

impl<'a> Side<'a> {
    /// A side whose `round` returns its nanoseconds per operation.
    pub fn new(name: &'static str, round: impl FnMut() -> f64 + 'a) -> Side<'a> {
        let round = Box::new(round);
        Side { name, round }
    }
}

/// What was measured of one side.
pub struct Line {
    /// Which side.
    pub name: &'static str,
    /// The median of its rounds in nanoseconds per operation.
    pub nanos: f64,
    /// The median over rounds of its time to that of the first side in the same round.
    pub ratio: f64,
}

/// Measures all sides in turn, `rounds` times after one round to warm up. The machine may drift
/// between rounds; within one it is much the same for all, so ratios are of one round.
pub fn measure(rounds: usize, mut sides: Vec<Side<'_>>) -> Vec<Line> {
    let mut nanos: Vec<Vec<f64>> = vec![Vec::new(); sides.len()];
    for round in 0..=rounds {
        for (side, nanos) in sides.iter_mut().zip(&mut nanos) {
            let took = (side.round)();
            if 0 < round {
                nanos.push(took);
            }
        }
    }
    let first = nanos[0].clone();
    let line = |(side, nanos): (&Side<'_>, Vec<f64>)| Line {
        name: side.name,
        ratio: median(nanos.iter().zip(&first).map(|(a, b)| a / b).collect()),
        nanos: median(nanos),
    };
    sides.iter().zip(nanos).map(line).collect()
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
