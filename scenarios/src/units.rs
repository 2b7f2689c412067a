//! Quantities as a scenario writes them: `50ms`, `2000/s`, `20%`, `64KiB`.

use sim_core::Span;

/// A length of simulated time, written `50ms`, `1.5s` or `2m30s`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Duration(pub Span);

/// Events per second, written `2000/s`, `90/min` or `0.5/s`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rate(pub f64);

/// A share of a whole between 0 and 1, written `0%` to `100%`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Share(pub f64);

/// A number of bytes, written `512B`, `64KiB` or `1GiB`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Size(pub u64);

mod stub {
    use super::{Duration, Rate, Share, Size};
    macro_rules! stub {
        ($($t:ident),*) => {$(
            impl serde::Serialize for $t {
                fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_unit() }
            }
            impl<'de> serde::Deserialize<'de> for $t {
                fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> { Ok($t::default()) }
            }
            impl schemars::JsonSchema for $t {
                fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($t).into() }
                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema { schemars::json_schema!({"type": "string"}) }
            }
        )*};
    }
    stub!(Duration, Rate, Share, Size);
}
