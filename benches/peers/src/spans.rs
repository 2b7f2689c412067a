//! The draws of the peers: those of Squall and of the hand-written loops.

use sim_core::{Distribution, Span, Stream};

/// Exponential spans, one after the other.
pub(crate) struct Spans {
    stream: Stream,
    spans: Distribution,
}

impl Spans {
    /// Spans of this mean in seconds, drawn by what is called `name` for `purpose`.
    pub(crate) fn new(name: &str, purpose: &str, mean: f64) -> Spans {
        let spans = Distribution::exponential(Span::seconds(mean));
        Spans {
            stream: Stream::new(1, 0, name, purpose),
            spans: spans.expect("the mean is above zero"),
        }
    }

    /// The next span.
    #[inline]
    pub(crate) fn draw(&mut self) -> Span {
        self.spans.sample(self.stream.uniform())
    }
}
