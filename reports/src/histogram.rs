//! The histograms inside results: from text to HdrHistogram, and what is read off them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use std::io::Cursor;

/// A quantile is shown only when at least so many samples are expected beyond it.
const SAMPLES_BEYOND: f64 = 10.0;

const NANOSECONDS: f64 = 1e9;

/// Reads a histogram as results hold it (HdrHistogram V2 deflate in base64, nanoseconds). Empty
/// text is an empty histogram.
///
/// # Errors
/// In words, when the text is something else.
pub fn decode(text: &str) -> Result<Histogram<u64>, String> {
    if text.is_empty() {
        return Histogram::new(3).map_err(|e| e.to_string());
    }
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "a histogram is not base64")?;
    Deserializer::new()
        .deserialize(&mut Cursor::new(bytes))
        .map_err(|e| format!("a histogram cannot be read: {e}"))
}

/// Like [`decode`], where damaged text counts as empty: reading `results.json` has refused it.
pub fn decode_or_empty(text: &str) -> Histogram<u64> {
    decode(text).unwrap_or_else(|_| Histogram::new(3).expect("three digits are allowed"))
}

/// The quantile in seconds; nothing with fewer than ten samples beyond it.
pub fn quantile(histogram: &Histogram<u64>, quantile: f64) -> Option<f64> {
    let beyond = (1.0 - quantile) * histogram.len() as f64;
    (SAMPLES_BEYOND <= beyond + 1e-6)
        .then(|| histogram.value_at_quantile(quantile) as f64 / NANOSECONDS)
}

/// The mean in seconds; nothing for an empty histogram.
pub fn mean(histogram: &Histogram<u64>) -> Option<f64> {
    (!histogram.is_empty()).then(|| histogram.mean() / NANOSECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn a_histogram_survives_its_text() {
        let histogram = decode(&made_up::histogram(&[(2.0, 900), (950.0, 100)])).unwrap();
        assert_eq!(histogram.len(), 1000);
        assert!((quantile(&histogram, 0.5).unwrap() - 0.002).abs() < 2e-6);
        assert!((quantile(&histogram, 0.99).unwrap() - 0.95).abs() < 1e-3);
        assert_eq!(
            quantile(&histogram, 0.999),
            None,
            "only one sample lies beyond"
        );
    }

    #[test]
    fn damaged_text_is_an_error_in_words() {
        assert_eq!(decode("?").unwrap_err(), "a histogram is not base64");
        assert!(
            decode("Zm9v")
                .unwrap_err()
                .starts_with("a histogram cannot be read")
        );
        assert!(decode("").unwrap().is_empty());
        assert_eq!(mean(&decode_or_empty("?")), None);
    }
}
