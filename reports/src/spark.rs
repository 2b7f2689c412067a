//! Series and shares as block characters.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const PARTS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Draws a series from zero to its largest value, one character each; a gap where there is none.
pub(crate) fn sparkline(series: &[Option<f64>]) -> String {
    let top = series
        .iter()
        .flatten()
        .fold(0.0, |top: f64, value| top.max(*value));
    let bar = |value: &Option<f64>| match value {
        Some(value) if 0.0 < *value && 0.0 < top => {
            BARS[((value / top * 8.0).ceil() as usize).clamp(1, 8) - 1]
        }
        Some(_) => BARS[0],
        None => ' ',
    };
    series.iter().map(bar).collect()
}

/// Draws a share (0 to 1) as a bar of at most `width` characters, to an eighth of one.
pub(crate) fn bar(share: f64, width: usize) -> String {
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    match eighths % 8 {
        0 if eighths == 0 && 0.0 < share => bar.push(PARTS[0]),
        0 => {}
        rest => bar.push(PARTS[rest - 1]),
    }
    bar
}

/// How several windows become one character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Their mean.
    Mean,
    /// The largest of them.
    Peak,
}

/// Puts a series into at most `width` slots of equally many windows (the last may have fewer).
pub(crate) fn folded(series: &[Option<f64>], width: usize, fold: Fold) -> Vec<Option<f64>> {
    let together = |windows: &[Option<f64>]| {
        let known: Vec<f64> = windows.iter().flatten().copied().collect();
        match fold {
            _ if known.is_empty() => None,
            Fold::Mean => Some(known.iter().sum::<f64>() / known.len() as f64),
            Fold::Peak => known.into_iter().reduce(f64::max),
        }
    };
    series
        .chunks(windows_per_slot(series.len(), width))
        .map(together)
        .collect()
}

/// How many windows go into one slot.
pub(crate) fn windows_per_slot(windows: usize, width: usize) -> usize {
    windows.div_ceil(width.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_rises_from_zero_and_shows_gaps() {
        let series: Vec<_> = (0..=8)
            .map(|n| Some(f64::from(n)))
            .chain([None, Some(8.0)])
            .collect();
        assert_eq!(sparkline(&series), "▁▁▂▃▄▅▆▇█ █");
        assert_eq!(sparkline(&[Some(0.0), None]), "▁ ");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn a_bar_is_never_empty_for_something() {
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.53, 4), "██▏");
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(1e-9, 4), "▏");
        assert_eq!(bar(0.0, 4), "");
    }

    #[test]
    fn windows_are_folded_by_mean_or_peak() {
        let series = [Some(1.0), Some(3.0), None, Some(5.0), None];
        assert_eq!(folded(&series, 3, Fold::Mean), [Some(2.0), Some(5.0), None]);
        assert_eq!(folded(&series, 3, Fold::Peak), [Some(3.0), Some(5.0), None]);
        assert_eq!(folded(&series, 80, Fold::Peak), series);
        assert!(folded(&[], 80, Fold::Mean).is_empty());
    }
}
